import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOriginPort } from '../../../l1/follow/originPort.ts'
import { openActor, originOf, rules } from './actor.ts'
import { createFakeL1 } from './fakeL1.ts'
import { config, epochOf, epochsTo, hashOf, safeAt } from './fixtures.ts'

const late = epochOf(1_000n).block.timestamp

/** A port over L1 blocks 100 to 120, of which some have deposits of this gas. */
function portOver(gas: Readonly<Record<number, bigint>> = {}, behind: bigint | undefined = 0n) {
  const special = Object.entries(gas).map(([number, limit]) => epochOf(BigInt(number), [limit]))
  const epochAt = epochsTo(120n, special)
  const at = (number: bigint) => {
    const epoch = epochAt(number)
    return epoch && { ...epoch, parentHash: hashOf(number - 1n), safe: safeAt(100n) }
  }
  return createOriginPort({
    window: { tip: () => at(120n)!, at },
    originDepth: 3n,
    rules: { maxOriginStep: 8n },
    behind: () => behind,
    maxBehind: 4n,
  })
}

const parentAt = (number: bigint, sequenceNumber = 0n) => ({ origin: epochOf(number).block, sequenceNumber })

test('the origin is the newest with enough L1 blocks on top, not beyond the longest step', async () => {
  const port = portOver()
  assert.equal((await port.inputs(parentAt(114n), late)).origin.number, 117n)
  assert.equal((await port.inputs(parentAt(104n), late)).origin.number, 112n)
})

test('without a newer origin it is the parent’s, with the next sequence number and no deposits', async () => {
  const inputs = await portOver({ 117: 5n }).inputs(parentAt(117n, 6n), late)
  assert.equal(inputs.origin.number, 117n)
  assert.equal(inputs.sequenceNumber, 7n)
  assert.deepEqual(inputs.deposits, [])
  // After a reorg the parent’s origin may have fewer blocks on top than it should.
  assert.equal((await portOver().inputs(parentAt(119n), late)).origin.number, 119n)
})

test('no origin is later than the block', async () => {
  const { timestamp } = epochOf(115n).block
  assert.equal((await portOver().inputs(parentAt(112n), timestamp)).origin.number, 115n)
  assert.equal((await portOver().inputs(parentAt(112n), timestamp - 1n)).origin.number, 114n)
})

test('deposits of skipped L1 blocks come along, as many as fit into the block', async () => {
  const gas = { 113: 3_000_000n, 115: 4_000_000n, 116: 1n }
  const first = await portOver(gas).inputs(parentAt(112n), late)
  assert.equal(first.origin.number, 115n)
  assert.deepEqual(
    first.deposits.map((deposit) => deposit.gas),
    [3_000_000n, 4_000_000n],
  )
  const second = await portOver(gas).inputs(parentAt(115n), late)
  assert.equal(second.origin.number, 117n)
  assert.equal(second.deposits.length, 1)
  assert.deepEqual(second.config, config.system)
})

test('there are no origins until L1 was read, nor while too much of it waits, nor for a parent that L1 dropped', async () => {
  const behind = { code: 'l1_behind', severity: 'retry' }
  const asked = (port: ReturnType<typeof portOver>, parent = parentAt(112n)) => port.inputs(parent, late)
  await assert.rejects(
    createOriginPort({
      window: { tip: () => assert.fail(), at: () => assert.fail() },
      originDepth: 0n,
      rules,
      behind: () => undefined,
      maxBehind: 4n,
    }).inputs(parentAt(112n), late),
    behind,
  )
  await assert.rejects(asked(portOver({}, 5n)), behind)
  await asked(portOver({}, 4n))
  await assert.rejects(
    asked(portOver(), { ...parentAt(112n), origin: { ...epochOf(112n).block, hash: hashOf(1n) } }),
    behind,
  )
  await assert.rejects(asked(portOver(), parentAt(121n)), behind)
})

test('a follower gives origins once it has read all of L1, and not while L1 is far ahead', async () => {
  const l1 = createFakeL1()
  l1.mineMany(4)
  const actor = await openActor(l1)
  const { follower, chain } = actor
  const inputs = () => follower.l1.inputs(originOf(chain, chain.heads().unsafe.hash), late)
  await assert.rejects(inputs(), { code: 'l1_behind' })
  for (let steps = 0; steps < 3; steps++) {
    await follower.step()
    await assert.rejects(inputs(), { code: 'l1_behind' })
  }
  await follower.step()
  assert.equal((await inputs()).origin.number, 103n)
  l1.mineMany(Number(rules.forcedLag) + 2)
  await follower.step()
  assert.equal(follower.status().behind, rules.forcedLag + 1n)
  await assert.rejects(inputs(), { code: 'l1_behind' })
  await follower.step()
  assert.equal((await inputs()).origin.number, 105n)
})
