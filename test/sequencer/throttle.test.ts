import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { backlogLimits, backpressure, firstBytes, slowTxBytes } from '../../sequencer/throttle.ts'
import { l1Block, quiet, startFake, startSec } from './fakeChain.ts'
import { account, makeTx } from './fixtures.ts'

const state = { safeOrigin: 1_000n, l1Head: 1_000n, window: 3_600n, backlogBytes: 0 }

describe('back-pressure', () => {
  test('by age: slow from half of the window, stop from nine tenths', () => {
    const at = (age: bigint) => backpressure({ ...state, l1Head: 1_000n + age })
    assert.deepEqual([at(0n), at(1_799n)], ['none', 'none'])
    assert.deepEqual([at(1_800n), at(3_239n)], ['slow', 'slow'])
    assert.deepEqual([at(3_240n), at(10_000n)], ['stop', 'stop'])
  })

  test('by size', () => {
    const { slowBytes, stopBytes } = backlogLimits
    const at = (backlogBytes: number) => backpressure({ ...state, backlogBytes })
    assert.deepEqual(
      [at(slowBytes - 1), at(slowBytes), at(stopBytes - 1), at(stopBytes)],
      ['none', 'slow', 'slow', 'stop'],
    )
  })

  test('an L1 that lags behind the safe origin asks for nothing', () => {
    assert.equal(backpressure({ ...state, l1Head: 10n }), 'none')
  })

  test('more of either never asks for less (seed 3)', () => {
    const order = ['none', 'slow', 'stop']
    const nat = (max: bigint) => fc.bigInt({ min: 0n, max })
    const bytes = fc.nat(2 * backlogLimits.stopBytes)
    fc.assert(
      fc.property(nat(9_000n), nat(9_000n), bytes, bytes, (age, more, size, grown) => {
        const before = backpressure({ ...state, l1Head: 1_000n + age, backlogBytes: size })
        const after = backpressure({ ...state, l1Head: 1_000n + age + more, backlogBytes: size + grown })
        assert.ok(order.indexOf(after) >= order.indexOf(before))
      }),
      { seed: 3 },
    )
  })

  test('slow blocks take the first transaction and those that fit beside it', () => {
    const tx = (size: number) => ({ raw: new Uint8Array(size) })
    const sizes = (list: readonly number[]) => [...firstBytes(list.map(tx), 100)].map(({ raw }) => raw.length)
    assert.deepEqual(sizes([40, 60, 1]), [40, 60])
    assert.deepEqual(sizes([500, 1]), [500])
    assert.deepEqual(sizes([99, 2]), [99])
    assert.deepEqual(sizes([]), [])
  })
})

describe('block production under back-pressure', () => {
  const send = (mempool: ReturnType<typeof startFake>['mempool'], count: number, bytes = 0) => {
    for (let index = 0; index < count; index++) {
      const tx = makeTx({ from: account(index), gas: 2_000_000n, data: new Uint8Array(bytes) })
      assert.equal(mempool.add(tx, { local: true }), undefined)
    }
  }

  test('stop: no users, but what L1 brings and heartbeats go on; all of them follow once it is over', async () => {
    const { fake, mempool, sequencer, clock } = startFake({})
    fake.pressure = 'stop'
    send(mempool, 3)
    await quiet()
    await clock.advance(5_000)
    await quiet()
    assert.equal(fake.sealed.length, 0)
    assert.equal(sequencer.trouble(), 'backlog')
    fake.origin = l1Block(2n, startSec)
    fake.config = { ...fake.config, gasLimit: 20_000_000n }
    await clock.advance(2_000)
    await quiet()
    assert.deepEqual(
      fake.sealed.map(({ reason, txs }) => [reason, txs.length]),
      [['l1', 0]],
    )
    await clock.advance(61_000)
    await quiet()
    assert.deepEqual(
      fake.sealed.map(({ reason, txs }) => [reason, txs.length]),
      [
        ['l1', 0],
        ['heartbeat', 0],
      ],
    )
    fake.pressure = 'none'
    await clock.advance(2_000)
    await quiet()
    assert.equal(fake.sealed.at(-1)?.txs.length, 3)
    assert.equal(sequencer.trouble(), undefined)
    assert.deepEqual(fake.logs, [
      'blocks are held back: too much of the chain is not on L1 yet',
      'blocks are full size again',
    ])
    fake.stop.abort()
    await sequencer.closed
  })

  test('slow: few bytes per block, and every transaction gets its turn', async () => {
    const { fake, mempool, sequencer, clock } = startFake({})
    fake.pressure = 'slow'
    send(mempool, 6, slowTxBytes / 2 - 200)
    for (let second = 0; second < 8; second++) {
      await quiet()
      await clock.advance(1_000)
    }
    await quiet()
    assert.deepEqual(
      fake.sealed.map(({ txs }) => txs.length),
      [2, 2, 2],
    )
    assert.equal(sequencer.trouble(), undefined)
    fake.stop.abort()
    await sequencer.closed
  })

  test('automine under stop: nobody waits for ever', async () => {
    const { fake, mempool, sequencer } = startFake({ mode: { automine: true } })
    fake.pressure = 'stop'
    send(mempool, 1)
    await sequencer.settled()
    assert.equal(fake.sealed.length, 0)
    fake.pressure = 'none'
    sequencer.wake()
    await sequencer.settled()
    assert.equal(fake.sealed.length, 1)
    fake.stop.abort()
    await sequencer.closed
  })
})
