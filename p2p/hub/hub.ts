import type { Net, NetView, PeerId } from '../../core/ports/net.ts'
import { type Seal, type SealedRef, sealSigner } from '../../core/seal.ts'
import { createGate } from '../gossip/gate.ts'
import { defaultNetLimits } from '../limits.ts'
import { type Candidate, checkAdmission } from '../peers/admission.ts'
import { createBans } from '../peers/bans.ts'
import { readPeerList } from '../peers/lists.ts'
import { createScores } from '../peers/scores.ts'
import type { Connection, Transport } from '../transport.ts'
import { createAsk } from './ask.ts'
import { createConduct } from './conduct.ts'
import { createDialer } from './dialer.ts'
import { createFetch } from './fetch.ts'
import { createMessages } from './messages.ts'
import type { HubOptions } from './options.ts'
import { createPeers, raiseHeight } from './peers.ts'
import { createPick } from './pick.ts'
import { createServer } from './serve.ts'
import { createStatuses } from './statuses.ts'
import { createSuspicions } from './suspicions.ts'
import { describePeer } from './tell.ts'

export type { HubOptions, NetLog, NetReads } from './options.ts'

/** How often it is looked who is to be dialled and who is to be asked. */
const tickMs = 1_000

/**
 * Makes a `Net` of a transport: admission, checks, scores and bans, rates, requests in both directions, statuses, dialling.
 * Rejects with what starting the transport rejects with, and with the fatal NodeError `bad_peer_list`.
 */
export async function createHub(options: HubOptions): Promise<Net> {
  const { listener, clock, random, log, genesis } = options
  const limits = { ...defaultNetLimits, ...options.limits }
  const lists = { allow: readPeerList(options.allow), deny: readPeerList(options.deny) }
  const ending = new AbortController()
  const signal = AbortSignal.any([ending.signal, options.signal])
  let view = options.view
  let transport: Transport | undefined

  const peers = createPeers(limits, clock)
  const scores = createScores(limits, clock)
  const bans = createBans(limits, clock)
  const disconnect = (peer: PeerId) => transport?.disconnect(peer)
  const common = { peers, scores, bans, limits, clock, random, log, signal, transport: () => transport, disconnect }

  const dialer = createDialer({ ...common, persistent: options.persistent, bootnodes: options.bootnodes })
  const { isPersistent } = dialer
  const conduct = createConduct({ ...common, isPersistent })
  const suspicions = createSuspicions({ clock, blame: (peer) => conduct.blame(peer, 'block_wrong_signer') })
  const gate = createGate({
    chainId: options.chainId,
    rules: options.rules,
    attestationDomain: options.attestationDomain,
    clock,
    blame(peer, reason) {
      if (reason === 'block_wrong_signer') suspicions.add(peer)
      else conduct.blame(peer, reason)
    },
    listener: {
      ...listener,
      block(block) {
        const peer = peers.get(block.peer)
        if (peer !== undefined) raiseHeight(peer, block.number)
        return listener.block(block)
      },
    },
  })
  const tell = (next: NetView): void => {
    view = next
    gate.tell(next)
    suspicions.tell(next.signers)
  }
  tell(view)
  const ask = createAsk({ ...common, conduct, requestMs: limits.requestMs })
  const statuses = createStatuses({ ...common, ask, conduct, genesis, view: () => view, listener, isPersistent })
  const { maxBlockBytes } = options.rules
  const isSealed = (block: SealedRef, seal: Seal | undefined): boolean => {
    const signer = seal && sealSigner(options.chainId, block, seal)
    return signer !== undefined && view.signers.includes(signer)
  }
  const fetch = createFetch({ ...common, pick: createPick(common), ask, conduct, maxBlockBytes, isSealed })
  const admission = { ...lists, limits, bans, isPersistent: dialer.isWanted, isAwaited: dialer.isAwaited }
  const others = () => peers.all().map(({ connection }) => connection)
  const isAdmitted = (candidate: Candidate) =>
    !signal.aborted && checkAdmission(candidate, others(), admission) === undefined

  function connected(connection: Connection): void {
    // Several may have been admitted for the last place.
    if (!isAdmitted(connection)) {
      disconnect(connection.peer)
      return
    }
    const peer = peers.add(connection)
    dialer.remember(connection)
    log.debug({ peer: connection.peer, direction: connection.direction }, 'peer connected')
    if (transport !== undefined) void statuses.ask(peer)
  }

  transport = await options.startTransport({
    admits: isAdmitted,
    connected,
    disconnected(peer) {
      if (peers.delete(peer) !== undefined && !signal.aborted) listener.gone(peer)
    },
    message: createMessages({ ...common, conduct, gate }),
    request: createServer({ ...common, conduct, reads: options.reads, status: () => view.status }),
    score: scores.of,
  })
  const started = transport
  // Those that came before there was a way to refuse them.
  for (const connection of started.connections()) if (peers.get(connection.peer) === undefined) connected(connection)
  const loop = tick()
  const closed = Promise.withResolvers<void>()
  const close = () => {
    if (!ending.signal.aborted) {
      ending.abort()
      closed.resolve(Promise.all([loop, started.close()]).then(() => {}))
    }
    return closed.promise
  }
  const end = () => close().catch((error: unknown) => log.warn({ err: error }, 'the network did not close well'))
  if (options.signal.aborted) await end()
  options.signal.addEventListener('abort', end, { once: true })

  async function tick(): Promise<void> {
    while (!signal.aborted) {
      dialer.tick()
      statuses.tick()
      suspicions.tick()
      await clock.sleep(tickMs, signal)
    }
  }

  return {
    tell,
    publish(topic, data) {
      if (!signal.aborted) started.publish(topic, data)
    },
    ...fetch,
    blame: conduct.blame,
    peers: async () => peers.all().map((peer) => describePeer(peer, { ...common, transport: started, isPersistent })),
    info: async () => ({
      id: started.self,
      addresses: started.addresses(),
      peers: peers.all().length,
      banned: bans.count(),
    }),
    addPeer: dialer.add,
    async removePeer(peer) {
      const isKnown = dialer.forget(peer)
      const isConnected = peers.get(peer) !== undefined
      started.disconnect(peer)
      return isKnown || isConnected
    },
    close,
  }
}
