import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Hash } from '../../core/hex.ts'
import { inspectText } from '../../sequencer/mempool/content.ts'
import { devPoolLimits } from '../../sequencer/mempool/limits.ts'
import { account, ether, hashes, makeHeader, makePool, makeTx } from './fixtures.ts'

test('a gapped transaction waits until the gap is filled', () => {
  const { pool } = makePool()
  const [first, second, third] = [0, 1, 2].map((nonce) => makeTx({ nonce }))
  pool.add(third!)
  pool.add(second!)
  assert.deepEqual(pool.status().queued, 2)
  assert.equal(pool.pendingNonce(account(0)), undefined)
  pool.add(first!)
  assert.deepEqual(hashes(pool.content().pending), hashes([first!, second!, third!]))
  assert.equal(pool.pendingNonce(account(0)), 3n)
})

test('a replacement takes the place of the old one, pending or queued', () => {
  const { pool } = makePool()
  for (const nonce of [0, 2]) {
    const old = makeTx({ nonce })
    const better = makeTx({ nonce, fee: 11, tip: 2 })
    pool.add(old)
    assert.equal(pool.add(better), undefined)
    assert.equal(pool.get(old.hash), undefined)
    assert.equal(pool.get(better.hash), better)
  }
  assert.deepEqual(pool.status(), { pending: 1, queued: 1, bytes: 2 * makeTx().raw.length })
})

test('only what the balance pays for is pending; money that arrives promotes the rest', () => {
  const { pool, state } = makePool()
  state.set(account(0), { nonce: 0n, balance: 450_000n })
  for (const nonce of [3, 2, 1, 0]) pool.add(makeTx({ nonce }))
  assert.deepEqual([pool.status().pending, pool.status().queued], [2, 2])
  state.set(account(0), { nonce: 0n, balance: 840_000n })
  pool.onHead({ touched: [account(0)] })
  assert.deepEqual([pool.status().pending, pool.status().queued], [4, 0])
})

test('a drained sender keeps only what it can pay for, and what it can never pay for is gone', () => {
  const { pool, state } = makePool()
  for (let nonce = 0; nonce < 4; nonce++) pool.add(makeTx({ nonce, value: nonce === 3 ? 1_000_000n : 0n }))
  state.set(account(0), { nonce: 0n, balance: 500_000n })
  pool.onHead({ touched: [account(0)] })
  assert.deepEqual([pool.status().pending, pool.status().queued], [2, 1])
})

test('a mined block removes its transactions, replaced ones too', () => {
  const { pool, state } = makePool()
  for (let nonce = 0; nonce < 5; nonce++) pool.add(makeTx({ nonce }))
  state.set(account(0), { nonce: 3n, balance: ether })
  pool.onHead({ touched: [account(0), account(7)] })
  assert.deepEqual(
    pool.content(account(0)).pending.map(({ tx }) => tx.nonce),
    [3n, 4n],
  )
})

test('a rewind brings its transactions back, before those that wait for them are trimmed', () => {
  const { pool, state } = makePool({ limits: { accountQueue: 2 } })
  const txs = Array.from({ length: 10 }, (_, nonce) => makeTx({ nonce }))
  for (const tx of txs) pool.add(tx)
  state.set(account(0), { nonce: 3n, balance: ether })
  pool.onHead({ touched: [account(0)] })
  state.set(account(0), { nonce: 0n, balance: ether })
  pool.onHead({ dropped: txs.slice(0, 3) })
  assert.deepEqual(hashes(pool.content().pending), hashes(txs))
  pool.onHead({ dropped: txs.slice(0, 3) })
  assert.equal(pool.status().pending, 10, 'a second time changes nothing')
})

test('a lower gas limit drops what no longer fits', () => {
  const { pool, world } = makePool()
  pool.add(makeTx({ nonce: 0 }))
  pool.add(makeTx({ nonce: 1, gas: 9_000_000n }))
  world.header = makeHeader({ gasLimit: 8_000_000n })
  pool.onHead({ touched: [] })
  assert.deepEqual(pool.status().pending, 1)
})

test('a full queue keeps the better paying, and never costs an executable transaction its place', () => {
  const { pool } = makePool({
    limits: { globalQueue: 5, globalSlots: 5, maxBytes: 10 * makeTx({ fee: 1_000, nonce: 200 }).raw.length },
  })
  const executable = Array.from({ length: 5 }, (_, index) => makeTx({ from: account(index), tip: 0 }))
  for (const tx of executable) assert.equal(pool.add(tx), undefined)
  let refused = 0
  for (let index = 0; index < 200; index++) {
    const reject = pool.add(
      makeTx({ from: account(index % 20), nonce: 2 + index, fee: 1_000 + index, tip: 1 + (index % 50) }),
    )
    if (reject !== undefined) refused++
  }
  assert.deepEqual(hashes(pool.content().pending), hashes(executable))
  assert.equal(pool.status().queued, 5)
  assert.ok(pool.content().queued.every(({ tx }) => tx.type === 2 && tx.maxPriorityFeePerGas >= 49n))
  assert.ok(refused > 0)
})

test('when executable transactions are too many, the heaviest account above its guarantee loses its last one', () => {
  const { pool } = makePool({ limits: { accountSlots: 2, globalSlots: 6 } })
  for (let nonce = 0; nonce < 6; nonce++) pool.add(makeTx({ nonce, tip: 9 }))
  const cheap = makeTx({ from: account(1), tip: 0 })
  assert.equal(pool.add(cheap), undefined, 'a small account gets in though it pays less')
  assert.deepEqual([pool.pendingNonce(account(0)), pool.pendingNonce(account(1))], [5n, 1n])
  assert.equal(pool.add(makeTx({ nonce: 5, tip: 9 }))?.reject, 'pool_full', 'the heavy account does not get in again')
})

test('among accounts within their guarantee the lowest tip loses', () => {
  const { pool } = makePool({ limits: { accountSlots: 2, globalSlots: 3 } })
  for (const index of [0, 1, 2]) pool.add(makeTx({ from: account(index), tip: 2 + index }))
  assert.equal(pool.add(makeTx({ from: account(3), tip: 1 }))?.reject, 'underpriced')
  assert.equal(pool.add(makeTx({ from: account(3), tip: 3 })), undefined)
  assert.deepEqual(pool.pendingNonce(account(0)), undefined)
})

test('protected local transactions are not evicted by others, yet the bounds hold', () => {
  const { pool } = makePool({ limits: { accountSlots: 1, globalSlots: 3, globalQueue: 2, protectLocals: true } })
  const local = [0, 1, 2].map((index) => makeTx({ from: account(index), tip: 0 }))
  for (const tx of local) assert.equal(pool.add(tx, { local: true }), undefined)
  assert.notEqual(pool.add(makeTx({ from: account(3), tip: 9 })), undefined)
  assert.notEqual(pool.add(makeTx({ from: account(4), tip: 9 }), { local: true }), undefined)
  assert.deepEqual(hashes(pool.content().pending), hashes(local))
  assert.deepEqual(hashes(pool.locals()), hashes(local))
  assert.equal(pool.localCount(), 3)
})

test('thousands of accounts with a gapped transaction each do not keep an honest one out', () => {
  const { pool, state } = makePool()
  for (let index = 0; index < 3_000; index++) {
    const from = account(1_000 + index)
    state.set(from, { nonce: 0n, balance: ether })
    pool.add(makeTx({ from, nonce: 1, fee: 1_000, tip: 100 }))
  }
  assert.equal(pool.status().queued, 1_024)
  assert.equal(pool.add(makeTx()), undefined)
  assert.equal(pool.status().pending, 1)
})

test('unprotected, a local transaction gives way to one that pays more', () => {
  const { pool } = makePool({ limits: { accountSlots: 1, globalSlots: 1 } })
  pool.add(makeTx({ tip: 1 }), { local: true })
  const better = makeTx({ from: account(1), tip: 2 })
  assert.equal(pool.add(better), undefined)
  assert.deepEqual(hashes(pool.content().pending), hashes([better]))
})

test('queued transactions without progress expire, protected and executable ones do not', () => {
  const { pool, world } = makePool({ limits: { protectLocals: true } })
  pool.add(makeTx({ nonce: 1 }))
  pool.add(makeTx({ from: account(1), nonce: 1 }), { local: true })
  pool.add(makeTx({ from: account(2) }))
  world.nowMs = 3 * 3_600_000
  assert.equal(pool.expire(), 0)
  world.nowMs++
  assert.equal(pool.expire(), 1)
  assert.deepEqual([pool.status().pending, pool.status().queued], [1, 1])
})

test('says what became executable, once per turn of the event loop', async () => {
  const batches: Hash[][] = []
  const { pool } = makePool({ onPending: (txs) => batches.push(hashes(txs)) })
  const [first, second, other] = [makeTx(), makeTx({ nonce: 1 }), makeTx({ from: account(1), nonce: 4 })]
  pool.add(second)
  pool.add(other)
  pool.add(first)
  assert.deepEqual(batches, [])
  await turn()
  assert.deepEqual(batches, [hashes([first, second])])
})

test('tells only accepted local transactions to the journal', () => {
  const journal: Hash[] = []
  const { pool } = makePool({ onLocal: (tx) => journal.push(tx.hash) })
  const tx = makeTx()
  pool.add(tx, { local: true })
  pool.add(tx, { local: true })
  pool.add(makeTx({ from: account(1) }))
  assert.deepEqual(journal, [tx.hash])
})

test('a transaction that building refuses again and again goes', () => {
  const { pool } = makePool()
  const tx = makeTx()
  pool.add(tx)
  pool.refused(tx.hash, 2)
  assert.equal(pool.status().pending, 1)
  pool.refused(tx.hash, 2)
  assert.equal(pool.status().pending, 0)
})

test('removing one transaction makes the later ones of its sender wait; clearing empties the pool', () => {
  const { pool } = makePool()
  const txs = [0, 1, 2].map((nonce) => makeTx({ nonce }))
  for (const tx of txs) pool.add(tx)
  assert.equal(pool.remove(txs[1]!.hash), true)
  assert.equal(pool.remove(txs[1]!.hash), false)
  assert.deepEqual([pool.status().pending, pool.status().queued], [1, 1])
  pool.clear()
  assert.deepEqual(pool.status(), { pending: 0, queued: 0, bytes: 0 })
  assert.equal(pool.add(txs[0]!), undefined)
})

test('development limits take 400 transactions in flight from each of 50 senders, out of order', () => {
  const { pool, state } = makePool({ limits: devPoolLimits })
  for (let sender = 0; sender < 50; sender++) state.set(account(sender), { nonce: 0n, balance: ether })
  for (let batch = 3; batch >= 0; batch--) {
    for (let sender = 0; sender < 50; sender++) {
      for (let nonce = batch * 100; nonce < batch * 100 + 100; nonce++) {
        assert.equal(pool.add(makeTx({ from: account(sender), nonce }), { local: true }), undefined)
      }
    }
  }
  assert.equal(pool.status().pending, 20_000)
})

test("txpool_inspect's text of a call and of a creation", () => {
  assert.equal(
    inspectText(makeTx({ value: 5n, fee: 7 })),
    '0x0000000000000000000000000000000000000000: 5 wei + 21000 gas × 7 wei',
  )
  assert.equal(inspectText(makeTx({ to: undefined })), 'contract creation: 0 wei + 21000 gas × 10 wei')
})
