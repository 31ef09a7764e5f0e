import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RLP } from '@ethereumjs/rlp'
import fc from 'fast-check'
import { emptyBytes, hexToBytes } from '../../../core/hex.ts'
import { encodeRlp, type RlpItem } from '../../../core/rlp.ts'
import { type Batch, decodeBatch, encodeBatch } from '../../../l1/batch/batch.ts'
import { mutation } from '../../core/arbitrary.ts'
import { check } from '../../core/random.ts'
import { batch } from './arbitrary.ts'

test('a batch is the OP Stack singular batch and comes back equal', (t) => {
  check(
    t,
    fc.property(batch, (value) => {
      const { parentHash, epochNumber, epochHash, timestamp, txs } = value
      const body = RLP.encode([parentHash, epochNumber, epochHash, timestamp, [...txs]])
      const bytes = encodeBatch(value)
      assert.deepEqual(bytes, Uint8Array.of(0, ...body))
      assert.deepEqual(decodeBatch(bytes), value)
    }),
  )
})

test('bytes that decode are the one encoding of what they decode to', (t) => {
  let decoded = 0
  check(
    t,
    fc.property(mutation(batch.map(encodeBatch)), (bytes) => {
      const value = decodeBatch(bytes)
      if (value === undefined) return
      decoded++
      assert.deepEqual(encodeBatch(value), bytes)
    }),
    { numRuns: 3000 },
  )
  assert.ok(decoded > 100, `${decoded} decoded`)
})

test('refuses every other shape', () => {
  const hash = new Uint8Array(32).fill(7)
  const right: readonly RlpItem[] = [hash, Uint8Array.of(5), hash, Uint8Array.of(9), [Uint8Array.of(1, 2)]]
  const encode = (items: readonly RlpItem[], version = 0) => Uint8Array.of(version, ...encodeRlp(items))
  const replace = (at: number, item: RlpItem) => encode(right.map((old, index) => (index === at ? item : old)))
  assert.ok(decodeBatch(encode(right)) !== undefined)

  const wrong: Readonly<Record<string, Uint8Array>> = {
    empty: emptyBytes,
    'version alone': Uint8Array.of(0),
    'span batch': encode(right, 1),
    'unknown version': encode(right, 0xff),
    'a field less': encode(right.slice(0, 4)),
    'a field more': encode([...right, emptyBytes]),
    'a string': Uint8Array.of(0, ...encodeRlp(hash)),
    'short hash': replace(0, hash.subarray(1)),
    'long hash': replace(2, Uint8Array.of(...hash, 1)),
    'list for a hash': replace(0, [hash]),
    'leading zero': replace(1, Uint8Array.of(0, 5)),
    'zero as a byte': replace(3, Uint8Array.of(0)),
    'number of 65 bits': replace(3, new Uint8Array(9).fill(1)),
    'transactions as a string': replace(4, Uint8Array.of(1, 2)),
    'a list among the transactions': replace(4, [Uint8Array.of(1), []]),
    'bytes after it': Uint8Array.of(...encode(right), 0),
    'cut short': encode(right).subarray(0, -1),
  }
  for (const [name, bytes] of Object.entries(wrong)) assert.equal(decodeBatch(bytes), undefined, name)
})

test('holds so many transactions and no more', () => {
  const txs = Array.from({ length: 10 }, () => emptyBytes)
  const hash = `0x${'11'.repeat(32)}` as Batch['parentHash']
  const bytes = encodeBatch({ parentHash: hash, epochNumber: 0n, epochHash: hash, timestamp: 0n, txs })
  assert.equal(decodeBatch(bytes, 10)?.txs.length, 10)
  assert.equal(decodeBatch(bytes, 9), undefined)
  assert.equal(decodeBatch(bytes, 0), undefined)
  assert.deepEqual(bytes.subarray(4, 36), hexToBytes(hash))
})
