import type { MessagePort } from 'node:worker_threads'
import { NodeError } from '../../core/errors.ts'
import type { Address } from '../../core/hex.ts'
import type { Backend } from '../backend.ts'
import { createEventQueue } from './eventQueue.ts'
import { poolPieces } from './pieces.ts'
import { type Call, packThrown, type ToChain, type ToRpc } from './protocol.ts'

/**
 * Answers an RPC thread on the other end of `port` from the chain thread, until the port closes. Events go out one
 * message at a time; what happens until the other side has taken it is merged, so a slow RPC thread costs no memory. The
 * pool's content crosses in pieces, at most one in a turn of the event loop, so that it never holds up the chain.
 */
export function serveBackend(port: MessagePort, backend: Backend): void {
  const queue = createEventQueue()
  let awaitsAck = false
  let isOpen = true
  let sending: Promise<void> = Promise.resolve()
  const stop = backend.listen((event) => {
    queue.add(event)
    sendEvents()
  })
  port.on('message', (message: ToChain) => void take(message))
  port.on('close', () => {
    isOpen = false
    stop()
    backend.watchPending(false)
  })

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
    if (kind === 'chain' && message.op === 'poolContent') {
      await sendPool(id, message.args[0] as Address | undefined)
      return { kind: 'value', id, value: undefined }
    }
    return { kind: 'value', id, value: await call(operationOf(message), message.args) }
  }

  function operationOf(message: Call): Operation {
    const found = message.kind === 'chain' ? backend[message.op] : ofPart(message)
    if (found === undefined) throw notThere
    return found
  }

  function ofPart(message: Exclude<Call, { readonly kind: 'chain' }>): Operation | undefined {
    if (message.kind === 'net') return backend.net?.[message.op]
    return message.kind === 'claims' ? backend.claims?.[message.op] : backend.dev?.[message.op]
  }

  /** One after the other: what several of them ask for must not add up to one long turn. */
  function sendPool(id: number, sender: Address | undefined): Promise<void> {
    const mine = sending.then(async () => {
      if (!isOpen) return
      for (const piece of poolPieces(await backend.poolContent(sender))) {
        post({ kind: 'poolPiece', id, piece })
        await nextTurn()
        if (!isOpen) return
      }
    })
    sending = mine.catch(() => {})
    return mine
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

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

const notThere = new NodeError({ code: 'not_there', severity: 'retry', message: 'this node has no such part' })

type Operation = (...args: never[]) => Promise<unknown>

/** The table of operations is typed on the other side (`connect.ts`); here it is a function and its arguments. */
function call(operation: Operation, args: readonly unknown[]): Promise<unknown> {
  return operation(...(args as never[]))
}
