import { emptyCodeHash } from '../../../core/account.ts'
import { type Address, emptyBytes, type Hash } from '../../../core/hex.ts'
import type { L1Block } from '../../../core/ports/l1.ts'
import type { World } from '../../../core/state.ts'
import { effectiveGasPrice } from '../../../core/txFees.ts'
import type { RawL1Tx } from '../../../l1/extract/raw.ts'
import type { L1Fees } from '../../../l1/wallet.ts'
import type { BlockEnv, BlockExecution, TxResult } from '../../../state/engine.ts'
import { fakeCommitment, versionedHashOf } from './fakeKzg.ts'
import type { LogDraft } from './logs.ts'
import { blobGas } from './pool.ts'
import type { L1Tx } from './wire.ts'

/** Gas of the simulated L1's blocks, and blobs that one takes. */
export const l1GasLimit = 36_000_000n
const maxBlobs = 9

/** A transaction of which only what the chain reads is said; nobody signed it, nothing executes it. */
export type Injected = {
  readonly from: Address
  readonly to: Address
  readonly input?: Uint8Array
  readonly blobs?: readonly Uint8Array[]
  readonly logs?: readonly LogDraft[]
  /** True unless given. */
  readonly succeeded?: boolean
  /** Wei that `to` gets from nowhere, or loses. */
  readonly credit?: bigint
}

/** What a transaction did in its block. */
export type Included = {
  readonly raw: RawL1Tx
  readonly blobs: readonly Uint8Array[]
  /** Absent if it was injected. */
  readonly tx: L1Tx | undefined
  readonly result: TxResult | undefined
}

/** The block environment of the simulated L1's engine. */
export function l1Env(block: Omit<L1Block, 'hash'>, parentHash: Hash): BlockEnv {
  const { number, timestamp, baseFee, mixHash, parentBeaconBlockRoot } = block
  const coinbase = `0x${'c0'.repeat(20)}` as Address
  return { number, timestamp, coinbase, gasLimit: l1GasLimit, baseFee, mixHash, parentHash, parentBeaconBlockRoot }
}

/** The transaction of an injected one: its hash comes from `salt`. */
export function includeInjected(world: World, injected: Injected, hash: Hash, firstLog: number): Included {
  const { from, to, input = emptyBytes, blobs = [], logs = [], succeeded = true, credit = 0n } = injected
  if (credit !== 0n) pay(world, to, credit)
  return {
    raw: {
      hash,
      from,
      to,
      input,
      blobHashes: blobs.map((blob) => versionedHashOf(fakeCommitment(blob))),
      isBlob: blobs.length > 0,
      succeeded,
      costWei: 0n,
      logs: placed(logs, firstLog),
    },
    blobs,
    tx: undefined,
    result: undefined,
  }
}

/** Executes what the block can take of the pool, in order; the rest keeps waiting. */
export async function includePool(
  world: World,
  execution: BlockExecution,
  candidates: readonly L1Tx[],
  { fees, firstLog }: { readonly fees: L1Fees; readonly firstLog: number },
): Promise<readonly Included[]> {
  const included: Included[] = []
  let gas = 0n
  let blobs = 0
  let nextLog = firstLog
  for (const tx of candidates) {
    const count = tx.blobs?.hashes.length ?? 0
    const isPriced = tx.maxFee >= fees.baseFee && (tx.blobs === undefined || tx.blobs.maxFee >= fees.blobBaseFee)
    const isNext = tx.nonce === (world.account(tx.from)?.nonce ?? 0n)
    if (!isPriced || !isNext || gas + tx.gas > l1GasLimit || blobs + count > maxBlobs) continue
    const one = tx.blobs === undefined ? await execute(execution, tx, fees, nextLog) : moveBlobTx(world, tx, fees)
    if (one === undefined) continue
    gas += tx.gas
    blobs += count
    nextLog += one.raw.logs.length
    included.push(one)
  }
  return included
}

async function execute(
  execution: BlockExecution,
  tx: L1Tx,
  { baseFee }: L1Fees,
  firstLog: number,
): Promise<Included | undefined> {
  const envelope = tx.envelope!
  const result = await execution.executeTx(envelope)
  if ('reject' in result) return undefined
  const logs = placed(
    result.logs.map(({ address, topics, data }) => ({ address, topics, data })),
    firstLog,
  )
  const costWei = result.gasUsed * effectiveGasPrice(envelope.tx, baseFee) + tx.value
  return { raw: rawOf(tx, result.succeeded, costWei, logs), blobs: [], tx, result }
}

/** A blob transaction goes to an address without code: it costs 21,000 gas and its blobs. */
function moveBlobTx(world: World, tx: L1Tx, { baseFee, blobBaseFee }: L1Fees): Included | undefined {
  const { blobs, hashes } = tx.blobs!
  const costWei = 21_000n * paidPerGas(tx, baseFee) + blobBaseFee * blobGas * BigInt(hashes.length)
  const account = world.account(tx.from)
  if (account === undefined || account.balance < costWei || tx.gas < 21_000n) return undefined
  world.setAccount(tx.from, { ...account, nonce: account.nonce + 1n, balance: account.balance - costWei })
  return { raw: rawOf(tx, true, costWei, []), blobs, tx, result: undefined }
}

/** Wei per gas (EIP-1559). */
function paidPerGas({ maxFee, maxTip }: L1Tx, baseFee: bigint): bigint {
  if (baseFee + maxTip > maxFee) return maxFee
  return baseFee + maxTip
}

function rawOf(tx: L1Tx, succeeded: boolean, costWei: bigint, logs: RawL1Tx['logs']): RawL1Tx {
  const { hash, from, to, data, blobs } = tx
  const blobHashes = blobs?.hashes ?? []
  return { hash, from, to, input: data, blobHashes, isBlob: blobs !== undefined, succeeded, costWei, logs }
}

function placed(logs: readonly LogDraft[], first: number): RawL1Tx['logs'] {
  return logs.map((log, index) => ({ ...log, logIndex: BigInt(first + index) }))
}

function pay(world: World, to: Address, wei: bigint): void {
  const { nonce = 0n, balance = 0n, codeHash = emptyCodeHash } = world.account(to) ?? {}
  world.setAccount(to, { nonce, balance: balance + wei, codeHash })
}
