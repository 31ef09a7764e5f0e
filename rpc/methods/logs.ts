import type { RpcContext } from '../context.ts'
import { failure, failureWithHint, type RpcFailure } from '../errors.ts'
import type { FilterKind } from '../filters.ts'
import { rawJson } from '../json/raw.ts'
import { queryLogs } from '../logs/query.ts'
import { type Method, method, type Session } from '../method.ts'
import type { BlockId } from '../params/blockId.ts'
import { type LogQuery, logQuery } from '../params/filter.ts'
import { optional } from '../params/param.ts'
import { bool, text } from '../params/values.ts'
import type { View } from '../view.ts'

const filterNotFound = failure('server', 'filter not found')
const noRoom = failureWithHint('responseTooLarge', 'response too large', 'nothing was taken; ask for it alone')

const tooManyFilters = {
  of_all: failureWithHint('server', 'too many filters', 'try again in five minutes, or poll eth_getLogs'),
  of_caller: failureWithHint('server', 'too many filters', 'uninstall unused filters, or poll eth_getLogs'),
}

function install({ filters }: RpcContext, kind: FilterKind, { ip }: Session): string | RpcFailure {
  const installed = filters.install(kind, ip)
  return typeof installed === 'string' ? installed : tooManyFilters[installed.tooMany]
}

function installLogs(context: RpcContext, query: LogQuery, session: Session): string | RpcFailure {
  const { range } = query
  if ('blockHash' in range) return failure('invalidParams', 'cannot install a filter on one block; use eth_getLogs')
  const from = bound(context.view, range.from)
  const to = bound(context.view, range.to)
  if (from !== undefined && to !== undefined && from > to) return failure('invalidParams', 'invalid block range params')
  return install(context, { kind: 'logs', query, from, to }, session)
}

/** A fixed block of a filter's range; undefined where it moves with the chain. */
function bound(view: View, id: BlockId): bigint | undefined {
  if ('number' in id) return id.number
  return 'tag' in id && id.tag === 'earliest' ? view.find(id)?.header.number : undefined
}

/** Logs and the filters that are polled for news. */
export const logMethods: readonly Method[] = [
  method({
    name: 'eth_getLogs',
    summary: 'The logs of a block or a range of blocks that match a filter.',
    params: [logQuery],
    weight: 10,
    reads: true,
    handle: (context, [query]) => queryLogs(context, query),
  }),
  method({
    name: 'eth_newFilter',
    summary: 'Installs a filter that collects new logs; answers its id.',
    params: [logQuery],
    reads: true,
    handle: (context, [query], session) => installLogs(context, query, session),
  }),
  method({
    name: 'eth_newBlockFilter',
    summary: 'Installs a filter that collects the hashes of new blocks; answers its id.',
    reads: true,
    handle: (context, _, session) => install(context, { kind: 'blocks' }, session),
  }),
  method({
    name: 'eth_newPendingTransactionFilter',
    summary: 'Installs a filter that collects new executable transactions, hashes or (true) whole; answers its id.',
    params: [optional(bool, false)],
    handle: (context, [full], session) => install(context, { kind: 'pending', full }, session),
  }),
  method({
    name: 'eth_getFilterChanges',
    summary:
      'What is new since the last poll, in parts if it is much. Filters not polled for five minutes are removed.',
    params: [text],
    weight: 2,
    reads: true,
    handle({ filters }, [id], _, roomBytes) {
      const news = filters.changes(id, roomBytes)
      if (news === undefined) return filterNotFound
      return news === 'no_room' ? noRoom : rawJson(news)
    },
  }),
  method({
    name: 'eth_getFilterLogs',
    summary: "All logs of a log filter's range.",
    params: [text],
    weight: 10,
    reads: true,
    handle(context, [id]) {
      const query = context.filters.query(id)
      return query === undefined ? filterNotFound : queryLogs(context, query)
    },
  }),
  method({
    name: 'eth_uninstallFilter',
    summary: 'Removes a filter; whether there was one.',
    params: [text],
    handle: ({ filters }, [id]) => filters.uninstall(id),
  }),
]
