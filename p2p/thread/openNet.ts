import { NodeError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { Net, StartNet } from '../../core/ports/net.ts'
import { createRestarts } from '../../core/restarts.ts'
import { peerIdOf } from '../host/identity.ts'
import { type NetInstance, startNetInstance } from './instance.ts'
import { ownCopy } from './messages.ts'
import type { NetThreadOptions } from './options.ts'
import { trackPeers, trackPersistent } from './tracked.ts'

export type OpenNetOptions = NetThreadOptions & {
  readonly log: Readonly<Record<'error' | 'warn' | 'info' | 'debug', (fields: object, text: string) => void>>
  readonly clock: Clock
  /** Another module for the thread, in tests. */
  readonly worker?: URL
}

/**
 * The net in a thread of its own. A thread that ends by itself is replaced by another one with the newest view and the
 * peers that were added, as often as it takes and at most a minute later; what was asked of it meanwhile is answered
 * with nothing. Opening rejects with what the first one rejects with: NodeErrors `p2p_listen`, `bad_address`,
 * `net_thread`, and those of the database.
 */
export function openNet({ log, clock, worker, ...options }: OpenNetOptions): StartNet {
  return async (listener, view) => {
    const peers = trackPeers(listener)
    const persistent = trackPersistent(options.persistent)
    const closing = new AbortController()
    const delayMs = createRestarts()
    let newestView = view

    const start = (): NetInstance =>
      startNetInstance({
        listener: peers.listener,
        onNews: (news) => {
          for (const { level, fields, text } of news.lines) log[level](fields, text)
          peers.hear(news)
        },
        clock,
        ...(worker && { worker }),
      })
    const open = (instance: NetInstance): Promise<void> =>
      instance.open({ ...options, persistent: persistent.addresses() }, newestView)

    async function replaceWhenEnded(): Promise<void> {
      while (!closing.signal.aborted) {
        const cause = await instance.ended
        peers.forget()
        if (closing.signal.aborted) return
        const wait = delayMs(clock.nowMs())
        log.error({ err: cause, delayMs: wait }, 'the net thread ended and is started again; the chain goes on')
        await clock.sleep(wait, closing.signal)
        if (closing.signal.aborted) return
        instance = start()
        await open(instance).catch(async (error: unknown) => {
          if (!closing.signal.aborted) log.error({ err: error }, 'the net thread cannot be opened again')
          await instance.close()
        })
      }
    }

    let instance = start()
    try {
      await open(instance)
    } catch (error) {
      await instance.close()
      throw error instanceof NodeError ? error : ended(error)
    }
    const replaced = replaceWhenEnded()

    return {
      tell(next) {
        newestView = next
        instance.send({ kind: 'view', view: next })
      },
      publish(topic, data) {
        const copy = ownCopy(data)
        instance.send({ kind: 'publish', topic, data: copy }, [copy.buffer])
      },
      blocks: async (request) => await instance.call('blocks', request),
      blob: async (hash) => await instance.call('blob', hash),
      blame: (peer, offence) => instance.send({ kind: 'blame', peer, offence }),
      peers: async () => (await instance.call('peers')) ?? [],
      async info() {
        const nobody = { id: peerIdOf(options.host.privateKey), addresses: [], peers: 0, banned: 0 }
        return (await instance.call('info')) ?? nobody
      },
      async addPeer(address) {
        persistent.add(address)
        return (await instance.call('addPeer', address)) ?? false
      },
      async removePeer(peer) {
        persistent.remove(peer)
        return (await instance.call('removePeer', peer)) ?? false
      },
      async close() {
        closing.abort()
        await instance.close()
        await replaced
      },
    } satisfies Net
  }
}

function ended(cause: unknown): NodeError {
  const message = `the net thread ended${cause instanceof Error ? `, because: ${cause.message}` : ''}`
  const fix = 'start the node again, and report it if it comes back'
  return new NodeError({ code: 'net_thread', severity: 'fatal', message, fix }, { cause })
}
