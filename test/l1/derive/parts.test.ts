import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { NodeError } from '../../../core/errors.ts'
import type { TxEnvelope } from '../../../core/tx.ts'
import { largestThatHolds } from '../../../l1/follow/ancestor.ts'
import { createChange, type DropPorts } from '../../../l1/follow/change.ts'
import { finalAt } from '../../../l1/follow/finality.ts'
import { createPrefetch } from '../../../l1/follow/prefetch.ts'
import { createTrouble, pauseMs } from '../../../l1/follow/trouble.ts'
import { createWindow } from '../../../l1/follow/window.ts'
import { type ChainChange, createSerialWriter } from '../../../l1/follow.ts'
import type { L1BlockData } from '../../../l1/source.ts'
import { outage } from './fakeL1.ts'
import { config, epochOf, hashOf, safeAt } from './fixtures.ts'

test('the newest block that both have is found in few questions, however deep it is', async (t) => {
  const seed = 41
  t.diagnostic(`seed ${seed}`)
  await fc.assert(
    fc.asyncProperty(fc.bigInt(0n, 5_000n), fc.bigInt(0n, 5_000n), async (depth, kept) => {
      const low = 100n
      const last = low + kept
      const high = last + depth
      let questions = 0
      const found = await largestThatHolds(low, high, async (number) => {
        assert.ok(number > low && number <= high)
        questions++
        return number <= last
      })
      assert.equal(found, last)
      assert.ok(questions <= 2 * Number(depth).toString(2).length + 2, `${questions} for a depth of ${depth}`)
    }),
    { seed, numRuns: 300 },
  )
})

test('the next block that is asked for is on its way, one that failed is asked for again', async () => {
  const asked: bigint[] = []
  const failing = new Set<bigint>()
  const prefetch = createPrefetch(
    {
      async block(number) {
        asked.push(number)
        if (failing.has(number)) throw outage('l1_unreachable')
        return { block: epochOf(number).block } as L1BlockData
      },
    },
    3n,
  )
  assert.equal((await prefetch.block(1n, 9n))?.block.number, 1n)
  assert.deepEqual(asked, [1n, 2n, 3n])
  failing.add(4n)
  await prefetch.block(2n, 9n)
  await prefetch.block(3n, 9n)
  assert.deepEqual(asked, [1n, 2n, 3n, 4n, 4n, 5n])
  await assert.rejects(prefetch.block(4n, 9n), { code: 'l1_unreachable' })
  failing.clear()
  assert.equal((await prefetch.block(4n, 4n))?.block.number, 4n)
  asked.length = 0
  prefetch.clear()
  await prefetch.block(5n, 6n)
  assert.deepEqual(asked, [5n, 6n], 'nothing from before, nothing beyond the last')
})

test('pauses double up to half a minute, and half of each is chance', () => {
  const pauses = [0, 1, 2, 5, 50].map((failures) => [pauseMs(failures, 1_000, 0), pauseMs(failures, 1_000, 1)])
  assert.deepEqual(pauses, [
    [500, 1_000],
    [1_000, 2_000],
    [2_000, 4_000],
    [15_000, 30_000],
    [15_000, 30_000],
  ])
  assert.equal(pauseMs(9, 60_000, 1), 60_000)
})

test('each kind of trouble has one line, and its end another', () => {
  const lines: string[] = []
  const note = (fields: object, text: string) => lines.push(`${text} ${(fields as { code: string }).code}`)
  const trouble = createTrouble({ info: note, warn: note })
  trouble.over()
  for (const code of ['a', 'a', 'b', 'b']) trouble.note(outage(code))
  assert.equal(trouble.code(), 'b')
  trouble.over()
  trouble.over()
  assert.deepEqual(lines, [
    'derivation from L1 stalled a',
    'derivation from L1 stalled b',
    'derivation from L1 resumed b',
  ])
  const fatal = new NodeError({ code: 'c', severity: 'fatal', message: 'the end' })
  assert.throws(() => trouble.note(fatal), { code: 'c' })
  assert.throws(() => trouble.note(new Error('a bug')), /a bug/)
})

function recordAt(number: bigint, safeOrigin: bigint) {
  return { ...epochOf(number), parentHash: hashOf(number - 1n), config, safe: safeAt(safeOrigin) }
}

const refAt = (number: bigint, hash = hashOf(number)) => ({ number, hash })

test('what is final is what L1 says, at most the tip, never less than before, and only what was folded', () => {
  const tip = recordAt(110n, 105n)
  const at = (number: bigint) => (number > 110n ? undefined : recordAt(number, 105n))
  const final = (l1: ReturnType<typeof refAt> | undefined) => finalAt(refAt(104n), l1, { tip, at }).number
  assert.equal(final(undefined), 104n)
  assert.equal(final(refAt(103n)), 104n)
  assert.equal(final(refAt(107n)), 107n)
  assert.equal(final(refAt(107n, hashOf(1n))), 104n)
  assert.equal(final(refAt(110n)), 110n)
  assert.equal(final(refAt(110n, hashOf(1n))), 104n)
  assert.equal(final(refAt(500n, hashOf(1n))), 110n)
})

test('the window holds the records from the safe head’s origin on, and asks the database for those before', () => {
  const stored = new Map<bigint, ReturnType<typeof recordAt>>()
  let reads = 0
  const add = (number: bigint, safeOrigin: bigint) => {
    const record = recordAt(number, safeOrigin)
    stored.set(number, record)
    return record
  }
  for (let number = 100n; number <= 110n; number++) add(number, number < 105n ? 100n : 103n)
  const store = {
    record(number: bigint) {
      reads++
      return stored.get(number)
    },
  }
  const window = createWindow(store, stored.get(110n)!)
  assert.equal(reads, 7, 'loaded when it is opened')
  for (let number = 103n; number <= 110n; number++) assert.equal(window.at(number)?.block.number, number)
  assert.equal(window.at(111n), undefined)
  assert.equal(reads, 7)
  assert.equal(window.at(101n)?.block.number, 101n)
  assert.equal(reads, 8)
  window.push(add(111n, 108n))
  assert.equal(window.tip().block.number, 111n)
  assert.equal(window.at(108n)?.block.number, 108n)
  assert.equal(reads, 8)
  assert.throws(() => window.push(recordAt(113n, 108n)), /follow each other/)
  // The database has dropped what is popped.
  for (let number = 105n; number <= 111n; number++) stored.delete(number)
  window.popTo(104n)
  assert.equal(window.tip().block.number, 104n)
  assert.equal(window.at(105n), undefined)
  const before = reads
  for (let number = 100n; number <= 104n; number++) assert.equal(window.at(number)?.block.number, number)
  assert.equal(reads, before)
  window.push(add(105n, 100n))
  assert.equal(window.at(105n)?.block.number, 105n)
})

test('changes of a chain run one after the other, also after one that failed', async () => {
  const writer = createSerialWriter()
  const order: string[] = []
  const task = (name: string, fails = false) =>
    writer.exclusive(async () => {
      order.push(`${name} begins`)
      await new Promise(setImmediate)
      order.push(`${name} ends`)
      if (fails) throw new Error(name)
      return name
    })
  const results = await Promise.allSettled([task('a', true), task('b'), task('c')])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'fulfilled', 'fulfilled'],
  )
  assert.deepEqual(order, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
})

test('however much leaves the chain at once, it goes in bounded writes and comes back whole', async () => {
  const perBlock = 100
  let head = 2_000n
  const writes: bigint[] = []
  const told: ChainChange[] = []
  const chain: DropPorts = {
    heads: () => ({ unsafe: blockAt(head), safe: blockAt(5n), finalized: blockAt(5n) }),
    reader: { hashByNumber: (number) => hashOf(number) },
    async rewind(toNumber) {
      writes.push(head - toNumber)
      const txs = txsFrom(toNumber, head)
      head = toNumber
      return txs
    },
  }
  const change = createChange(
    chain,
    createSerialWriter((what) => told.push(what)),
  )
  await change((drop) => drop(7n))
  assert.equal(head, 7n)
  assert.ok(writes.every((blocks) => blocks > 0n && blocks <= 128n))
  assert.equal(told.length, 1)
  assert.deepEqual(
    told[0]!.dropped.map(({ number }) => number),
    Array.from({ length: 1_993 }, (_, index) => 2_000n - BigInt(index)),
  )
  assert.deepEqual(told[0]!.droppedTxs, txsFrom(7n, 2_000n))

  function blockAt(number: bigint) {
    return { number, hash: hashOf(number) }
  }

  /** Numbers in place of transactions. */
  function txsFrom(from: bigint, to: bigint): readonly TxEnvelope[] {
    const length = Number(to - from) * perBlock
    return Array.from({ length }, (_, index) => Number(from) * perBlock + index) as unknown as readonly TxEnvelope[]
  }
})
