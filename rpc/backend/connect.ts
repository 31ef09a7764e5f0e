import type { MessagePort } from 'node:worker_threads'
import { NodeError } from '../../core/errors.ts'
import type { Address } from '../../core/hex.ts'
import type { TxReject } from '../../core/reject.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import type { Backend, BackendListener, ClaimsBackend, DevBackend, NetBackend, PoolContent } from '../backend.ts'
import { type Call, type Parts, type ToChain, type ToRpc, unpackThrown } from './protocol.ts'
import { createShared } from './shared.ts'

type Waiting = {
  readonly resolve: (message: ToRpc) => void
  readonly reject: (thrown: Error) => void
  /** Takes parts of the answer that come before its end. */
  readonly onPiece: ((piece: PoolContent) => void) | undefined
}

/**
 * The chain thread's backend as seen from the RPC thread: `serveBackend` answers on the other end. When the port closes
 * everything under way fails with `chain_gone`. The whole pool is asked for once for all who want it at the same time.
 * `parts` says what the backend on the other end has.
 */
export function connectBackend(port: MessagePort, parts: Parts): Backend {
  const waiting = new Map<number, Waiting>()
  const listeners = new Set<BackendListener>()
  let nextId = 0
  let closed = false
  const pool = createShared(() => collectPool())
  port.on('message', (message: ToRpc) => void take(message))
  port.on('close', () => {
    closed = true
    for (const { reject } of waiting.values()) reject(gone)
    waiting.clear()
  })

  async function take(message: ToRpc): Promise<void> {
    if (message.kind === 'poolPiece') return waiting.get(message.id)?.onPiece?.(message.piece)
    pool.news()
    if (message.kind === 'events') {
      for (const event of message.events) {
        await Promise.all([...listeners].map((listener) => listener(event)))
      }
      return post({ kind: 'ack' })
    }
    const asked = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.kind === 'thrown') asked?.reject(unpackThrown(message.thrown))
    else asked?.resolve(message)
  }

  function post(message: ToChain): void {
    port.postMessage(message)
  }

  function ask(make: (id: number) => ToChain, onPiece?: Waiting['onPiece']): Promise<ToRpc> {
    if (closed) return Promise.reject(gone)
    const id = nextId++
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject, onPiece })
      post(make(id))
    })
  }

  /** A call of an operation of one of the backend's parts; its type is that of the operation. */
  function remote<T>(target: Call): T {
    const operation = async (...args: readonly unknown[]): Promise<unknown> => {
      const answer = await ask((id) => ({ ...target, id, args }))
      return (answer as Extract<ToRpc, { readonly kind: 'value' }>).value
    }
    return operation as T
  }

  function chain<K extends OpOf<'chain'>>(op: K): Backend[K] {
    return remote({ kind: 'chain', op })
  }

  function net<K extends keyof NetBackend>(op: K): NetBackend[K] {
    return remote({ kind: 'net', op })
  }

  function claims<K extends keyof ClaimsBackend>(op: K): ClaimsBackend[K] {
    return remote({ kind: 'claims', op })
  }

  function dev<K extends keyof DevBackend>(op: K): DevBackend[K] {
    return remote({ kind: 'dev', op })
  }

  async function collectPool(sender?: Address): Promise<PoolContent> {
    const pending: TxEnvelope<SignedTx>[] = []
    const queued: TxEnvelope<SignedTx>[] = []
    await ask(
      (id) => ({ kind: 'chain', id, op: 'poolContent', args: [sender] }),
      (piece) => {
        pending.push(...piece.pending)
        queued.push(...piece.queued)
      },
    )
    return { pending, queued }
  }

  return {
    async submit(txs) {
      const answer = await ask((id) => ({ kind: 'submit', id, txs }))
      const answers = new Array<TxReject | undefined>(txs.length).fill(undefined)
      const { rejects } = answer as Extract<ToRpc, { readonly kind: 'submitted' }>
      for (const [i, reject] of rejects) answers[i] = reject
      return answers
    },
    poolStatus: chain('poolStatus'),
    poolContent: (sender) => (sender === undefined ? pool.ask() : collectPool(sender)),
    poolTx: chain('poolTx'),
    poolNonce: chain('poolNonce'),
    l1: chain('l1'),
    syncing: chain('syncing'),
    settled: chain('settled'),
    listen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    watchPending: (on) => post({ kind: 'watchPending', on }),
    net: parts.net
      ? { info: net('info'), peers: net('peers'), addPeer: net('addPeer'), removePeer: net('removePeer') }
      : undefined,
    claims: parts.claims
      ? {
          validators: claims('validators'),
          attested: claims('attested'),
          certificate: claims('certificate'),
          disputed: claims('disputed'),
        }
      : undefined,
    dev: parts.dev
      ? {
          mine: dev('mine'),
          snapshot: dev('snapshot'),
          revert: dev('revert'),
          increaseTime: dev('increaseTime'),
          nextTimestamp: dev('nextTimestamp'),
          setNextBlockTimestamp: dev('setNextBlockTimestamp'),
          automine: dev('automine'),
          setAutomine: dev('setAutomine'),
          setIntervalMining: dev('setIntervalMining'),
          setBalance: dev('setBalance'),
        }
      : undefined,
  }
}

type OpOf<K extends Call['kind']> = Extract<Call, { readonly kind: K }>['op']

const gone = new NodeError({ code: 'chain_gone', severity: 'fatal', message: 'the chain thread has ended' })
