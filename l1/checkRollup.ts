import { type Abi, decodeFunctionResult, encodeFunctionData } from 'viem'
import { attestationDomainName } from '../core/attestation.ts'
import { NodeError } from '../core/errors.ts'
import { type Address, bytesToHex, emptyBytes, hexToBytes, zeroHash } from '../core/hex.ts'
import { predeploys } from '../core/predeploys.ts'
import { buildGenesis } from '../genesis/buildGenesis.ts'
import type { ChainSpec, RollupSpec } from '../genesis/spec.ts'
import {
  openTokenAbi,
  outputOracleAbi,
  portalAbi,
  standardBridgeAbi,
  systemConfigAbi,
  validatorRegistryAbi,
} from './abi.ts'
import { outputRoot } from './output.ts'
import type { L1Wallet } from './wallet.ts'

/** One value that the contracts on L1 must have. */
type Claim = {
  /** In words: what the value is. */
  readonly name: string
  readonly to: Address
  readonly abi: Abi
  readonly functionName: string
  readonly args?: readonly unknown[]
  /** Of what the function returns. */
  readonly holds: (output: unknown) => boolean
  /** What the chain spec says. */
  readonly expected: string
}

/**
 * Compares a chain spec with the contracts on L1: that they are there, know each other, start where the chain starts
 * and with its genesis block. What their owner may change later is not compared. Throws `rollup_missing` if the spec
 * names no contracts, `rollup_mismatch` (fatal) naming the first value that differs; outages as the wallet throws them.
 */
export async function checkRollup(wallet: Pick<L1Wallet, 'call'>, spec: ChainSpec): Promise<void> {
  const { rollup } = spec.l1
  if (rollup === undefined) throw rollupMissing(spec)
  // eth_call of an account without code succeeds and returns nothing.
  const inbox = await wallet.call({ to: rollup.inbox, data: emptyBytes })
  if (inbox?.length !== 0) throw mismatch(spec, 'inbox', 'an address without code', 'a contract')
  const claims = claimsOf(spec, rollup)
  const answers = await Promise.all(claims.map((claim) => answerOf(wallet, claim)))
  for (const [index, { name, to, expected, holds }] of claims.entries()) {
    const answer = answers[index]
    if (answer === undefined) throw mismatch(spec, name, expected, `nothing at ${to}`)
    if (!holds(answer.value)) throw mismatch(spec, name, expected, textOf(answer.value))
  }
}

function claimsOf(spec: ChainSpec, rollup: RollupSpec): readonly Claim[] {
  const { portal, outputOracle, validatorRegistry, systemConfig, standardBridge, open, inbox, multicall3 } = rollup
  const { origin } = spec.l1
  const on = (contract: string, to: Address, abi: Abi) => ({
    is: (functionName: string, expected: Address | string | bigint, args: readonly unknown[] = []): Claim => {
      const text = String(expected).toLowerCase()
      const holds = (value: unknown) => String(value).toLowerCase() === text
      return { name: `${contract}.${functionName}`, to, abi, functionName, args, holds, expected: String(expected) }
    },
    like: (functionName: string, expected: string, holds: Claim['holds'], args: readonly unknown[] = []): Claim => {
      return { name: `${contract}.${functionName}`, to, abi, functionName, args, holds, expected }
    },
  })
  const onPortal = on('portal', portal, portalAbi)
  const onOracle = on('outputOracle', outputOracle, outputOracleAbi)
  const onRegistry = on('validatorRegistry', validatorRegistry, validatorRegistryAbi)
  const onConfig = on('systemConfig', systemConfig, systemConfigAbi)
  const onBridge = on('standardBridge', standardBridge, standardBridgeAbi)
  const genesis = genesisOutputRoot(spec)
  return [
    onPortal.like('version', 'below 3', (value) => /^[0-2]\./.test(String(value))),
    onPortal.is('l2Oracle', outputOracle),
    onPortal.is('systemConfig', systemConfig),
    onPortal.is('open', open),
    onConfig.is('startBlock', origin.number),
    onConfig.is('batchInbox', inbox),
    onOracle.is('systemConfig', systemConfig),
    onOracle.is('verifier', validatorRegistry),
    onOracle.is('startingBlockNumber', 0n),
    onOracle.is('startingTimestamp', spec.timestamp),
    onOracle.like('getL2Output', `output ${genesis} of the genesis block`, (value) => isOutput(value, genesis), [0n]),
    onOracle.is('outputL1Block', `${origin.number},${origin.hash}`, [0n]),
    onOracle.is('L2_BLOCK_TIME', 1n),
    onRegistry.is('oracle', outputOracle),
    onRegistry.is('portal', portal),
    onRegistry.is('open', open),
    onRegistry.is('chainId', spec.chainId),
    onBridge.is('portal', portal),
    onBridge.is('otherBridge', predeploys.standardBridge),
    on('open', open, openTokenAbi).is('decimals', 18n),
    on('multicall3', multicall3, chainIdAbi).is('getChainId', spec.l1.chainId),
    onRegistry.is('eip712Domain', registryDomain(spec, validatorRegistry)),
  ]
}

/** What attestations are signed for: name, version, chain and contract. */
function registryDomain({ l1 }: ChainSpec, registry: Address): string {
  const { name, version } = attestationDomainName
  return ['0x0f', name, version, l1.chainId, registry, zeroHash, ''].join()
}

const chainIdAbi: Abi = [
  { type: 'function', name: 'getChainId', inputs: [], outputs: [{ type: 'uint256' }], stateMutability: 'view' },
]

/** The output root of a chain's genesis block: what its oracle has at index 0. */
export function genesisOutputRoot(spec: ChainSpec) {
  const { block, hash, stateRoot } = buildGenesis(spec)
  return outputRoot({ stateRoot, withdrawalsRoot: block.header.withdrawalsRoot, hash })
}

function isOutput(value: unknown, root: string): boolean {
  const { outputRoot, l2BlockNumber } = value as { readonly outputRoot: string; readonly l2BlockNumber: bigint }
  return outputRoot === root && l2BlockNumber === 0n
}

/** What a contract answers; undefined if it reverts, is not there or answers something else. */
async function answerOf(
  wallet: Pick<L1Wallet, 'call'>,
  { to, abi, functionName, args = [] }: Claim,
): Promise<{ readonly value: unknown } | undefined> {
  const output = await wallet.call({ to, data: hexToBytes(encodeFunctionData({ abi, functionName, args })) })
  if (output === undefined || output.length === 0) return undefined
  try {
    return { value: decodeFunctionResult({ abi, functionName, args, data: bytesToHex(output) }) }
  } catch {
    // Not what the function returns: another contract.
    return undefined
  }
}

function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.values(value).map(String).join(', ')
}

function mismatch({ name }: ChainSpec, what: string, expected: string, found: string): NodeError {
  return new NodeError({
    code: 'rollup_mismatch',
    severity: 'fatal',
    message: `the chain spec ${name} and L1 differ in ${what}: expected ${expected}, found ${found}`,
    fix: 'use the chain spec file that the deployment wrote, with the L1 it was deployed on',
  })
}

function rollupMissing({ name }: ChainSpec): NodeError {
  return new NodeError({
    code: 'rollup_missing',
    severity: 'fatal',
    message: `the chain spec ${name} names no contracts on L1`,
    fix: 'deploy the rollup first and use the chain spec file that this writes',
  })
}
