import { createHash } from 'node:crypto'
import { NodeError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import { type PeerId, type Topic, topics } from '../../core/ports/net.ts'
import {
  type Connection,
  maxMessageBytes,
  maxRequestBytes,
  type StartTransport,
  type Transport,
  type TransportHandlers,
} from '../../p2p/transport.ts'
import { createLinks, type LinkQuality, type Links } from './virtualLinks.ts'
import { createTraffic, type Traffic } from './virtualTraffic.ts'

/**
 * Transports over a network in memory: what libp2p does for a node, without sockets. Gossip floods: every node passes on
 * what it has accepted, once, to everybody it is connected to. The same clock, `random` and calls give the same run.
 */
export type VirtualNet = Omit<Links, 'isCut' | 'carry' | 'version' | 'onCut'> & {
  /**
   * A transport of this name, which is the peer's id too, at an address of its own (`ip` says which, otherwise a private
   * one). Its name is free again once it has closed or crashed.
   */
  join(name: PeerId, ip?: string): StartTransport
  /** The multiaddr under which a name is or will be dialled. */
  addressOf(name: PeerId): string
  /** Ends a node without telling it; the others see that the connection is gone. */
  crash(name: PeerId): void
  traffic(name: PeerId): Readonly<Traffic>
  /** Pairs of names that are connected, sorted. */
  connections(): readonly string[]
}

type Session = { readonly ends: readonly [PeerId, PeerId]; readonly abort: AbortController }
type Node = {
  readonly name: PeerId
  readonly ip: string
  readonly handlers: TransportHandlers
  readonly peers: Map<PeerId, { readonly session: Session; readonly connection: Connection }>
  /** Ids of messages, and until when they are remembered. */
  readonly seen: Map<string, number>
}

/** As gossipsub is set up in the real host. */
const seenMs = 65_000
const dialMs = 10_000
/** A connection over which nothing gets through for this long is given up by both sides. */
const keepAliveMs = 20_000
/** What a message costs on the wire beside its bytes. */
const overheadBytes = 64

export function createVirtualNet({
  clock,
  random,
  quality,
}: {
  readonly clock: Clock
  readonly random: () => number
  readonly quality?: Partial<LinkQuality>
}): VirtualNet {
  const links = createLinks({ clock, random, quality })
  const nodes = new Map<PeerId, Node>()
  const ips = new Map<PeerId, string>()
  const countersOf = createTraffic()
  let ephemeral = 32_768

  function ipOf(name: PeerId, wanted?: string): string {
    const ip = wanted ?? ips.get(name) ?? `10.0.${ips.size >> 8}.${(ips.size & 255) + 1}`
    ips.set(name, ip)
    return ip
  }
  const multiaddr = (name: PeerId, port: number) => `/ip4/${ipOf(name)}/tcp/${port}/p2p/${name}`

  /** Whether bytes got from one end of a session to the other, once they have. */
  async function carry(session: Session, from: PeerId, to: PeerId, bytes: number): Promise<boolean> {
    countersOf(from).sentBytes += bytes + overheadBytes
    if (!(await links.carry(from, to, session.abort.signal))) return false
    countersOf(to).receivedBytes += bytes + overheadBytes
    return true
  }

  function end(session: Session): void {
    if (session.abort.signal.aborted) return
    session.abort.abort()
    const [first, second] = session.ends
    for (const [name, other] of [
      [first, second],
      [second, first],
    ] as const) {
      const node = nodes.get(name)
      if (node?.peers.get(other)?.session !== session) continue
      node.peers.delete(other)
      node.handlers.disconnected(other)
    }
  }

  function isNew(node: Node, id: string): boolean {
    const now = clock.nowMs()
    for (const [old, untilMs] of node.seen) {
      if (untilMs > now) break
      node.seen.delete(old)
    }
    if (node.seen.has(id)) return false
    node.seen.set(id, now + seenMs)
    return true
  }

  function flood(node: Node, topic: Topic, data: Uint8Array, id: string, except?: PeerId): void {
    for (const [name, { session }] of [...node.peers]) {
      if (name === except) continue
      const copies = random() < links.qualityOf(node.name, name).duplication ? 2 : 1
      for (let copy = 0; copy < copies; copy++) void hop(session, node.name, name, topic, data, id)
    }
  }

  async function hop(
    session: Session,
    from: PeerId,
    to: PeerId,
    topic: Topic,
    data: Uint8Array,
    id: string,
  ): Promise<void> {
    if (!(await carry(session, from, to, data.length))) return
    const node = nodes.get(to)
    if (node === undefined) return
    if (!isNew(node, id)) {
      countersOf(to).copies++
      return
    }
    countersOf(to).messages++
    const verdict = await node.handlers.message(from, topic, data.slice())
    if (verdict === 'accept' && nodes.get(to) === node) flood(node, topic, data, id, from)
  }

  async function ask(node: Node, peer: PeerId, ...[protocol, data, bounds]: Ask): Promise<Uint8Array> {
    const session = node.peers.get(peer)?.session
    if (session === undefined) throw failure('peer_unreachable')
    countersOf(node.name).requests++
    const late = new AbortController()
    const { signal } = session.abort
    const { promise: ended, resolve } = Promise.withResolvers<'ended'>()
    const hear = () => resolve('ended')
    if (signal.aborted) hear()
    signal.addEventListener('abort', hear)
    const timeout = clock.sleep(bounds.timeoutMs, late.signal).then(() => 'late' as const)
    try {
      const outcome = await Promise.race([exchange(session, node.name, peer, protocol, data), timeout, ended])
      if (outcome === 'late') throw failure('peer_timeout')
      if (outcome === 'ended') throw failure('peer_unreachable')
      if (outcome === undefined) throw failure('peer_refused')
      if (outcome.length > bounds.maxBytes) throw failure('peer_too_long')
      return outcome
    } finally {
      late.abort()
      signal.removeEventListener('abort', hear)
    }
  }

  /** The answer; never, if it or the question is lost. */
  async function exchange(session: Session, from: PeerId, to: PeerId, ...[protocol, data]: Question) {
    const lost = new Promise<never>(() => {})
    if (!(await carry(session, from, to, data.length))) return lost
    const node = nodes.get(to)
    if (node === undefined) return lost
    const isFit = data.length <= maxRequestBytes
    const answer = isFit ? await node.handlers.request(from, protocol, data.slice()) : undefined
    if (!(await carry(session, to, from, answer?.length ?? 0))) return lost
    return answer?.slice()
  }

  async function dial(node: Node, address: string): Promise<PeerId> {
    const match = /^\/ip4\/([0-9.]+)\/tcp\/\d+(?:\/p2p\/(.+))?$/.exec(address)
    if (match === null) {
      throw new NodeError({ code: 'bad_address', severity: 'fatal', message: 'not an address of a virtual peer' })
    }
    const [, ip, name] = match
    const outbound = { address, ip: ip!, direction: 'outbound' } as const
    if (!node.handlers.admits({ ...outbound, peer: name })) throw failure('peer_unreachable')
    const isAway = (other: Node | undefined) =>
      other === undefined || other === node || links.isCut(node.name, other.name) || links.isCut(other.name, node.name)
    const find = () =>
      [...nodes.values()].find((other) => other.ip === ip && (name === undefined || other.name === name))
    const never = new AbortController().signal
    const first = find()
    if (first === undefined) await clock.sleep(links.qualityOf(node.name, name ?? '').delayMs, never)
    else if (isAway(first)) await clock.sleep(dialMs, never)
    else if (!(await links.carry(node.name, first.name, never))) await clock.sleep(dialMs, never)
    const other = find()
    if (nodes.get(node.name) !== node || other === undefined || isAway(other)) throw failure('peer_unreachable')
    if (!node.peers.has(other.name)) connect(node, other, address)
    return other.name
  }

  function connect(node: Node, other: Node, address: string): void {
    const out = { address, ip: other.ip, direction: 'outbound', peer: other.name } as const
    const back = multiaddr(node.name, ephemeral++)
    const inbound = { address: back, ip: node.ip, direction: 'inbound', peer: node.name } as const
    const isWelcome = other.handlers.admits({ ...inbound, peer: undefined }) && other.handlers.admits(inbound)
    if (!isWelcome || !node.handlers.admits(out)) throw failure('peer_unreachable')
    const session: Session = { ends: [node.name, other.name], abort: new AbortController() }
    node.peers.set(other.name, { session, connection: out })
    other.peers.set(node.name, { session, connection: inbound })
    node.handlers.connected(out)
    other.handlers.connected(inbound)
    if (links.isCut(...session.ends) || links.isCut(other.name, node.name)) void expire(session)
  }

  async function expire(session: Session): Promise<void> {
    const version = links.version()
    await clock.sleep(keepAliveMs, session.abort.signal)
    if (version === links.version()) end(session)
  }

  const sessions = () => [...new Set([...nodes.values()].flatMap(({ peers }) => [...peers.values()]))]
  links.onCut((isCut) => {
    const open = new Set(sessions().map(({ session }) => session))
    for (const session of open) {
      const [a, b] = session.ends
      if (isCut(a, b) || isCut(b, a)) void expire(session)
    }
  })

  function leave(node: Node): void {
    if (nodes.get(node.name) !== node) return
    nodes.delete(node.name)
    for (const { session } of [...node.peers.values()]) end(session)
    node.peers.clear()
  }

  function start(name: PeerId, ip: string | undefined, handlers: TransportHandlers): Transport {
    if (nodes.has(name)) throw new Error(`${name} is taken`)
    const node: Node = { name, ip: ipOf(name, ip), handlers, peers: new Map(), seen: new Map() }
    nodes.set(name, node)
    return {
      self: name,
      addresses: () => [multiaddr(name, 9222)],
      publish(topic, data) {
        if (data.length > maxMessageBytes || nodes.get(name) !== node) return
        const id = createHash('sha256').update(topic).update('\0').update(data).digest('hex')
        if (isNew(node, id)) flood(node, topic, data.slice(), id)
      },
      request: (peer, ...question) => ask(node, peer, ...question),
      dial: (address) => dial(node, address),
      disconnect(peer) {
        const session = node.peers.get(peer)?.session
        if (session !== undefined) end(session)
      },
      connections: () => [...node.peers.values()].map(({ connection }) => connection),
      state: (peer) => ({
        agent: 'virtual',
        latencyMs: node.peers.has(peer) ? links.qualityOf(name, peer).delayMs : undefined,
        topics: node.peers.has(peer) ? topics : [],
      }),
      close: async () => leave(node),
    }
  }

  return {
    setQuality: links.setQuality,
    qualityOf: links.qualityOf,
    cut: links.cut,
    partition: links.partition,
    heal: links.heal,
    clog: links.clog,
    unclog: links.unclog,
    join: (name, ip) => async (handlers) => start(name, ip, handlers),
    addressOf: (name) => multiaddr(name, 9222),
    crash(name) {
      const node = nodes.get(name)
      if (node === undefined) return
      // Nobody is left there to hear of it.
      nodes.delete(name)
      for (const { session } of [...node.peers.values()]) end(session)
    },
    traffic: (name) => countersOf(name),
    connections: () => {
      const pairs = sessions().map(({ session }) => [...session.ends].sort().join(' '))
      return [...new Set(pairs)].sort()
    },
  }
}

type Ask = Parameters<Transport['request']> extends [PeerId, ...infer Rest] ? Rest : never
type Question = readonly [Ask[0], Ask[1]]

function failure(code: 'peer_unreachable' | 'peer_timeout' | 'peer_too_long' | 'peer_refused'): NodeError {
  return new NodeError({ code, severity: 'retry', message: `virtual network: ${code}` })
}
