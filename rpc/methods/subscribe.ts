import type { RpcContext } from '../context.ts'
import { failure, failureWithHint, type RpcFailure } from '../errors.ts'
import type { Listener } from '../feed.ts'
import { randomId } from '../filterId.ts'
import { createLogMatch } from '../logs/match.ts'
import { type Method, method, type Session } from '../method.ts'
import { logQuery } from '../params/filter.ts'
import { isBad, optional, param } from '../params/param.ts'
import { text } from '../params/values.ts'
import { syncingToJson } from './chain.ts'

/** The listener behind a kind of subscription; `notify` takes the JSON text of one event. */
type Start = (option: unknown, notify: (json: string) => void) => Listener | RpcFailure

const kinds = {
  newHeads: (_, notify) => ({
    kind: 'heads',
    next: ({ json }) => notify(json()),
  }),
  logs(option, notify) {
    const query = logQuery.parse(option ?? {})
    if (isBad(query)) return failure('invalidParams', `invalid argument 1: ${query.bad}`)
    const matches = createLogMatch(query.filter)
    return {
      kind: 'logs',
      next(logs) {
        for (const log of logs) if (matches(log)) notify(log.json())
      },
    }
  },
  newPendingTransactions: (full, notify) => ({
    kind: 'pending',
    next(txs) {
      for (const tx of txs) notify(tx.json(full === true))
    },
  }),
  syncing: (_, notify) => ({ kind: 'syncing', next: (status) => notify(JSON.stringify(syncingToJson(status))) }),
} satisfies Record<string, Start>

function subscribe({ feed, limits }: RpcContext, kind: string, option: unknown, session: Session): string | RpcFailure {
  const { push, isClosed, subscriptions } = session
  if (push === undefined) return failure('methodNotFound', 'notifications not supported')
  if (!Object.hasOwn(kinds, kind)) {
    return failure('methodNotFound', 'no such subscription: newHeads, logs, newPendingTransactions or syncing')
  }
  if (subscriptions.size >= limits.subscriptionsPerConnection) {
    return failureWithHint(
      'server',
      `too many subscriptions: at most ${limits.subscriptionsPerConnection}`,
      'open another connection',
    )
  }
  const id = randomId()
  const listener = kinds[kind as keyof typeof kinds](option, (json) =>
    push(`{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"${id}","result":${json}}}`),
  )
  if ('rpcError' in listener) return listener
  if (isClosed()) return failure('server', 'connection closed')
  subscriptions.set(id, feed.add(listener))
  return id
}

/** Events over WebSocket. */
export const subscribeMethods: readonly Method[] = [
  method({
    name: 'eth_subscribe',
    summary:
      'Sends newHeads, logs (removed ones again with removed: true), newPendingTransactions (true: whole ones) or syncing.',
    params: [
      text,
      optional(
        param('ANY', (value) => value),
        undefined,
      ),
    ],
    scope: 'websocket',
    weight: 2,
    handle: (context, [kind, option], session) => subscribe(context, kind, option, session),
  }),
  method({
    name: 'eth_unsubscribe',
    summary: 'Ends a subscription.',
    params: [text],
    scope: 'websocket',
    handle(_, [id], { subscriptions }) {
      const stop = subscriptions.get(id)
      if (stop === undefined) return failure('server', 'subscription not found')
      stop()
      return subscriptions.delete(id)
    },
  }),
]
