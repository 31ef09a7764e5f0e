import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Hash } from '../../../core/hex.ts'
import { createManualClock } from '../../../core/ports/manualClock.ts'
import type { Candidate } from '../../../p2p/follow/candidate.ts'
import { createOrphans } from '../../../p2p/follow/orphans.ts'
import { createMeter } from '../../../p2p/follow/progress.ts'
import { readSeal, sealOp } from '../../../p2p/follow/seals.ts'
import { createSources } from '../../../p2p/follow/sources.ts'
import { putSealed } from '../../../state/store/entry.ts'
import { createMemoryKv } from '../../../state/store/memoryKv.ts'
import { keyOf } from '../../../state/store/tables.ts'

const hashOf = (index: number) => `0x${index.toString(16).padStart(64, '0')}` as Hash

function candidate(index: number, number: bigint, peer = 'anna', bytes = 100): Candidate {
  return { hash: hashOf(index), number, peer, raw: new Uint8Array(bytes) } as Partial<Candidate> as Candidate
}

describe('blocks that wait', () => {
  test('are bounded in number and bytes, and the lowest stay', () => {
    const orphans = createOrphans({ count: 4, bytes: 1_000 })
    for (let number = 10; number > 0; number--) orphans.add(candidate(number, BigInt(number)), 0)
    assert.deepEqual(
      orphans.all().map(({ candidate: { number } }) => number),
      [1n, 2n, 3n, 4n],
    )
    assert.equal(orphans.add(candidate(11, 11n), 0), false)
    assert.equal(orphans.add(candidate(1, 1n), 0), true, 'it is there')
    assert.equal(orphans.add(candidate(12, 0n, 'anna', 900), 0), true)
    assert.deepEqual([orphans.count(), orphans.bytes()], [2, 1_000])
    assert.equal(orphans.add(candidate(13, 0n, 'anna', 1_001), 0), false)
    for (const {
      candidate: { hash },
    } of orphans.all())
      orphans.delete(hash)
    orphans.delete(hashOf(99))
    assert.deepEqual([orphans.count(), orphans.bytes()], [0, 0])
  })

  test('of one peer do not push out those of others', () => {
    const orphans = createOrphans({ count: 8, bytes: 1_000_000 })
    for (let index = 0; index < 3; index++) orphans.add(candidate(index, 1_000n + BigInt(index), 'berta'), 0)
    for (let index = 100; index < 400; index++) orphans.add(candidate(index, BigInt(index), 'anna'), 0)
    assert.equal(orphans.all().filter(({ candidate: { peer } }) => peer === 'berta').length, 3)
    assert.equal(orphans.count(), 8)
  })
})

describe('peers as sources', () => {
  test('are asked by what they have and how fast they are, with a pause between two requests', () => {
    const sources = createSources()
    sources.status('anna', 10n)
    sources.saw('berta', 20n)
    sources.saw('berta', 5n)
    assert.equal(sources.highest(1_000), 20n)
    assert.equal(sources.pick(21n, 1_000), undefined)
    assert.deepEqual(sources.pick(15n, 1_000), { peer: 'berta', waitMs: 0 })
    sources.asked('berta', 1_000)
    assert.deepEqual(sources.pick(15n, 1_100), { peer: 'berta', waitMs: 200 })
    assert.deepEqual(sources.pick(5n, 1_100), { peer: 'anna', waitMs: 0 })
    assert.deepEqual(sources.pick(5n, 1_100, 'berta'), { peer: 'berta', waitMs: 200 })
    assert.equal(sources.pick(15n, 1_100, 'anna'), undefined)
    sources.answered('berta', 100, 50)
    assert.equal(sources.pick(5n, 5_000)?.peer, 'anna', 'who was never asked')
    sources.answered('anna', 1, 50)
    assert.equal(sources.pick(5n, 5_000)?.peer, 'berta', 'the faster one')
    sources.gone('berta')
    assert.equal(sources.highest(1_000), 10n)
    sources.status('anna', 7n)
    assert.equal(sources.highest(1_000), 7n, 'a head may go back')
  })

  test('while a newcomer has just disappointed, those that gave before are asked', () => {
    const sources = createSources()
    for (const peer of ['anna', 'berta', 'clara', 'dora']) sources.status(peer, 10n)
    sources.asked('anna', 0)
    sources.answered('anna', 10, 500)
    sources.gave('anna')
    assert.equal(sources.pick(5n, 10_000)?.peer, 'berta')
    sources.answered('berta', 0, 8_000)
    sources.leave('berta', 'silent', 10_000)
    assert.equal(sources.pick(5n, 10_000)?.peer, 'anna')
    assert.equal(sources.pick(5n, 10_000, 'clara')?.peer, 'clara')
    assert.equal(sources.pick(5n, 69_999)?.peer, 'anna')
    assert.equal(sources.pick(5n, 70_000)?.peer, 'clara')
    sources.leave('clara', 'branch', 70_000)
    sources.gone('anna')
    assert.equal(sources.pick(5n, 70_000)?.peer, 'dora', 'nobody else is left')
  })

  test('are left alone longer each time, until they give something or the chain moves', () => {
    const sources = createSources()
    sources.status('anna', 10n)
    sources.leave('anna', 'silent', 0)
    sources.forgive()
    assert.equal(sources.pick(1n, 14_999), undefined)
    assert.ok(sources.pick(1n, 15_000))
    sources.leave('anna', 'silent', 15_000)
    assert.equal(sources.pick(1n, 44_999), undefined)
    sources.gave('anna')
    sources.leave('anna', 'branch', 50_000)
    assert.equal(sources.highest(64_999), undefined)
    sources.forgive()
    assert.equal(sources.highest(51_000), 10n)
    for (let times = 0; times < 50; times++) sources.leave('anna', 'silent', 0)
    assert.ok(sources.pick(1n, 900_000))
  })

  test('are bounded', () => {
    const sources = createSources({ peers: 2 })
    for (const peer of ['anna', 'berta', 'clara']) sources.status(peer, 5n)
    sources.leave('clara', 'silent', 0)
    sources.gone('anna')
    sources.gone('berta')
    assert.equal(sources.highest(0), undefined)
  })
})

test('progress has a rate, a time left and a line every ten seconds', async () => {
  const clock = createManualClock(0)
  const lines: object[] = []
  const meter = createMeter(clock, { info: (fields) => void lines.push(fields) })
  assert.equal(meter.progress(), undefined)
  meter.end(5n)
  for (let second = 0; second <= 20; second++) {
    meter.note(BigInt(100 + second * 10), 1_100n)
    await clock.advance(1_000)
  }
  const progress = meter.progress()!
  assert.deepEqual([progress.from, progress.current, progress.highest], [100n, 300n, 1_100n])
  assert.ok(Math.abs(progress.blocksPerSec - 10) < 1)
  assert.ok(progress.etaSec !== undefined && Math.abs(progress.etaSec - 80) < 10)
  assert.deepEqual(lines, [
    { number: 200n, highest: 1_100n, percent: 10, blocksPerSec: 10, etaSec: 90 },
    { number: 300n, highest: 1_100n, percent: 20, blocksPerSec: 10, etaSec: 80 },
  ])
  meter.end(1_100n)
  assert.equal(meter.progress(), undefined)
})

test('a seal is read as it was stored, and a damaged one names its entry', async () => {
  const kv = createMemoryKv()
  const seal = { epoch: 7n, contentHash: hashOf(3), signature: { r: 5n, s: 6n, yParity: 1 as const } }
  assert.equal(readSeal(kv, hashOf(1)), undefined)
  await kv.batch([sealOp(hashOf(1), seal), putSealed(keyOf('seal', hashOf(2)), new Uint8Array(104))], { sync: true })
  assert.deepEqual(readSeal(kv, hashOf(1)), seal)
  assert.throws(() => readSeal(kv, hashOf(2)), { code: 'entry_damaged' })
})
