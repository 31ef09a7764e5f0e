import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { parseHeader } from '../../../l1/client/header.ts'
import { joinReceipts, readTxs } from '../../../l1/client/rawBlock.ts'
import { parseReceipts } from '../../../l1/client/receipts.ts'
import { parseTx } from '../../../l1/client/transaction.ts'
import { createRandom } from '../../core/random.ts'
import type { FakeBlock } from './fakeChain.ts'
import { mockRollup, sampleChain } from './open.ts'

let block: FakeBlock
before(async () => {
  block = (await sampleChain())[2]!
})

const hostile: readonly unknown[] = [
  null,
  undefined,
  true,
  -1,
  0,
  Number.NaN,
  1e300,
  '',
  '0x',
  '0X1',
  '0x0',
  '0x00',
  '0xg',
  ' 0x1',
  '-0x1',
  '0x1n',
  'latest',
  '\u0000',
  `0x${'f'.repeat(64)}`,
  `0x${'f'.repeat(65)}`,
  `0x${'0'.repeat(4_000)}`,
  `0x${'1'.repeat(63)}`,
  [],
  [null],
  [[[[]]]],
  Array.from({ length: 50 }, () => '0x1'),
  {},
  { length: 3 },
  JSON.parse('{"__proto__":{"type":"0x1"},"constructor":1}'),
]

type Tree = { [key: string]: unknown }

/** A copy of a JSON value with one place in it changed: replaced, taken away, or swapped with its neighbour. */
function mutate(value: unknown, draw: (below: number) => number): unknown {
  if (typeof value !== 'object' || value === null) return hostile[draw(hostile.length)]
  const keys = Object.keys(value)
  if (keys.length === 0 || draw(30) === 0) return hostile[draw(hostile.length)]
  const key = keys[draw(keys.length)]!
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Tree
  const kind = draw(8)
  if (kind === 0) delete copy[key]
  else if (kind === 1) {
    const other = keys[draw(keys.length)]!
    ;[copy[key], copy[other]] = [copy[other], copy[key]]
  } else copy[key] = mutate(copy[key], draw)
  return copy
}

function dice(seed: number): (below: number) => number {
  const next = createRandom(seed)
  let pool: Uint8Array = new Uint8Array(0)
  let at = 0
  return (below) => {
    if (at + 2 > pool.length) {
      pool = next()
      at = 0
    }
    const value = pool[at]! * 256 + pool[at + 1]!
    at += 2
    return value % below
  }
}

const seed = 1612

test('100,000 damaged headers, transactions and receipts: none throws, and no header passes as another', (t) => {
  t.diagnostic(`seed ${seed}`)
  const draw = dice(seed)
  const header = parseHeader(block.json)!
  const { transactions, ...bare } = block.json
  for (let run = 0; run < 40_000; run++) {
    const parsed = parseHeader(mutate(bare, draw))
    if (parsed !== undefined) assert.deepEqual(parsed, header)
  }
  for (let run = 0; run < 40_000; run++) {
    const tx = parseTx(mutate(transactions[run % transactions.length], draw))
    if (tx !== undefined && tx !== 'unsupported') tx.withSidecar()
  }
  for (let run = 0; run < 20_000; run++) {
    const receipts = mutate(block.receipts, draw)
    if (Array.isArray(receipts)) parseReceipts(receipts)
  }
})

test('a damaged block is refused or is the same block', (t) => {
  t.diagnostic(`seed ${seed}`)
  const draw = dice(seed + 1)
  const header = parseHeader(block.json)!
  const l1Block = { ...header, blobBaseFee: 1n }
  const read = (json: unknown, receipts: unknown) => {
    const txs = readTxs(json, header)
    const parsed = Array.isArray(receipts) ? parseReceipts(receipts) : undefined
    return typeof txs === 'string' || parsed === undefined
      ? undefined
      : joinReceipts(header, l1Block, txs, parsed, mockRollup)
  }
  const honest = read(block.json, block.receipts)
  assert.equal(honest?.txs.length, 5)
  const { transactions } = block.json
  let refused = 0
  for (let run = 0; run < 3_000; run++) {
    const isTx = run % 2 === 0
    const json = isTx ? { transactions: mutate(transactions, draw) } : block.json
    const raw = read(json, isTx ? block.receipts : mutate(block.receipts, draw))
    if (raw === undefined) refused++
    else assert.deepEqual(raw, honest)
  }
  assert.ok(refused > 1_000 && refused < 3_000)
})
