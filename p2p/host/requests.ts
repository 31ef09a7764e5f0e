import type { Connection, Stream } from '@libp2p/interface'
import { NodeError } from '../../core/errors.ts'
import type { PeerId } from '../../core/ports/net.ts'
import { maxRequestBytes, type Protocol, type Transport, type TransportHandlers } from '../transport.ts'
import type { HostLimits } from './limits.ts'
import { type ReadFault, readAll, writeAll } from './streams.ts'

/** Answers the requests of one protocol; every stream is over in bounded time, answered or reset. */
export function serveRequests(
  protocol: Protocol,
  handlers: Pick<TransportHandlers, 'request'>,
  answers: AnswerSlots,
  limits: HostLimits,
): (stream: Stream, connection: Connection) => Promise<void> {
  return async (stream, connection) => {
    const signal = AbortSignal.timeout(limits.readMs)
    const request = await readAll(stream, { maxBytes: maxRequestBytes, signal })
    if (typeof request === 'string') return
    const peer = connection.remotePeer.toString()
    // A status fits into the stream: nobody can make it wait, and whoever does not get it goes away.
    const release = protocol === 'status' ? () => {} : answers.take(peer)
    if (release === undefined) return stream.abort(new Error('busy'))
    try {
      const answer = await handlers.request(peer, protocol, request)
      if (answer === undefined) return stream.abort(new Error('refused'))
      await writeAll(stream, answer, AbortSignal.timeout(limits.writeMs))
    } catch {
      // The stream is reset already: the other side is slow or gone.
    } finally {
      release()
    }
  }
}

/** How many answers may be under way at a time, in all and to one peer. */
export type AnswerSlots = {
  /** What gives the slot back; undefined: there is none free. */
  take(peer: PeerId): (() => void) | undefined
}

export function createAnswerSlots({
  maxAnswers,
  maxAnswersPerPeer,
}: Pick<HostLimits, 'maxAnswers' | 'maxAnswersPerPeer'>): AnswerSlots {
  const taken = new Map<PeerId, number>()
  let free = maxAnswers
  return {
    take(peer) {
      const own = taken.get(peer) ?? 0
      if (free === 0 || own >= maxAnswersPerPeer) return undefined
      free--
      taken.set(peer, own + 1)
      return () => {
        free++
        const left = taken.get(peer)! - 1
        if (left === 0) taken.delete(peer)
        else taken.set(peer, left)
      }
    },
  }
}

/** Asks over a connection, as `Transport.request`. */
export async function askOver(
  connection: Connection,
  protocol: string,
  data: Uint8Array,
  { timeoutMs, maxBytes }: Parameters<Transport['request']>[3],
): Promise<Uint8Array> {
  const signal = AbortSignal.timeout(timeoutMs)
  let stream: Stream
  try {
    stream = await connection.newStream(protocol, { signal })
  } catch (error) {
    throw signal.aborted ? failures.timeout(error) : failures.reset(error)
  }
  const answer = readAll(stream, { maxBytes, signal })
  // If writing fails, reading says why.
  await writeAll(stream, data, signal).catch(() => {})
  const result = await answer
  if (typeof result === 'string') throw failures[result]()
  return result
}

function failure(code: string, message: string): (cause?: unknown) => NodeError {
  return (cause) => new NodeError({ code, severity: 'retry', message }, cause === undefined ? undefined : { cause })
}

const failures: Readonly<Record<ReadFault, (cause?: unknown) => NodeError>> = {
  too_long: failure('peer_too_long', 'a peer answered more than it was asked for'),
  timeout: failure('peer_timeout', 'a peer did not answer in time'),
  reset: failure('peer_refused', 'a peer gave no answer'),
}

/** No connection to the peer. */
export const peerUnreachable = failure('peer_unreachable', 'the peer cannot be reached')
