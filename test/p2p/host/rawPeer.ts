import type { TestContext } from 'node:test'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
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
  dial(host: TestHost): Promise<Connection>
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
