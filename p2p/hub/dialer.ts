import { NodeError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { PeerId } from '../../core/ports/net.ts'
import type { NetLimits } from '../limits.ts'
import type { Candidate } from '../peers/admission.ts'
import type { Bans } from '../peers/bans.ts'
import type { Connection, Transport } from '../transport.ts'
import type { NetLog } from './options.ts'
import type { Peers } from './peers.ts'

/** Keeps up connections: always those to persistent peers, others while there are few. */
export type Dialer = {
  /** Dials an address and keeps the connection up from now on; false if it is not reached now, or is malformed. */
  add(address: string): Promise<boolean>
  /** Dials a peer no more; false if none of its addresses is known. */
  forget(peer: PeerId): boolean
  /** Keeps the address of a connection that this node made. */
  remember(connection: Connection): void
  isPersistent(peer: PeerId): boolean
  /** Whether this connection is, or may be, the one to a persistent peer. */
  isWanted(candidate: Candidate): boolean
  /** Whether a persistent peer is not connected. */
  isAwaited(): boolean
  /** Dials what is due. */
  tick(): void
}

type Entry = {
  readonly address: string
  kind: 'persistent' | 'bootnode' | 'met'
  /** Undefined: the address does not tell, and nobody has answered there yet. */
  peer: PeerId | undefined
  backoffMs: number
  nextMs: number
  isDialling: boolean
  /** Whether the operator was told that it is not reached. */
  isMissed: boolean
}

const order = ['persistent', 'bootnode', 'met'] as const

export function createDialer({
  transport,
  peers,
  bans,
  persistent,
  bootnodes,
  limits,
  clock,
  random,
  log,
  signal,
}: {
  readonly transport: () => Transport | undefined
  readonly peers: Peers
  readonly bans: Bans
  readonly persistent: readonly string[]
  readonly bootnodes: readonly string[]
  readonly limits: Pick<
    NetLimits,
    | 'maxPeers'
    | 'maxInbound'
    | 'wantedPeers'
    | 'wantedChosen'
    | 'maxAddresses'
    | 'dialMs'
    | 'maxDialMs'
    | 'maxDials'
    | 'steadyMs'
  >
  readonly clock: Clock
  readonly random: () => number
  readonly log: NetLog
  readonly signal: AbortSignal
}): Dialer {
  const entries = new Map<string, Entry>()
  for (const address of bootnodes) enter(address, 'bootnode')
  for (const address of persistent) enter(address, 'persistent')

  function enter(address: string, kind: Entry['kind']): Entry {
    const known = entries.get(address)
    if (known !== undefined && order.indexOf(known.kind) <= order.indexOf(kind)) return known
    const fresh = { backoffMs: limits.dialMs, nextMs: clock.nowMs(), isDialling: false, isMissed: false }
    const entry: Entry = known ?? { address, kind, peer: peerIn(address), ...fresh }
    entry.kind = kind
    entries.set(address, entry)
    return entry
  }
  const ofKind = (kind: Entry['kind']) => [...entries.values()].filter((entry) => entry.kind === kind)
  const connected = ({ peer }: Entry) => (peer === undefined ? undefined : peers.get(peer))

  async function dial(entry: Entry): Promise<boolean> {
    const via = transport()
    if (via === undefined || entry.isDialling) return false
    entry.isDialling = true
    try {
      entry.peer = await via.dial(entry.address)
      if (entry.isMissed) log.info({ address: entry.address }, 'persistent peer connected')
      entry.isMissed = false
      return true
    } catch (error) {
      if (!(error instanceof NodeError)) throw error
      missed(entry, error)
      return false
    } finally {
      entry.isDialling = false
      // Also after a success: one that lasts sets it back.
      entry.nextMs = clock.nowMs() + entry.backoffMs * (0.75 + 0.5 * random())
      entry.backoffMs = Math.min(limits.maxDialMs, entry.backoffMs * 2)
    }
  }

  function missed(entry: Entry, { code, severity }: NodeError): void {
    const { address, kind } = entry
    if (severity !== 'retry') entries.delete(address)
    if (signal.aborted || kind === 'met' || entry.isMissed) return
    if (severity !== 'retry') log.warn({ address, code }, 'not an address of a peer')
    else if (kind === 'persistent') log.warn({ address, code }, 'persistent peer not reached')
    entry.isMissed = kind === 'persistent'
  }

  /** Few in all, or few that this node chose: whoever connects to it may be one stranger with many names. */
  function hasFew(): boolean {
    const { maxPeers, maxInbound, wantedPeers, wantedChosen } = limits
    const all = peers.all()
    const chosen = all.filter(({ connection }) => connection.direction === 'outbound')
    return all.length < Math.min(wantedPeers, maxPeers) || chosen.length < Math.min(wantedChosen, maxPeers - maxInbound)
  }

  function isDue(entry: Entry): boolean {
    const peer = connected(entry)
    if (peer !== undefined) {
      if (clock.nowMs() - peer.sinceMs >= limits.steadyMs) {
        entry.backoffMs = limits.dialMs
        entry.nextMs = clock.nowMs()
      }
      return false
    }
    if (entry.isDialling || entry.nextMs > clock.nowMs() || entry.peer === transport()?.self) return false
    if (entry.kind === 'persistent') return true
    return hasFew() && !(entry.peer !== undefined && bans.isBanned(entry.peer))
  }

  return {
    async add(address) {
      if (ofKind('persistent').length >= limits.maxAddresses / 4) return false
      const entry = enter(address, 'persistent')
      if (entry.peer !== undefined) bans.lift(entry.peer)
      return connected(entry) !== undefined || (await dial(entry))
    },
    forget(peer) {
      const known = [...entries.values()].filter((entry) => entry.peer === peer)
      for (const { address } of known) entries.delete(address)
      return known.length > 0
    },
    remember({ address, peer, direction }) {
      if (direction !== 'outbound' || [...entries.values()].some((entry) => entry.peer === peer)) return
      const met = ofKind('met')
      if (met.length >= limits.maxAddresses / 2) entries.delete(met[0]!.address)
      enter(peerIn(address) === undefined ? `${address}/p2p/${peer}` : address, 'met')
    },
    isPersistent: (peer) => ofKind('persistent').some((entry) => entry.peer === peer),
    isWanted: ({ peer, address, direction }) =>
      ofKind('persistent').some((entry) => {
        if (peer !== undefined && entry.peer === peer) return true
        if (direction !== 'outbound') return false
        // Where the address tells no id, whoever answers now is the one.
        return entry.address === address || (entry.isDialling && entry.peer === undefined)
      }),
    isAwaited: () => ofKind('persistent').some((entry) => connected(entry) === undefined),
    tick() {
      let underWay = [...entries.values()].filter(({ isDialling }) => isDialling).length
      for (const entry of order.flatMap(ofKind)) {
        if (underWay >= limits.maxDials) return
        if (!isDue(entry)) continue
        underWay++
        void dial(entry)
      }
    },
  }
}

/** The peer id that a multiaddr ends in. */
function peerIn(address: string): PeerId | undefined {
  return /\/p2p\/([^/]+)$/.exec(address)?.[1]
}
