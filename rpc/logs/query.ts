import { toQuantity } from '../../core/json.ts'
import type { LogEntry } from '../../state/store/logIndex.ts'
import type { RpcContext } from '../context.ts'
import { failure, isFailure, type RpcFailure } from '../errors.ts'
import { type RawJson, rawJson } from '../json/raw.ts'
import type { BlockId } from '../params/blockId.ts'
import type { LogQuery } from '../params/filter.ts'
import { pause } from '../pause.ts'
import { blockLogs, writeLog } from './blockLogs.ts'
import { createLogMatch } from './match.ts'
import { type BlockRange, logBytes, searchLogs } from './search.ts'

type Context = Pick<RpcContext, 'view' | 'limits'>

/** Answers eth_getLogs. The text is made piece by piece, so that a big answer does not hold up the thread. */
export async function queryLogs(context: Context, { filter, range }: LogQuery): Promise<RawJson | RpcFailure> {
  const { view, limits } = context
  if ('blockHash' in range) {
    if (view.header(range.blockHash) === undefined) return failure('server', 'unknown block')
    const logs = blockLogs(view, range.blockHash).filter(createLogMatch(filter))
    const bytes = logs.reduce((sum, log) => sum + logBytes(log), 0)
    return bytes > limits.responseBytes ? tooLarge : writeLogs(logs)
  }
  const blocks = resolveRange(context, range)
  if (isFailure(blocks)) return blocks
  // One block is answered as long as its text fits: there is no smaller range to retry with.
  const maxLogs = blocks.from === blocks.to ? Number.MAX_SAFE_INTEGER : limits.logResults
  const found = await searchLogs(view, filter, blocks, { logs: maxLogs, bytes: limits.responseBytes })
  if ('logs' in found) return writeLogs(found.logs)
  if (blocks.from === blocks.to) return tooLarge
  const problem =
    found.exceeds === 'logs'
      ? `query exceeds max results ${limits.logResults}`
      : `query exceeds max response size ${limits.responseBytes}`
  // The range to retry with ends before the block that broke the limit.
  return retryWith(problem, blocks.from, found.brokenAt > blocks.from ? found.brokenAt - 1n : blocks.from)
}

const tooLarge = failure('responseTooLarge', 'response too large')

/** First and last block of a range the node has, or why it cannot be answered. */
export function resolveRange(
  { view, limits }: Context,
  range: { readonly from: BlockId; readonly to: BlockId },
): BlockRange | RpcFailure {
  const head = view.heads().unsafe.number
  const from = numberOf(view, range.from, head)
  const to = numberOf(view, range.to, head)
  if (from > to) return failure('invalidParams', 'invalid block range params')
  if (to > head) return failure('invalidParams', 'block range extends beyond current head block')
  if (to - from < limits.logRange) return { from, to }
  return retryWith(`query exceeds max block range ${limits.logRange}`, from, from + limits.logRange - 1n)
}

function numberOf(view: Context['view'], id: BlockId, head: bigint): bigint {
  return 'number' in id ? id.number : (view.find(id)?.header.number ?? head)
}

function retryWith(problem: string, from: bigint, to: bigint): RpcFailure {
  const hint = { fromBlock: toQuantity(from), toBlock: toQuantity(to) }
  return failure('invalidParams', `${problem}, retry with the range ${from}-${to}`, { hint })
}

async function writeLogs(logs: readonly LogEntry[]): Promise<RawJson> {
  const texts: string[] = []
  for (const log of logs) {
    texts.push(writeLog(log))
    const due = pause()
    if (due !== undefined) await due
  }
  return rawJson(`[${texts.join(',')}]`)
}
