import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createHeap } from '../../sequencer/mempool/heap.ts'
import { createRanking } from '../../sequencer/mempool/ranking.ts'
import { account, hashes, makePool, makeTx } from './fixtures.ts'

test('highest effective tip first, then arrival; per sender by nonce', () => {
  const { pool } = makePool()
  const cheapFirst = makeTx({ from: account(0), nonce: 0, fee: 100, tip: 1 })
  const dearSecond = makeTx({ from: account(0), nonce: 1, fee: 100, tip: 90 })
  const capped = makeTx({ from: account(1), fee: 52, tip: 50 })
  const early = makeTx({ from: account(2), fee: 100, tip: 5 })
  const late = makeTx({ from: account(3), fee: 100, tip: 5 })
  for (const tx of [cheapFirst, dearSecond, early, late, capped]) pool.add(tx)
  assert.deepEqual(hashes(pool.best(50n)), hashes([early, late, capped, cheapFirst, dearSecond]))
  assert.deepEqual(hashes(pool.best(10n)), hashes([capped, early, late, cheapFirst, dearSecond]))
})

test('a transaction below the base fee holds back its sender only', () => {
  const { pool } = makePool()
  const low = makeTx({ fee: 10 })
  const behind = makeTx({ nonce: 1, fee: 100, tip: 50 })
  const other = makeTx({ from: account(1), fee: 20 })
  for (const tx of [low, behind, other]) pool.add(tx)
  assert.deepEqual(hashes(pool.best(15n)), hashes([other]))
  assert.equal(pool.hasIncludable(15n), true)
  assert.equal(pool.hasIncludable(21n), false)
})

test('the builder can leave out a sender, and is told when nothing is left', () => {
  const { pool } = makePool()
  for (let nonce = 0; nonce < 3; nonce++) pool.add(makeTx({ nonce, tip: 5 }))
  const other = makeTx({ from: account(1) })
  pool.add(other)
  const best = pool.best(0n)
  const pulled = []
  for (const tx of best) {
    pulled.push(tx.hash)
    assert.equal(best.exhausted(), false)
    if (tx.from === account(0)) best.skipSender(tx.from)
  }
  assert.deepEqual(pulled.slice(1), [other.hash])
  assert.equal(best.exhausted(), true)
})

test('the pool may change while candidates are pulled', () => {
  const { pool } = makePool()
  const txs = Array.from({ length: 6 }, (_, nonce) => makeTx({ nonce }))
  for (const tx of txs.slice(0, 4)) pool.add(tx)
  const pulled = []
  for (const tx of pool.best(0n)) {
    pulled.push(tx.hash)
    if (pulled.length === 2) pool.add(txs[4]!)
    if (pulled.length === 3) pool.remove(txs[4]!.hash)
  }
  assert.deepEqual(pulled, hashes(txs.slice(0, 4)))
})

test('the heap gives its items in order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.array(fc.integer()), (initial, more) => {
      const heap = createHeap<number>((a, b) => a < b, [...initial])
      for (const item of more) heap.push(item)
      const sorted = [...initial, ...more].sort((a, b) => a - b)
      if (sorted.length > 0) {
        sorted[0] = sorted.at(-1)! + 1
        heap.replaceFirst(sorted[0])
        sorted.sort((a, b) => a - b)
      }
      const drained = []
      while (heap.size() > 0) drained.push(heap.pop())
      assert.deepEqual(drained, sorted)
    }),
    { seed: 20_251, numRuns: 200 },
  )
})

test('a ranking finds the first of items that change thousands of times', () => {
  type Item = { readonly key: number; readonly slot: number }
  const slots: Item[] = []
  const ranking = createRanking<Item>({
    before: (a, b) => a.key < b.key,
    isCurrent: (item) => slots[item.slot] === item,
    all: () => slots,
    count: () => slots.length,
  })
  assert.equal(ranking.first(), undefined)
  let seed = 1
  for (let round = 0; round < 12_000; round++) {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    const item = { key: seed, slot: Math.min(seed % 40, slots.length) }
    slots[item.slot] = item
    ranking.note(item)
    // Asked for in bursts, so that the notes in between outgrow the ranking.
    if (round % 3_000 < 100) assert.equal(ranking.first()?.key, Math.min(...slots.map(({ key }) => key)))
  }
})
