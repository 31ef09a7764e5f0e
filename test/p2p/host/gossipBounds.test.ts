import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GossipSub } from '@libp2p/gossipsub'
import { clampBackoffs, hasChannel, tameGossip } from '../../../p2p/host/gossipBounds.ts'

/** The parts of the library that are bounded. */
function libraryOf(parts: { readonly ids?: number; readonly wanted?: number; readonly given?: readonly number[] }) {
  const idsOf = (count: number): Uint8Array[] => Array.from({ length: count }, (_, i) => Uint8Array.of(i >> 8, i))
  const inner = {
    mcache: { getGossipIDs: () => new Map([['topic', idsOf(parts.ids ?? 0)]]) },
    backoff: new Map<string, Map<string, number>>(),
    streamsOutbound: new Map<string, unknown>(),
    handleIHave: () => [{ messageIDs: idsOf(parts.wanted ?? 0) }],
    handleIWant: () => (parts.given ?? []).map((length) => ({ data: new Uint8Array(length) })),
    getPeers: () => ['here', 'closed'],
  }
  return { inner, gossip: inner as unknown as GossipSub }
}

test('frames of this node stay within what its peers decode', () => {
  const given = Array.from({ length: 200 }, () => 10)
  const { inner, gossip } = libraryOf({ ids: 5_000, wanted: 5_000, given })
  tameGossip(gossip, { maxBytes: 1_000 })
  assert.equal(inner.mcache.getGossipIDs().get('topic')?.length, 128)
  assert.deepEqual(inner.mcache.getGossipIDs().get('topic')?.[0], Uint8Array.of(0, 0), 'the newest')
  assert.equal(inner.handleIHave()[0]?.messageIDs.length, 32)
  assert.equal(inner.handleIWant().length, 32)
})

test('what is given in one frame fits into it', () => {
  const { inner, gossip } = libraryOf({ given: [600, 500, 300, 200, 100] })
  tameGossip(gossip, { maxBytes: 1_000 })
  assert.deepEqual(
    inner.handleIWant().map(({ data }) => data.length),
    [600, 300, 100],
  )
})

test('nobody is left alone for longer than ten minutes, whatever a peer asked for', () => {
  const { inner, gossip } = libraryOf({})
  const times = { soon: 1_060_000, late: 9e18, never: Number.POSITIVE_INFINITY, absurd: Number.NaN }
  inner.backoff.set('topic', new Map(Object.entries(times)))
  clampBackoffs(gossip, 1_000_000)
  assert.deepEqual([...inner.backoff.get('topic')!.values()], [1_060_000, 1_600_000, 1_600_000, 1_600_000])
})

test('a peer has a channel while it is known and its stream is open', () => {
  const { inner, gossip } = libraryOf({})
  inner.streamsOutbound.set('here', {}).set('stranger', {})
  assert.deepEqual(
    ['here', 'closed', 'stranger'].map((peer) => hasChannel(gossip, peer)),
    [true, false, false],
  )
})

test('another version of the library is noticed at once', () => {
  const { inner, gossip } = libraryOf({})
  Object.assign(inner, { backoff: undefined })
  assert.throws(() => tameGossip(gossip, { maxBytes: 1 }), /assertion failed/)
})
