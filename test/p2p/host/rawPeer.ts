import type { TestContext } from 'node:test'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { RPC } from '@libp2p/gossipsub/message'
import { identify } from '@libp2p/identify'
import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import type { TestHost } from './hosts.ts'

/** A peer that speaks libp2p as it likes. */
export type RawPeer = {
  readonly id: string
  readonly node: Libp2p
  address(host: TestHost): Multiaddr
  dial(host: Pick<TestHost, 'address'>): Promise<Connection>
  /** Takes no more data of the stream than its window holds. */
  stopReading(stream: Stream): void
  isReset(stream: Stream): boolean
}

/** Without gossip and pings of its own, unless its streams are driven by hand; closed when the test ends. */
export async function startRawPeer(t: TestContext): Promise<RawPeer> {
  const node = await createLibp2p({
    addresses: { listen: [] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ maxOutboundStreams: 100_000 })],
    connectionMonitor: { enabled: false },
    services: { identify: identify() },
  })
  t.after(() => node.stop())
  return {
    id: node.peerId.toString(),
    node,
    address: (host) => multiaddr(host.address),
    dial: (host) => node.dial(multiaddr(host.address)),
    stopReading: (stream) => stream.pause(),
    isReset: (stream) => stream.status === 'reset' || stream.status === 'aborted' || stream.status === 'closed',
  }
}

/** Opens a channel for gossip to a host and takes the one that it opens; the result sends frames. */
export async function openGossip(
  raw: RawPeer,
  host: Pick<TestHost, 'address'>,
): Promise<{ send(frame: Uint8Array): void; readonly stream: Stream }> {
  const name = '/meshsub/1.2.0'
  const opened = Promise.withResolvers<void>()
  await raw.node.handle(name, (stream) => {
    stream.addEventListener('message', () => {})
    opened.resolve()
  })
  const connection = await raw.dial(host)
  const stream = await connection.newStream(name)
  await opened.promise
  const send = (frame: Uint8Array): void => {
    if (stream.status === 'open') stream.send(encodePrefixed(frame))
  }
  return { send, stream }
}

/** A frame with its length in front, whatever length that is said to be. */
export function encodePrefixed(frame: Uint8Array, length = frame.length): Uint8Array {
  const prefix: number[] = []
  let rest = length
  for (; rest >= 128; rest = Math.floor(rest / 128)) prefix.push((rest % 128) | 128)
  return Uint8Array.from([...prefix, rest, ...(frame.length < 65_536 ? frame : [])])
}

/** A frame of gossip. */
export function frameOf(parts: {
  readonly subscriptions?: readonly string[]
  readonly messages?: readonly { readonly topic: string; readonly data: Uint8Array }[]
  readonly control?: Partial<RPC.ControlMessage>
}): Uint8Array {
  return RPC.encode({
    subscriptions: (parts.subscriptions ?? []).map((topic) => ({ topic, subscribe: true })),
    messages: [...(parts.messages ?? [])],
    ...(parts.control && {
      control: { ihave: [], iwant: [], graft: [], prune: [], idontwant: [], ...parts.control },
    }),
  })
}
