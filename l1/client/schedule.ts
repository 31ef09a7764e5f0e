import { NodeError } from '../../core/errors.ts'
import { toQuantity } from '../../core/json.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { BlobFork } from '../../genesis/spec.ts'
import { blobBaseFee } from '../blobFee.ts'
import { isObject, parseQuantity } from './fields.ts'
import type { L1Header } from './header.ts'
import type { L1Log } from './health.ts'
import { isOutage, outage } from './outage.ts'
import type { Pool } from './pool.ts'
import type { Provider } from './provider.ts'

/** The blob schedule as an L1 node tells it: what holds for it now and, if it knows, what comes next (EIP-7910). */
type NodeSchedule = { readonly current: BlobFork; readonly next: BlobFork | undefined }

/**
 * Compares the chain spec's blob schedule with what L1 nodes say: with `eth_config` every ten minutes and at every fork,
 * where no node has that with `eth_feeHistory` for each young block. Throws `l1_blob_schedule` (fatal) for a header
 * whose fee the spec would get wrong, and warns as soon as such a time is announced.
 */
export function createScheduleCheck(options: {
  readonly pool: Pool
  readonly schedule: readonly BlobFork[]
  readonly clock: Clock
  readonly log: L1Log
}): (header: L1Header) => Promise<void> {
  const { pool, schedule, clock, log } = options
  let nodes: readonly NodeSchedule[] = []
  let dueMs = 0
  let refreshing: Promise<void> | undefined
  let checkedFork: BlobFork | undefined
  let warned: bigint | undefined
  let isTold = false

  async function refresh(): Promise<void> {
    const answers = await pool.all(readConfig)
    nodes = answers.flatMap((answer) => (answer === undefined || isOutage(answer) ? [] : [answer]))
    dueMs = clock.nowMs() + recheckMs
    for (const { next } of nodes) {
      if (next === undefined || next.timestamp === warned) continue
      if (forkAt(schedule, next.timestamp)?.updateFraction === next.updateFraction) continue
      warned = next.timestamp
      log.warn(
        { code: 'l1_blob_schedule', timestamp: next.timestamp },
        'L1 will change its blob fee and the chain spec does not know it: install a newer version before',
      )
    }
  }

  return async (header) => {
    const fork = forkAt(schedule, header.timestamp)
    const wrong = (): readonly bigint[] => nodes.flatMap((node) => contradiction(node, header, fork) ?? [])
    if (clock.nowMs() >= dueMs || fork !== checkedFork || wrong().length > 0) {
      refreshing ??= refresh().finally(() => {
        refreshing = undefined
      })
      await refreshing
    }
    checkedFork = fork
    const known = nodes.filter((node) => nodeForkAt(node, header.timestamp) !== undefined)
    const fractions = wrong()
    if (fractions.length > 0 && fractions.length < known.length) {
      throw outage('l1_disagree', 'the L1 nodes do not agree on the blob fee')
    }
    if (fractions[0] !== undefined) throw mismatch(header)
    if (nodes.length === 0) await checkFee(header)
  }

  /** What `eth_feeHistory` says of a young block; of old ones some nodes give fees by today's schedule. */
  async function checkFee(header: L1Header): Promise<void> {
    if (header.excessBlobGas === undefined) return
    if (Number(header.timestamp) * 1_000 < clock.nowMs() - youngMs) return
    const expected = blobBaseFee(header.excessBlobGas, header.timestamp, schedule)
    const answers = await pool.all((provider) => readFee(provider, header, expected))
    const told = answers.flatMap((answer) => (answer === undefined || isOutage(answer) ? [] : [answer]))
    const fees = told.filter((fee) => fee !== 'of another block')
    if (fees.length < told.length && fees.every((fee) => fee === expected)) {
      throw outage('l1_disagree', `L1 has another block ${header.number} by now`)
    }
    if (fees.length === 0) {
      if (!isTold)
        log.warn({ code: 'l1_method_missing' }, 'no L1 node tells its blob fee: the chain spec alone decides')
      isTold = true
      return
    }
    const wrong = fees.filter((fee) => fee !== expected)
    if (wrong.length > 0 && wrong.length < fees.length) {
      throw outage('l1_disagree', 'the L1 nodes do not agree on the blob fee')
    }
    if (wrong.length > 0) throw mismatch(header)
  }
}

const recheckMs = 600_000
const youngMs = 3_600_000

function mismatch({ number }: L1Header): NodeError {
  return new NodeError({
    code: 'l1_blob_schedule',
    severity: 'fatal',
    message: `L1 computes the blob fee of block ${number} by another schedule than the chain spec`,
    fix: 'install the version whose chain spec has the blob schedule of the present fork of L1',
  })
}

function forkAt(schedule: readonly BlobFork[], timestamp: bigint): BlobFork | undefined {
  return schedule.findLast((fork) => fork.timestamp <= timestamp)
}

function nodeForkAt({ current, next }: NodeSchedule, timestamp: bigint): BlobFork | undefined {
  if (next !== undefined && timestamp >= next.timestamp) return next
  return timestamp >= current.timestamp ? current : undefined
}

/** The node's fraction for this header if it is another one than ours. */
function contradiction(node: NodeSchedule, header: L1Header, ours: BlobFork | undefined): bigint | undefined {
  const theirs = nodeForkAt(node, header.timestamp)
  return theirs === undefined || theirs.updateFraction === ours?.updateFraction ? undefined : theirs.updateFraction
}

async function readConfig(provider: Provider): Promise<NodeSchedule | undefined> {
  const answer = await provider.ask({ method: 'eth_config', params: [] })
  if (!('result' in answer) || !isObject(answer.result)) return undefined
  const current = readFork(answer.result.current)
  return current === undefined ? undefined : { current, next: readFork(answer.result.next) }
}

function readFork(json: unknown): BlobFork | undefined {
  if (!isObject(json) || !isObject(json.blobSchedule)) return undefined
  const timestamp = readNumber(json.activationTime)
  const updateFraction = readNumber(json.blobSchedule.baseFeeUpdateFraction)
  return timestamp === undefined || updateFraction === undefined ? undefined : { timestamp, updateFraction }
}

/** EIP-7910 has JSON numbers; a node with quantities is understood too. */
function readNumber(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined
  return parseQuantity(value)
}

/** Fees are told by height: one that is not ours counts only if the node has our block there. */
async function readFee(
  provider: Provider,
  { number, hash }: L1Header,
  expected: bigint,
): Promise<bigint | 'of another block' | undefined> {
  const call = { method: 'eth_feeHistory', params: ['0x1', toQuantity(number), []] }
  const answer = await provider.ask(call)
  const fee = 'result' in answer ? feeIn(answer.result, number) : undefined
  if (fee === undefined || fee === expected) return fee
  const at = { method: 'eth_getBlockByNumber', params: [toQuantity(number), false] }
  const [history, block] = await provider.readAll([call, at])
  return isObject(block) && block.hash === hash ? feeIn(history, number) : 'of another block'
}

function feeIn(history: unknown, number: bigint): bigint | undefined {
  if (!isObject(history)) return undefined
  const { oldestBlock, baseFeePerBlobGas } = history
  if (parseQuantity(oldestBlock) !== number || !Array.isArray(baseFeePerBlobGas)) return undefined
  const fee = parseQuantity(baseFeePerBlobGas[0])
  // Zero is no blob base fee: the node does not know it.
  return fee === 0n ? undefined : fee
}
