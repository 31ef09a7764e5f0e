import { setImmediate as turn } from 'node:timers/promises'
import { assert, NodeError } from '../../core/errors.ts'
import type { Header } from '../../core/header.ts'
import type { Address, Hash } from '../../core/hex.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { L1, L1Block, L1Inputs } from '../../core/ports/l1.ts'
import type { ChainRules, SystemConfig } from '../../core/rules.ts'
import type { DepositTx, SignedTx, TxEnvelope } from '../../core/tx.ts'
import type { BuiltBlock } from '../../state/build.ts'
import { type BlockReject, blockRejects, type SealedBlock } from '../../state/sealed.ts'
import type { Mempool } from '../mempool/mempool.ts'
import type { BestTxs } from '../mempool/order.ts'
import { type Backpressure, firstBytes, slowTxBytes } from '../throttle.ts'
import { refusalPatience, refusals } from './refusal.ts'

/** The unsafe head with what its first transaction says of L1. */
export type ChainHead = {
  readonly header: Header
  readonly hash: Hash
  readonly origin: L1Block
  /** Number of this block within its origin's epoch. */
  readonly sequenceNumber: bigint
  /** In force at the origin. */
  readonly config: SystemConfig
}

/** A child of the head to be built. `txs` are candidates in order, `deadline` is true once building has taken too long. */
export type BuildRequest = {
  readonly parent: Header
  readonly inputs: L1Inputs
  readonly timestamp: bigint
  readonly txs: Iterable<TxEnvelope<SignedTx>>
  readonly deadline: () => boolean
  /** No more candidates of this sender: one was refused, and the next ones build on it. */
  readonly skipSender: (address: Address) => void
  readonly devDeposits?: readonly DepositTx[]
}

/** What sealing uses of the node. */
export type SealPorts = {
  readonly head: () => ChainHead
  readonly mempool: Pick<Mempool, 'best' | 'onHead' | 'remove' | 'refused'>
  readonly l1: L1
  readonly clock: Clock
  readonly build: (request: BuildRequest) => Promise<BuiltBlock>
  /** Executes the block again from scratch, on its own view of the parent's state. */
  readonly verify: (built: BuiltBlock, inputs: L1Inputs) => Promise<SealedBlock | BlockReject>
  /** Makes the block the head; `head()` and the mempool's head are then the new one. */
  readonly append: (built: BuiltBlock) => Promise<void>
  /** The base fee of a child of this block. */
  readonly baseFee: (parent: Header) => bigint
  readonly rules: Pick<ChainRules, 'maxOriginAgeSec' | 'minBaseFee' | 'maxFloorFee'>
  /** How long building may take transactions, in ms. */
  readonly buildMs: number
  /** What the part of the chain that is not on L1 yet asks for; by default nothing. */
  readonly pressure?: () => Backpressure
}

export type Sealed = {
  readonly built: BuiltBlock
  readonly userTxs: number
  /** Every candidate was tried: what is still executable came during the build or was refused. */
  readonly exhausted: boolean
  readonly ms: { readonly build: number; readonly verify: number; readonly append: number }
}

/** There is no newer origin, and a block of this time would break the time rule. */
export type OriginTooOld = { readonly tooOld: L1Block; readonly timestamp: bigint }

/**
 * One block: inputs of L1, build, second execution, commit, mempool. With `devDeposits` it holds these and nothing from
 * the pool. Throws what its ports throw, and a fatal NodeError if the second execution disagrees: nothing is committed then.
 */
export async function seal(
  ports: SealPorts,
  request: { readonly timestamp: bigint; readonly devDeposits?: readonly DepositTx[] | undefined },
): Promise<Sealed | OriginTooOld> {
  const { clock, mempool } = ports
  const head = ports.head()
  const inputs = await ports.l1.inputs(head, request.timestamp)
  const { origin } = inputs
  const bound = origin.timestamp + ports.rules.maxOriginAgeSec
  const asked = max(request.timestamp, origin.timestamp)
  // After a long pause it takes several blocks to the newest origin: each at the time bound of its own.
  if (asked > bound && origin.number === head.origin.number) return { tooOld: origin, timestamp: asked }
  const timestamp = min(asked, bound)

  const started = clock.nowMs()
  const pressure = ports.pressure?.() ?? 'none'
  const takesUsers = request.devDeposits === undefined && pressure !== 'stop'
  const txs = takesUsers ? mempool.best(ports.baseFee(head.header)) : noTxs
  const built = await ports.build({
    parent: head.header,
    inputs,
    timestamp,
    txs: pressure === 'slow' ? firstBytes(txs, slowTxBytes) : txs,
    deadline: () => clock.nowMs() - started >= ports.buildMs,
    skipSender: txs.skipSender,
    ...(request.devDeposits && { devDeposits: request.devDeposits }),
  })
  const { header, transactions } = built.block
  assert(header.parentHash === head.hash && header.timestamp === timestamp, 'built block is not the one asked for')

  const builtMs = clock.nowMs()
  await answerOthers()
  const verifyMs = clock.nowMs()
  const verdict = await ports.verify(built, inputs)
  if ('reject' in verdict) throw mismatch(header, verdict)

  const verifiedMs = clock.nowMs()
  await ports.append(built)
  mempool.onHead({ touched: built.diff.accounts.keys() })
  const userTxs = transactions.filter(({ tx }) => tx.type !== 0x7e).length
  sortOut(mempool, built, userTxs)
  const ms = { build: builtMs - started, verify: verifiedMs - verifyMs, append: clock.nowMs() - verifiedMs }
  return { built, userTxs, exhausted: txs.exhausted(), ms }
}

/**
 * Both executions of a long block hold this thread; between them it answers what other threads asked meanwhile, so that
 * they hear of it once per execution. Two turns: the event loop may have looked for messages in the first one already.
 */
async function answerOthers(): Promise<void> {
  await turn()
  await turn()
}

/** Takes what can never be included out of the pool, so that it is not tried again and again. */
function sortOut(mempool: SealPorts['mempool'], { block, skipped }: BuiltBlock, userTxs: number): void {
  // With the L1 attributes only: what found no room there finds none anywhere.
  const isEmpty = block.transactions.length <= 1 && userTxs === 0
  for (const { hash, reject } of skipped) {
    const isTooLarge = isEmpty && reject.reject === 'block_full'
    if (isTooLarge || refusals[reject.reject] === 'drop') mempool.remove(hash)
    else if (userTxs === 0) mempool.refused(hash, refusalPatience)
  }
}

function mismatch({ number }: Header, { reject, detail }: BlockReject): NodeError {
  const cause = detail === undefined ? blockRejects[reject] : `${blockRejects[reject]} (${detail})`
  return new NodeError({
    code: 'seal_mismatch',
    severity: 'fatal',
    message: `block ${number} came out differently when executed a second time: ${cause}`,
    fix: 'nothing was written: start again, and report this with the log',
  })
}

const noTxs: BestTxs = { *[Symbol.iterator]() {}, skipSender: () => undefined, exhausted: () => false }

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
