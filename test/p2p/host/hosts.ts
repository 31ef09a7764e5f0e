import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Hash } from '../../../core/hex.ts'
import type { PeerId, Topic } from '../../../core/ports/net.ts'
import { type HostOptions, hostTransport } from '../../../p2p/host/host.ts'
import { createIdentity } from '../../../p2p/host/identity.ts'
import type { Connection, Protocol, Transport, TransportHandlers } from '../../../p2p/transport.ts'
import { protocolName, topicName } from '../../../p2p/wire/names.ts'

export type Received = { readonly peer: PeerId; readonly topic: Topic; readonly data: Uint8Array }

/** A host on loopback with what it heard. */
export type TestHost = {
  readonly transport: Transport
  readonly address: string
  readonly received: Received[]
  readonly connected: Connection[]
  readonly gone: PeerId[]
}

export const testGenesis = `0x${'ab'.repeat(32)}` as Hash

/** Many connections come from one address in tests. */
const testLimits = { inboundPerSec: 1_000 }

/** A host that accepts everything, unless `handlers` say otherwise; closed when the test ends. */
export async function startHost(
  t: TestContext,
  handlers: Partial<TransportHandlers> = {},
  options: Partial<HostOptions> = {},
): Promise<TestHost> {
  const received: Received[] = []
  const connected: Connection[] = []
  const gone: PeerId[] = []
  const start = hostTransport({
    privateKey: createIdentity(),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    announce: [],
    chainId: 31_337n,
    genesis: testGenesis,
    mdns: false,
    dht: false,
    bootnodes: [],
    maxPeers: 60,
    agent: 'openledger/test',
    ...options,
    limits: { ...testLimits, ...options.limits },
  })
  const transport = await start({
    admits: () => true,
    request: async (_peer: PeerId, _protocol: Protocol, data: Uint8Array) => data,
    score: () => 0,
    ...handlers,
    connected(connection) {
      connected.push(connection)
      handlers.connected?.(connection)
    },
    disconnected(peer) {
      gone.push(peer)
      handlers.disconnected?.(peer)
    },
    async message(peer, topic, data) {
      received.push({ peer, topic, data })
      return (await handlers.message?.(peer, topic, data)) ?? 'accept'
    },
  })
  t.after(() => transport.close())
  return { transport, address: transport.addresses()[0] ?? '', received, connected, gone }
}

/** Waits until it is so, at most `ms`. */
export async function until(what: string, isSo: () => boolean, ms = 10_000): Promise<void> {
  const end = performance.now() + ms
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`not in time: ${what}`)
    await sleep(10)
  }
}

/** Waits until each of the hosts knows that the other one listens to all topics. */
export async function untilSubscribed(...pairs: readonly (readonly [TestHost, TestHost])[]): Promise<void> {
  const knows = (a: TestHost, b: TestHost): boolean => a.transport.state(b.transport.self).topics.length === 3
  await until('subscriptions are known', () => pairs.every(([a, b]) => knows(a, b) && knows(b, a)))
}

export async function connect(from: TestHost, to: TestHost): Promise<void> {
  await from.transport.dial(to.address)
  await untilSubscribed([from, to])
}

export const testProtocol = (protocol: Protocol): string => protocolName(31_337n, testGenesis, protocol)
export const testTopic = (topic: Topic): string => topicName(31_337n, testGenesis, topic)
