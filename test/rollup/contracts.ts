import assert from 'node:assert/strict'
import {
  type Abi,
  decodeFunctionResult,
  encodeAbiParameters,
  encodeFunctionData,
  keccak256,
  parseAbiParameters,
} from 'viem'
import { getWithdrawals } from 'viem/op-stack'
import { type Address, bytesToHex, type Hash, type Hex, hexToBytes, zeroHash } from '../../core/hex.ts'
import { predeploys } from '../../core/predeploys.ts'
import type { ChainSpec } from '../../genesis/spec.ts'
import { deploymentOf } from '../../l1/deploy/options.ts'
import { planRollup } from '../../l1/deploy/plan.ts'
import { proveAccount } from '../../state/prove.ts'
import type { SimL1 } from './l1/simL1.ts'
import type { TestNode } from './node.ts'
import { mockRollup, roles, users } from './spec.ts'

const ether = 10n ** 18n

/** Seconds: outputs may come every minute, and are final after ten. */
export const submissionIntervalSec = 60n
export const finalizationPeriodSec = 600n
export const bondWei = ether

/** Puts the contracts of a chain on the simulated L1, as the deployment of a rollup does; its complete spec. */
export async function deployContracts(l1: SimL1, template: ChainSpec): Promise<ChainSpec> {
  const { deployer, batcher, proposer, signer } = roles
  const deployment = deploymentOf(
    {
      batcher: batcher.address,
      proposer: proposer.address,
      unsafeSigner: signer.address,
      validators: [{ key: signer.privateKey, account: users[0]!.address, stakeWei: 1_500n * ether }],
      minStakeWei: 500n * ether,
      submissionIntervalSec,
      finalizationPeriodSec,
      verifierPeriodSec: 300n,
      bondWei,
      openAccounts: new Map(users.map(({ address }) => [address, 1_000n * ether])),
      inbox: mockRollup.inbox,
      originDepth: mockRollup.originDepth,
    },
    deployer.address,
    template.chainId,
  )
  const origin = l1.head().block
  const base = { deployer: deployer.address, nonce: 0n, origin, hasMulticall3: false }
  const { spec, steps } = planRollup(template, deployment, base)
  const hashes: Hash[] = []
  for (const { to, data } of steps) {
    const call = { data: hexToBytes(data), gas: to === undefined ? 6_000_000n : 1_000_000n }
    hashes.push(l1.transact(deployer.privateKey, to === undefined ? call : { ...call, to }))
  }
  for (let blocks = 0; l1.pool.all().length > 0; blocks++) {
    assert.ok(blocks < 10, 'the deployment is included')
    await l1.mine()
  }
  for (const [index, hash] of hashes.entries()) assert.ok(l1.receipt(hash)?.succeeded, steps[index]!.name)
  return spec
}

/** A contract on the simulated L1. */
export type L1Contract = {
  readonly address: Address
  get(functionName: string, ...args: readonly unknown[]): Promise<unknown>
  /** Offers a transaction; it must succeed in the next L1 block, which the caller mines. */
  send(key: Uint8Array, functionName: string, args: readonly unknown[], value?: bigint): Hash
  /** True if a call from this account would revert. */
  reverts(from: Address, functionName: string, args: readonly unknown[]): Promise<boolean>
}

export function contractOn(l1: SimL1, address: Address, abi: Abi): L1Contract {
  const dataOf = (functionName: string, args: readonly unknown[]) =>
    hexToBytes(encodeFunctionData({ abi, functionName, args }))
  return {
    address,
    async get(functionName, ...args) {
      const { kind, output } = await l1.call({ to: address, data: dataOf(functionName, args) })
      assert.equal(kind, 'success', functionName)
      return decodeFunctionResult({ abi, functionName, args, data: bytesToHex(output) })
    },
    send: (key, functionName, args, value = 0n) =>
      l1.transact(key, { to: address, data: dataOf(functionName, args), value, gas: 2_000_000n }),
    async reverts(from, functionName, args) {
      const { kind } = await l1.call({ from, to: address, data: dataOf(functionName, args) })
      return kind !== 'success'
    },
  }
}

export type Withdrawal = ReturnType<typeof getWithdrawals>[number]

const initiateAbi = [
  {
    type: 'function',
    name: 'initiateWithdrawal',
    stateMutability: 'payable',
    inputs: [
      { name: 'target', type: 'address' },
      { name: 'gasLimit', type: 'uint256' },
      { name: 'data', type: 'bytes' },
    ],
    outputs: [],
  },
] as const

/** Call data of the message passer. */
export function initiateData(target: Address, gasLimit = 100_000n, data: Hex = '0x'): Uint8Array {
  return hexToBytes(
    encodeFunctionData({ abi: initiateAbi, functionName: 'initiateWithdrawal', args: [target, gasLimit, data] }),
  )
}

/** The withdrawals that a block of the node's chain began. */
export function withdrawalsIn({ chain }: TestNode, number: bigint): readonly Withdrawal[] {
  const receipts = chain.reader.receiptsByHash(chain.reader.hashByNumber(number)!)!
  const logs = receipts
    .flatMap((receipt) => receipt.logs)
    .filter(({ address }) => address === predeploys.messagePasser)
    .map(({ address, topics, data }) => ({ address, topics, data: bytesToHex(data) }))
  return getWithdrawals({ logs: logs as never })
}

/** What `proveWithdrawalTransaction` takes, against the output of a block. */
export function proofOf({ chain }: TestNode, withdrawal: Withdrawal, outputIndex: bigint, l2Block: bigint) {
  const hash = chain.reader.hashByNumber(l2Block)!
  const { stateRoot } = chain.reader.headerByHash(hash)!
  const slot = keccak256(
    encodeAbiParameters(parseAbiParameters('bytes32, uint256'), [withdrawal.withdrawalHash, 0n]),
  ) as string as Hash
  const { storageHash, storageProof } = proveAccount(chain.reader.readNode, stateRoot, predeploys.messagePasser, [slot])
  return [
    withdrawal,
    outputIndex,
    { version: zeroHash, stateRoot, messagePasserStorageRoot: storageHash, latestBlockhash: hash },
    storageProof[0]!.proof.map(bytesToHex),
  ] as const
}
