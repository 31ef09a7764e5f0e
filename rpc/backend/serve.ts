import type { MessagePort } from 'node:worker_threads'
import { NodeError } from '../../core/errors.ts'
import type { Backend } from '../backend.ts'
import { createEventQueue } from './eventQueue.ts'
import { packThrown, type ToChain, type ToRpc } from './protocol.ts'

/**
 * Answers an RPC thread on the other end of `port` from the chain thread, until the port closes. Events go out one
 * message at a time; what happens until the other side has taken it is merged, so a slow RPC thread costs no memory.
 */
export function serveBackend(port: MessagePort, backend: Backend): void {
  const queue = createEventQueue()
  let awaitsAck = false
  const stop = backend.listen((event) => {
    queue.add(event)
    sendEvents()
  })
  port.on('message', (message: ToChain) => void take(message))
  port.on('close', stop)

  async function take(message: ToChain): Promise<void> {
    if (message.kind === 'watchPending') return backend.watchPending(message.on)
    if (message.kind === 'ack') {
      awaitsAck = false
      return sendEvents()
    }
    try {
      post(await answer(message))
    } catch (thrown) {
      post({ kind: 'thrown', id: message.id, thrown: packThrown(thrown) })
    }
  }

  async function answer(message: Extract<ToChain, { readonly id: number }>): Promise<ToRpc> {
    const { kind, id } = message
    if (kind === 'submit') {
      const answers = await backend.submit(message.txs)
      const rejects = [...answers.entries()].flatMap(([i, reject]) =>
        reject === undefined ? [] : [[i, reject] as const],
      )
      return { kind: 'submitted', id, rejects }
    }
    if (kind === 'chain') return { kind: 'value', id, value: await call(backend[message.op], message.args) }
    if (backend.dev === undefined) throw notSolo
    return { kind: 'value', id, value: await call(backend.dev[message.op], message.args) }
  }

  function sendEvents(): void {
    if (awaitsAck) return
    const events = queue.take()
    if (events.length === 0) return
    awaitsAck = true
    post({ kind: 'events', events })
  }

  function post(message: ToRpc): void {
    port.postMessage(message)
  }
}

const notSolo = new NodeError({ code: 'not_solo', severity: 'retry', message: 'not a solo development chain' })

/** The table of operations is typed on the other side (`connect.ts`); here it is a function and its arguments. */
function call(operation: (...args: never[]) => Promise<unknown>, args: readonly unknown[]): Promise<unknown> {
  return operation(...(args as never[]))
}
