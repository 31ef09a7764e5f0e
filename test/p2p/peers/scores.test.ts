import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../../../core/ports/manualClock.ts'
import { defaultNetLimits } from '../../../p2p/limits.ts'
import { createBans } from '../../../p2p/peers/bans.ts'
import { createScores } from '../../../p2p/peers/scores.ts'

test('a score goes back to neutral by half every ten minutes, from either side', async () => {
  const clock = createManualClock()
  const scores = createScores(defaultNetLimits, clock)
  assert.equal(scores.of('a'), 0)
  assert.equal(scores.add('a', -80), -80)
  assert.equal(scores.add('b', 20), 20)
  await clock.advance(600_000)
  assert.deepEqual([scores.of('a'), scores.of('b')], [-40, 10])
  assert.equal(scores.add('a', -10), -50)
  await clock.advance(600_000)
  assert.deepEqual([scores.of('a'), scores.of('b')], [-25, 5])
})

test('a score has bounds on both sides', () => {
  const scores = createScores(defaultNetLimits, createManualClock())
  assert.equal(scores.add('a', -1_000), -200)
  assert.equal(scores.add('b', 1_000), 50)
  assert.equal(scores.add('b', -10), 40)
})

test('only so many scores are kept: those touched last', () => {
  const scores = createScores({ ...defaultNetLimits, maxRemembered: 3 }, createManualClock())
  for (const peer of ['a', 'b', 'c']) scores.add(peer, -50)
  scores.of('a')
  scores.add('d', -50)
  assert.deepEqual(['a', 'b', 'c', 'd'].map(scores.of), [-50, 0, -50, -50])
})

test('a ban is over after an hour, or when it is lifted', async () => {
  const clock = createManualClock()
  const bans = createBans(defaultNetLimits, clock)
  bans.ban('a', '203.0.113.1')
  bans.ban('b', undefined)
  assert.deepEqual([bans.isBanned('a'), bans.isBanned('b'), bans.isBanned('c'), bans.count()], [true, true, false, 2])
  bans.lift('b')
  await clock.advance(3_599_999)
  assert.deepEqual([bans.isBanned('a'), bans.isBanned('b'), bans.count()], [true, false, 1])
  await clock.advance(1)
  assert.deepEqual([bans.isBanned('a'), bans.count()], [false, 0])
})

test('a third ban within an hour bans the IP address, but never a local one', async () => {
  const clock = createManualClock()
  const bans = createBans(defaultNetLimits, clock)
  for (const ip of ['203.0.113.1', '127.0.0.1', '192.168.1.9', 'fd00::1', '::ffff:10.1.2.3']) {
    for (const peer of ['a', 'b']) bans.ban(`${peer} ${ip}`, ip)
    // The same peer again is no other ban.
    bans.ban(`b ${ip}`, ip)
    assert.equal(bans.isIpBanned(ip), false)
    bans.ban(`c ${ip}`, ip)
    assert.equal(bans.isIpBanned(ip), ip.startsWith('203.'), ip)
  }
  assert.equal(bans.isIpBanned('::ffff:203.0.113.1'), true)
  assert.equal(bans.isIpBanned('203.0.113.2'), false)
  await clock.advance(3_600_000)
  assert.equal(bans.isIpBanned('203.0.113.1'), false)
})
