import { type Hex, numberToHex, type PublicClient } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { NodeError } from '../../core/errors.ts'
import { type Address, bytesToHex, type Hash, hexToBytes, zeroHash } from '../../core/hex.ts'
import type { L1Block } from '../../core/ports/l1.ts'
import { preinstalls } from '../../genesis/alloc.ts'
import { type ChainSpec, supplyCap } from '../../genesis/spec.ts'
import { type SpecFile, specToJson } from '../../genesis/specFile.ts'
import { openTokenAbi } from '../abi.ts'
import { blobBaseFee } from '../blobFee.ts'
import { checkRollup } from '../checkRollup.ts'
import { type Deployment, type DeployOptions, deploymentOf } from './options.ts'
import { openNeeded, planRollup } from './plan.ts'
import { ask, callL1, deployFailed, l1Client, sendSteps, unfunded } from './sender.ts'

/** The content of the chain spec file of a rollup: JSON that `parseSpec` takes. */
export type RollupFile = SpecFile

/**
 * Deploys a chain's contracts on L1, with L1's newest block as the origin of its genesis block, and locks OPEN for the
 * whole genesis supply once all else is there. `spec` is the template: origin, time, contracts, batcher and hash are
 * filled in. Each call is a new rollup; one that fails is of no use. `beforeLock` gets the result right before OPEN is
 * locked, so that an outage after it does not lose the chain. Throws NodeErrors:
 * `bad_deploy_options`, `l1_wrong_chain`, `deployer_busy`, `deployer_unfunded`, `deploy_failed`, `l1_unreachable`.
 */
export async function deployRollup({
  rpcUrl,
  deployerKey,
  spec,
  options,
  beforeLock,
}: {
  readonly rpcUrl: string
  readonly deployerKey: Uint8Array
  readonly spec: ChainSpec
  readonly options: DeployOptions
  readonly beforeLock?: (file: RollupFile) => void
}): Promise<RollupFile> {
  const account = privateKeyToAccount(bytesToHex(deployerKey))
  const deployer = account.address.toLowerCase() as Address
  const deployment = deploymentOf(options, deployer, spec.chainId)
  const client = l1Client(rpcUrl)

  const chainId = await checkChain(client, spec)
  const nonce = await freeNonce(client, deployer)
  const hasMulticall3 = await hasCode(client, preinstalls.multicall3)
  if (await hasCode(client, deployment.inbox)) throw deployFailed(`the inbox ${deployment.inbox} is a contract`)
  await checkOpen(client, spec, deployment, deployer)
  const origin = await newestBlock(client, spec)

  const { spec: complete, steps } = planRollup(spec, deployment, { deployer, nonce, origin, hasMulticall3 })
  const file = specToJson(complete)
  const { timeoutMs } = deployment
  await sendSteps(client, account, { chainId, steps, timeoutMs, beforeWaits: () => beforeLock?.(file) })

  await compare(client, complete)
  const { hash } = await ask('eth_getBlockByNumber', () => client.getBlock({ blockNumber: origin.number }))
  if (hash !== origin.hash) throw deployFailed(`L1 has reorganised block ${origin.number}, the origin of the chain`)
  return file
}

/**
 * Whether L1 has the contracts of a chain spec, as every node asks at its start. Throws NodeErrors: `l1_wrong_chain`,
 * `rollup_missing`, `rollup_mismatch`, `l1_unreachable`.
 */
export async function checkDeployed(rpcUrl: string, spec: ChainSpec): Promise<void> {
  const client = l1Client(rpcUrl)
  await checkChain(client, spec)
  await compare(client, spec)
}

async function checkChain(client: PublicClient, spec: ChainSpec): Promise<number> {
  const chainId = await ask('eth_chainId', () => client.getChainId())
  if (BigInt(chainId) !== spec.l1.chainId) throw wrongChain(spec, chainId)
  return chainId
}

async function compare(client: PublicClient, spec: ChainSpec): Promise<void> {
  const call = async ({ to, data }: { readonly to: Address; readonly data: Uint8Array }) => {
    const output = await ask('eth_call', () => callL1(client, to, bytesToHex(data)))
    return output && hexToBytes(output)
  }
  await checkRollup({ call }, spec)
}

/** The deployer's next nonce, if nothing of it is on its way: the contracts' addresses depend on it. */
async function freeNonce(client: PublicClient, address: Address): Promise<bigint> {
  const at = (blockTag: 'latest' | 'pending') =>
    ask('eth_getTransactionCount', () => client.getTransactionCount({ address, blockTag }))
  const [mined, pending] = [await at('latest'), await at('pending')]
  if (mined === pending) return BigInt(mined)
  throw new NodeError({
    code: 'deployer_busy',
    severity: 'fatal',
    message: `the deployer ${address} has ${pending - mined} transactions that are in no block yet`,
    fix: 'wait for them, or use an account that nothing else uses',
  })
}

async function hasCode(client: PublicClient, address: Address): Promise<boolean> {
  return (await ask('eth_getCode', () => client.getCode({ address }))) !== undefined
}

/** There must be as much as is locked and staked; a token that exists must give it, one that is deployed does. */
async function checkOpen(
  client: PublicClient,
  { totalSupply }: ChainSpec,
  deployment: Deployment,
  deployer: Address,
): Promise<void> {
  const { open } = deployment
  const needed = openNeeded(totalSupply, deployment)
  if (needed > supplyCap) {
    const message = `the chain's supply, first stakes and gifts are ${needed} wei of OPEN, more than there can be`
    const fix = 'leave out --validator and --fund: stake OPEN later that was withdrawn from the chain'
    throw new NodeError({ code: 'bad_deploy_options', severity: 'fatal', message, fix })
  }
  if (open === undefined) return
  if (!(await hasCode(client, open))) throw deployFailed(`there is no OPEN token at ${open}`)
  const call = { address: open, abi: openTokenAbi, functionName: 'balanceOf', args: [deployer] } as const
  const balance = await ask('OPEN.balanceOf', () => client.readContract(call))
  if (balance < needed) throw unfunded(`it has ${balance} wei of OPEN and needs ${needed}`)
}

async function newestBlock(client: PublicClient, { l1 }: ChainSpec): Promise<L1Block> {
  const number = await ask('eth_blockNumber', () => client.getBlockNumber())
  const block = await ask('eth_getBlockByNumber', () =>
    client.request({ method: 'eth_getBlockByNumber', params: [numberToHex(number), false] }),
  )
  if (block?.hash == null || block.baseFeePerGas == null) throw deployFailed(`L1 does not give block ${number}`)
  const { parentBeaconBlockRoot } = block as { readonly parentBeaconBlockRoot?: Hex }
  const timestamp = BigInt(block.timestamp)
  return {
    number,
    hash: block.hash as Hash,
    timestamp,
    baseFee: BigInt(block.baseFeePerGas),
    blobBaseFee: blobBaseFee(BigInt(block.excessBlobGas ?? 0), timestamp, l1.blobSchedule),
    mixHash: block.mixHash as Hash,
    parentBeaconBlockRoot: (parentBeaconBlockRoot ?? zeroHash) as Hash,
  }
}

function wrongChain({ l1 }: ChainSpec, chainId: number): NodeError {
  return new NodeError({
    code: 'l1_wrong_chain',
    severity: 'fatal',
    message: `the L1 node is on chain ${chainId}, the chain spec is for ${l1.chainId}`,
    fix: 'use a node of the right L1, or another chain spec',
  })
}
