import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { zeroAddress } from '../../core/hex.ts'
import type { DepositTx } from '../../core/tx.ts'
import { hashOf, l1Block, quiet, startFake, startSec } from './fakeChain.ts'
import { account, ether, hashes, makeTx } from './fixtures.ts'

function start(t: TestContext, options: Parameters<typeof startFake>[0] = {}) {
  const started = startFake(options)
  t.after(async () => {
    started.fake.stop.abort()
    await started.sequencer.closed.catch(() => undefined)
  })
  return started
}

const automine = { demand: false, automine: true }
const manual = { demand: false, automine: false }

const deposit = (index: number): DepositTx => ({
  type: 0x7e,
  sourceHash: hashOf(BigInt(1_000 + index)),
  from: zeroAddress,
  to: zeroAddress,
  mint: 1n,
  value: 0n,
  gas: 21_000n,
  isSystemTx: false,
  data: new Uint8Array(),
})

test('on demand: the first block at once, then at most one per interval', async (t) => {
  const { fake, mempool, clock } = start(t)
  await clock.advance(5_250)
  assert.equal(fake.sealed.length, 0, 'nothing to do, no block')
  mempool.add(makeTx({ nonce: 0 }))
  await quiet()
  mempool.add(makeTx({ nonce: 1 }))
  await clock.advance(400)
  mempool.add(makeTx({ nonce: 2 }))
  await clock.advance(599)
  assert.equal(fake.sealed.length, 1)
  await clock.advance(1)
  await quiet()
  assert.deepEqual(
    fake.sealed.map(({ reason, atMs, txs }) => [reason, atMs, txs.length]),
    [
      ['transactions', 5_250, 1],
      ['transactions', 6_250, 2],
    ],
  )
})

test('on demand: blocks a second apart have rising times, also when the clock goes by fractions', async (t) => {
  const { fake, mempool, clock } = start(t)
  for (let nonce = 0; nonce < 20; nonce++) {
    mempool.add(makeTx({ nonce }))
    await quiet()
    await clock.advance(1_000)
    await quiet()
  }
  const times = fake.sealed.map(({ timestamp }) => timestamp)
  assert.equal(times.length, 20)
  assert.ok(times.every((time, index) => index === 0 || time > times[index - 1]!))
})

test('heartbeat: a block after a minute without one, if wanted', async (t) => {
  const { fake, clock } = start(t)
  await clock.advance(59_999)
  await quiet()
  assert.equal(fake.sealed.length, 0)
  await clock.advance(1)
  await quiet()
  await clock.advance(60_000)
  await quiet()
  assert.deepEqual(
    fake.sealed.map(({ reason, atMs }) => [reason, atMs]),
    [
      ['heartbeat', 60_000],
      ['heartbeat', 120_000],
    ],
  )
  const silent = start(t, { config: { heartbeatMs: 0 } })
  await silent.clock.advance(600_000)
  assert.equal(silent.fake.sealed.length, 0)
})

test('an origin with deposits, or a new configuration, makes a block within the interval; a plain one does not', async (t) => {
  const { fake, clock } = start(t)
  fake.origin = l1Block(2n, startSec)
  await clock.advance(10_000)
  await quiet()
  assert.equal(fake.sealed.length, 0)
  fake.deposits = [deposit(0)]
  await clock.advance(1_000)
  await quiet()
  assert.deepEqual(
    fake.sealed.map(({ reason, txs }) => [reason, txs.length]),
    [['l1', 1]],
  )
  fake.config = { ...fake.config, gasLimit: 20_000_000n }
  await clock.advance(1_000)
  await quiet()
  await clock.advance(5_000)
  await quiet()
  assert.deepEqual(fake.sealed.length, 2)
})

test('a transaction under the base fee makes blocks until the fee has come down to it', async (t) => {
  const { fake, mempool, clock } = start(t)
  fake.baseFee = 64n
  mempool.add(makeTx({ fee: 10 }))
  for (let second = 0; second < 10; second++) {
    await quiet()
    await clock.advance(1_000)
  }
  await quiet()
  assert.deepEqual(
    fake.sealed.map(({ reason, atMs }) => [reason, atMs]),
    [
      ['decay', 0],
      ['decay', 1_000],
      ['decay', 2_000],
      ['transactions', 3_000],
    ],
  )
})

test('a transaction under the floor does not make blocks for ever', async (t) => {
  const { fake, mempool, clock } = start(t)
  fake.baseFee = 64n
  fake.floor = 20n
  mempool.add(makeTx({ fee: 10 }))
  for (let second = 0; second < 20; second++) {
    await quiet()
    await clock.advance(1_000)
  }
  assert.equal(fake.sealed.length, 2)
})

test('automine: a block as soon as a transaction is there; those that come meanwhile go into the next', async (t) => {
  const { fake, mempool } = start(t, { mode: automine })
  fake.buildTurns = 5
  const [first, second, third] = [0, 1, 2].map((nonce) => makeTx({ nonce }))
  mempool.add(first!)
  while (fake.building === 0) await new Promise(setImmediate)
  // Candidates are pulled at the end of the fake build: these wait in another account's place.
  const late = makeTx({ from: account(1) })
  await quiet()
  mempool.add(second!)
  mempool.add(third!)
  mempool.add(late)
  await quiet()
  assert.deepEqual(
    fake.sealed.map(({ txs, atMs }) => [txs.length, atMs]),
    [
      [1, 0],
      [3, 0],
    ],
  )
  assert.deepEqual(
    fake.sealed.map(({ timestamp }) => timestamp),
    [startSec, startSec],
    'blocks of one second share its time',
  )
})

test('automine: after a block of several it lets more gather; a lone one gets its block at once', async (t) => {
  const { fake, mempool, clock } = start(t, { mode: automine })
  await quiet()
  for (const nonce of [0, 1]) mempool.add(makeTx({ nonce }))
  await quiet()
  assert.deepEqual(sizes(), [2])
  for (const nonce of [2, 3, 4]) mempool.add(makeTx({ nonce }))
  await quiet()
  assert.deepEqual(sizes(), [2], 'still gathering')
  await clock.advance(8)
  await quiet()
  assert.deepEqual(sizes(), [2, 3])
  await clock.advance(8)
  for (const nonce of [5, 6]) {
    mempool.add(makeTx({ nonce }))
    await quiet()
  }
  assert.deepEqual(sizes(), [2, 3, 1, 1])

  function sizes(): number[] {
    return fake.sealed.map(({ txs }) => txs.length)
  }
})

test('automine: transactions that cannot be included do not make it spin', async (t) => {
  const { fake, mempool, clock } = start(t, { mode: automine, config: { heartbeatMs: 0 } })
  fake.baseFee = 1_000n
  fake.floor = 100n
  mempool.add(makeTx({ fee: 50 }))
  for (let second = 0; second < 20; second++) {
    await quiet()
    await clock.advance(1_000)
  }
  assert.ok(fake.sealed.length <= 5, `${fake.sealed.length} blocks in 20 s`)
  assert.ok(fake.polls < 60, `${fake.polls} looks at L1 in 20 s`)
  const refused = makeTx({ from: account(1), fee: 5_000 })
  fake.refuse.set(refused.hash, { reject: 'insufficient_funds' })
  const before = fake.sealed.length
  mempool.add(refused)
  await quiet()
  assert.equal(fake.sealed.length, before + 1, 'one futile block, then patience')
  for (let second = 0; second < 20; second++) {
    await clock.advance(1_000)
    await quiet()
  }
  assert.equal(mempool.get(refused.hash), undefined, 'refused again and again: gone')
  assert.ok(fake.sealed.length < before + 12)
})

test('a transaction that building refuses for good leaves the pool at once, its followers wait', async (t) => {
  const { fake, mempool } = start(t, { mode: automine })
  const bad = makeTx({ nonce: 0 })
  const good = makeTx({ from: account(1) })
  fake.refuse.set(bad.hash, { reject: 'sender_not_eoa' })
  for (const tx of [bad, makeTx({ nonce: 1 }), good]) mempool.add(tx)
  await quiet()
  assert.deepEqual(fake.sealed[0]?.txs, hashes([good]))
  assert.deepEqual([mempool.status().pending, mempool.status().queued], [0, 1])
})

test('interval mining makes a block every so often, with or without transactions', async (t) => {
  const { fake, mempool, clock, sequencer } = start(t, { mode: manual })
  mempool.add(makeTx())
  await clock.advance(100_000)
  assert.equal(fake.sealed.length, 0, 'manual: nothing by itself')
  sequencer.setIntervalMining(5_000)
  for (let count = 0; count < 3; count++) {
    await clock.advance(5_000)
    await quiet()
  }
  assert.deepEqual(
    fake.sealed.map(({ reason, txs }) => [reason, txs.length]),
    [
      ['interval', 1],
      ['interval', 0],
      ['interval', 0],
    ],
  )
  sequencer.setIntervalMining(0)
  await clock.advance(60_000)
  await quiet()
  assert.equal(fake.sealed.length, 3)
})

test('automine can be switched off and on', async (t) => {
  const { fake, mempool, sequencer } = start(t)
  sequencer.setAutomine(false)
  assert.equal(sequencer.automine(), false)
  mempool.add(makeTx())
  await quiet()
  assert.equal(fake.sealed.length, 0)
  sequencer.setAutomine(true)
  await quiet()
  assert.equal(fake.sealed.length, 1)
})

test('without fresh L1 production pauses at the time bound, says so once, and resumes', async (t) => {
  const { fake, mempool, clock, sequencer } = start(t)
  await clock.advance(1_800_000)
  mempool.add(makeTx())
  for (let count = 0; count < 5; count++) {
    await clock.advance(1_000)
    await quiet()
  }
  const bound = fake.origin.timestamp + 1_800n
  assert.ok(fake.sealed.every(({ timestamp }) => timestamp <= bound))
  assert.equal(sequencer.trouble(), 'origin_too_old')
  assert.deepEqual(fake.logs, ['block production paused'])
  await assert.rejects(sequencer.mine(), { code: 'origin_too_old' })
  fake.origin = l1Block(2n, startSec + 1_790n)
  await clock.advance(1_000)
  await quiet()
  assert.deepEqual(fake.logs, ['block production paused', 'block production resumed'])
  assert.equal(sequencer.trouble(), undefined)
  assert.equal(fake.sealed.at(-1)?.txs.length, 1)
})

test('a clock that jumps back does not stop production, nor make blocks before their parents', async (t) => {
  const { fake, mempool, clock, head } = start(t)
  fake.chain.push({ ...head(), header: { ...head().header, timestamp: startSec + 500n }, hash: hashOf(9n) })
  for (let nonce = 0; nonce < 3; nonce++) {
    mempool.add(makeTx({ nonce }))
    await quiet()
    await clock.advance(1_000)
    await quiet()
  }
  assert.deepEqual(
    fake.sealed.map(({ timestamp }) => timestamp - startSec),
    [501n, 502n, 503n],
  )
})

test('a clock that is set back an hour does not silence the chain for an hour', async (t) => {
  const { fake, mempool, clock } = start(t)
  mempool.add(makeTx())
  await quiet()
  fake.skewMs = -3_600_000
  mempool.add(makeTx({ nonce: 1 }))
  for (let second = 0; second < 3; second++) {
    await quiet()
    await clock.advance(1_000)
  }
  await quiet()
  assert.equal(fake.sealed.length, 2)
})

test('a transaction refused in busy blocks stays: only refusals with room to spare count', async (t) => {
  const { fake, mempool, sequencer } = start(t, { mode: manual })
  const waits = makeTx({ from: account(1) })
  fake.refuse.set(waits.hash, { reject: 'block_full' })
  mempool.add(waits)
  for (let nonce = 0; nonce < 20; nonce++) {
    mempool.add(makeTx({ nonce }))
    await sequencer.mine()
  }
  assert.equal(mempool.get(waits.hash), waits)
})

test('a transaction that does not fit into a block without others leaves the pool at once', async (t) => {
  const { fake, mempool, sequencer } = start(t, { mode: manual })
  const large = makeTx()
  fake.refuse.set(large.hash, { reject: 'block_full' })
  mempool.add(large)
  await sequencer.sealDev([deposit(0)])
  fake.deposits = [deposit(1), deposit(2)]
  fake.origin = l1Block(2n, startSec)
  await sequencer.mine()
  assert.equal(mempool.get(large.hash), large, 'deposits took the room')
  await sequencer.mine()
  assert.equal(mempool.get(large.hash), undefined)
})

test('an outage pauses production and is tried again; nothing is lost', async (t) => {
  const { fake, mempool, clock, sequencer } = start(t)
  fake.outage = 'l1_unreachable'
  mempool.add(makeTx())
  await quiet()
  assert.equal(sequencer.trouble(), 'l1_unreachable')
  for (let nonce = 1; nonce < 50; nonce++) mempool.add(makeTx({ nonce }))
  await quiet()
  assert.ok(fake.polls <= 2, 'arriving transactions do not shorten the pause')
  fake.outage = undefined
  await clock.advance(1_000)
  await quiet()
  assert.equal(fake.sealed[0]?.txs.length, 50)
  assert.deepEqual(fake.logs, ['block production paused', 'block production resumed'])
})

test('a block that comes out differently the second time is never appended, and production stops', async (t) => {
  const { fake, mempool, sequencer, head } = start(t)
  fake.verdict = { reject: 'state_root' }
  mempool.add(makeTx())
  await assert.rejects(sequencer.closed, { name: 'NodeError', code: 'seal_mismatch', severity: 'fatal' })
  assert.equal(head().header.number, 0n)
  await assert.rejects(sequencer.mine(), { code: 'seal_mismatch' })
  await sequencer.settled()
})

test('mine: so many blocks, so far apart, the first at the time asked for', async (t) => {
  const { fake, mempool, sequencer } = start(t, { mode: manual })
  mempool.add(makeTx())
  assert.equal(await sequencer.mine({ count: 3, timestamp: startSec + 100n, intervalSec: 60n }), undefined)
  assert.deepEqual(
    fake.sealed.map(({ timestamp, txs }) => [timestamp - startSec, txs.length]),
    [
      [100n, 1],
      [160n, 0],
      [220n, 0],
    ],
  )
  assert.equal(await sequencer.mine({ timestamp: startSec }), 'too_early')
  assert.equal(await sequencer.mine(), undefined)
  assert.equal(fake.sealed[3]?.timestamp, startSec + 221n, 'time went on from there, and each block is later')
  assert.equal(fake.sealed.length, 4)
})

test('time controls: the next time exactly, and a clock that runs ahead', async (t) => {
  const { fake, sequencer, clock } = start(t, { mode: manual })
  const mined = async () => {
    assert.equal(await sequencer.mine(), undefined)
    return fake.sealed.at(-1)!.timestamp - startSec
  }
  assert.equal(await sequencer.setNextTimestamp(startSec - 13n), 'too_early')
  assert.equal(await sequencer.setNextTimestamp(startSec + 50n), undefined)
  const before = sequencer.time()
  await clock.advance(10_000)
  assert.equal(await mined(), 50n)
  await clock.advance(10_000)
  assert.equal(await mined(), 60n)
  assert.equal(await sequencer.increaseTime(1_000n), 1_040n)
  assert.equal(await mined(), 1_060n)
  sequencer.restoreTime(before)
  assert.deepEqual(sequencer.time(), { offsetSec: 0n, nextSec: startSec + 50n })
})

test('time controls that come while a block is being made are for the block after it', async (t) => {
  for (const control of ['increaseTime', 'setNextTimestamp'] as const) {
    const { fake, mempool, sequencer } = start(t, { mode: automine })
    fake.buildTurns = 20
    await sequencer.setNextTimestamp(startSec + 100n)
    mempool.add(makeTx())
    while (fake.building === 0) await new Promise(setImmediate)
    if (control === 'increaseTime') assert.equal(await sequencer.increaseTime(1_000n), 1_100n)
    else assert.equal(await sequencer.setNextTimestamp(startSec + 1_100n), undefined)
    mempool.add(makeTx({ nonce: 1 }))
    await sequencer.settled()
    assert.deepEqual(
      fake.sealed.map(({ timestamp }) => timestamp - startSec),
      [100n, 1_100n],
      control,
    )
  }
})

test('time ends where the protocol can still reckon with it: refused beyond, and blocks go on there', async (t) => {
  const end = 2n ** 39n
  const { fake, mempool, sequencer, clock } = start(t, { mode: automine, maxOriginAgeSec: 2n ** 64n })
  for (const sec of [end + 1n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 256n - 1n]) {
    assert.equal(await sequencer.setNextTimestamp(sec), 'too_late')
    assert.equal(await sequencer.increaseTime(sec), 'too_late')
    assert.equal(await sequencer.mine({ timestamp: sec }), 'too_late')
    assert.equal(await sequencer.mine({ count: 2, intervalSec: sec }), 'too_late')
  }
  assert.equal(await sequencer.mine({ count: 3, timestamp: end - 100n, intervalSec: 51n }), 'too_late')
  assert.equal(fake.sealed.length, 0)
  const ahead = await sequencer.increaseTime(end - startSec - 5n)
  assert.equal(ahead, end - startSec - 5n)
  assert.equal(await sequencer.increaseTime(6n), 'too_late')
  assert.equal(await sequencer.mine({ count: 3, timestamp: end - 2n, intervalSec: 1n }), undefined)
  await clock.advance(60_000)
  mempool.add(makeTx())
  await sequencer.settled()
  assert.equal(await sequencer.mine(), undefined)
  assert.deepEqual(
    fake.sealed.map(({ timestamp, txs }) => [end - timestamp, txs.length]),
    [
      [2n, 0],
      [1n, 0],
      [0n, 0],
      [0n, 1],
      [0n, 0],
    ],
  )
})

test('development deposits get a block of their own at the time of the head', async (t) => {
  const { fake, mempool, sequencer, head, clock } = start(t, { mode: manual })
  await sequencer.mine()
  await clock.advance(100_000)
  mempool.add(makeTx())
  await sequencer.setNextTimestamp(startSec + 500n)
  const { timestamp } = head().header
  const block = await sequencer.sealDev([deposit(1)])
  assert.equal(block.header.timestamp, timestamp)
  assert.deepEqual(hashes(block.transactions), [deposit(1).sourceHash])
  assert.equal(mempool.status().pending, 1)
  await sequencer.mine()
  assert.equal(head().header.timestamp, startSec + 500n, 'the set time is for the next real block')
  assert.equal(fake.sealed.length, 3)
})

test('blocks, deposits and rewinds that are asked for at once happen one after the other', async (t) => {
  const { fake, mempool, sequencer, head } = start(t, { mode: automine })
  for (let nonce = 0; nonce < 30; nonce++) mempool.add(makeTx({ nonce }))
  const tasks = []
  for (let count = 0; count < 10; count++) {
    tasks.push(sequencer.mine({ count: 2 }), sequencer.sealDev([deposit(count)]))
    tasks.push(
      sequencer.exclusive(async () => {
        assert.equal(fake.building, 0, 'a rewind waits for the block in flight')
        const before = fake.sealed.length
        await quiet()
        assert.equal(fake.sealed.length, before, 'no block is made during a rewind')
      }),
    )
  }
  await Promise.all(tasks)
  await sequencer.settled()
  const numbers = fake.sealed.map(({ number }) => number)
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => BigInt(index + 1)),
  )
  assert.equal(head().header.number, BigInt(numbers.length))
})

test('after a rewind the transactions of the dropped block are mined again, once', async (t) => {
  const { fake, mempool, sequencer, head } = start(t, { mode: automine })
  const tx = makeTx()
  mempool.add(tx)
  await sequencer.settled()
  assert.equal(head().header.number, 1n)
  await sequencer.exclusive(async () => {
    fake.chain.pop()
    fake.state.set(account(0), { nonce: 0n, balance: ether })
    mempool.onHead({ dropped: [tx] })
  })
  await sequencer.settled()
  await quiet()
  assert.deepEqual(
    fake.sealed.map(({ number, txs }) => [number, ...txs]),
    [
      [1n, tx.hash],
      [1n, tx.hash],
    ],
  )
})

test('settled: resolves once what was there is mined, also while more keeps coming', async (t) => {
  const { fake, mempool, sequencer } = start(t, { mode: automine, txPerBlock: 3 })
  await sequencer.settled()
  const txs = [0, 1, 2, 3, 4].map((nonce) => makeTx({ nonce }))
  for (const tx of txs) mempool.add(tx)
  let nonce = 0
  fake.onBuilt = () => void mempool.add(makeTx({ from: account(1), nonce: nonce++ }))
  await sequencer.settled()
  const mined = fake.sealed.flatMap((sealed) => sealed.txs)
  assert.ok(txs.every(({ hash }) => mined.includes(hash)))
  assert.ok(fake.sealed.length <= 4, `${fake.sealed.length} blocks`)
})

test('settled: does not wait for what waits for somebody else', async (t) => {
  const { fake, mempool, sequencer } = start(t, { mode: automine })
  fake.baseFee = 1_000n
  fake.floor = 1_000n
  mempool.add(makeTx({ fee: 5 }))
  await sequencer.settled()
  sequencer.setAutomine(false)
  mempool.add(makeTx({ from: account(1), fee: 5_000 }))
  await sequencer.settled()
  assert.equal(fake.sealed.length, 0)
})

test('settled: does not wait through a pause', async (t) => {
  const { mempool, sequencer, clock } = start(t, { mode: automine, config: { heartbeatMs: 0 } })
  await clock.advance(3_600_000)
  mempool.add(makeTx())
  await sequencer.settled()
  assert.equal(sequencer.trouble(), 'origin_too_old')
})

test('stop: the block in flight is finished, later requests are refused', async (t) => {
  const { fake, mempool, sequencer } = start(t, { mode: automine })
  mempool.add(makeTx())
  while (fake.building === 0) await new Promise(setImmediate)
  fake.stop.abort()
  await sequencer.closed
  assert.equal(fake.sealed.length, 1)
  await assert.rejects(sequencer.mine(), { code: 'sequencer_stopped' })
  await sequencer.settled()
})

test('building ends at its deadline', async (t) => {
  const { fake, mempool, clock, sequencer } = start(t, { mode: manual, config: { buildMs: 500 } })
  for (let nonce = 0; nonce < 5; nonce++) mempool.add(makeTx({ nonce }))
  fake.buildTurns = 3
  const mined = sequencer.mine()
  while (fake.building === 0) await new Promise(setImmediate)
  await clock.advance(500)
  await mined
  assert.equal(fake.sealed[0]?.txs.length, 0)
  await sequencer.mine()
  assert.equal(fake.sealed[1]?.txs.length, 5)
})

test('queued transactions expire while the chain is idle', async (t) => {
  const { mempool, clock } = start(t, { config: { heartbeatMs: 0 }, mode: manual })
  mempool.add(makeTx({ nonce: 5 }))
  for (let minute = 0; minute <= 182; minute++) await clock.advance(60_000)
  await quiet()
  assert.equal(mempool.status().queued, 0)
})
