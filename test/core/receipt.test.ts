import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bloom, encodeReceipt as encodeReceiptOther, type TxReceipt } from '@ethereumjs/vm'
import fc from 'fast-check'
import { bloomHas, createBloom, orBloom } from '../../core/bloom.ts'
import { bytesToHex, emptyBytes, hexToBytes } from '../../core/hex.ts'
import { decodeReceipt, decodeReceipts, encodeReceipt, encodeReceipts, type Receipt } from '../../core/receipt.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '../../core/rlp.ts'
import { address, bytes, log, mutation, receipts } from './arbitrary.ts'
import { check } from './random.ts'

test('the receipts of a block decode to what was encoded, gas used derived', (t) => {
  check(
    t,
    fc.property(receipts, (values) => {
      const decoded = decodeReceipts(encodeReceipts(values))
      assert.ok(decoded !== undefined)
      assert.deepEqual(decoded.map(normal), values.map(normal))
    }),
  )
})

test('accepts one encoding per list of receipts and refuses random bytes', (t) => {
  const property = fc.property(fc.oneof(mutation(receipts.map(encodeReceipts)), bytes(400)), (raw) => {
    const decoded = decodeReceipts(raw)
    if (decoded !== undefined) assert.deepEqual(encodeReceipts(decoded), raw)
  })
  check(t, property, { numRuns: 2_000 })
})

test('encodes receipts and blooms as another implementation does', (t) => {
  check(
    t,
    fc.property(receipts, (values) => {
      for (const receipt of values) {
        if (receipt.type === 0x7e || receipt.cumulativeGasUsed === 0n) continue
        const bloom = new Bloom()
        for (const { address, topics } of receipt.logs) {
          bloom.add(hexToBytes(address))
          for (const topic of topics) bloom.add(hexToBytes(topic))
        }
        const other: TxReceipt = {
          status: receipt.succeeded ? 1 : 0,
          cumulativeBlockGasUsed: receipt.cumulativeGasUsed,
          bitvector: bloom.bitvector,
          logs: receipt.logs.map(({ address, topics, data }) => [hexToBytes(address), topics.map(hexToBytes), data]),
        }
        const type = receipt.type as Parameters<typeof encodeReceiptOther>[1]
        assert.deepEqual(encodeReceipt(receipt), new Uint8Array(encodeReceiptOther(other, type)))
      }
    }),
    { numRuns: 50 },
  )
})

const deposit: Receipt = {
  type: 0x7e,
  succeeded: true,
  cumulativeGasUsed: 46_913n,
  gasUsed: 46_913n,
  logs: [],
  depositNonce: 7n,
}

test('a deposit receipt ends with its nonce and the version 1', () => {
  const raw = encodeReceipt(deposit)
  assert.equal(raw[0], 0x7e)
  const items = decodeRlp(raw.subarray(1))
  assert.ok(items !== undefined && !(items instanceof Uint8Array))
  assert.deepEqual(
    items.slice(4).map((item) => [...(item as Uint8Array)]),
    [[7], [1]],
  )
})

test('refuses a receipt that says what its block cannot mean', () => {
  const raw = encodeReceipt(deposit)
  const items = decodeRlp(raw.subarray(1))
  assert.ok(items !== undefined && !(items instanceof Uint8Array))
  const changed = (index: number, value: RlpItem) => {
    return decodeReceipt(Uint8Array.of(0x7e, ...encodeRlp(items.with(index, value))), 0n)
  }
  assert.ok(changed(1, Uint8Array.of(9)) !== undefined)
  assert.equal(changed(0, Uint8Array.of(2)), undefined, 'status')
  assert.equal(changed(2, new Uint8Array(256).fill(1)), undefined, 'bloom of other logs')
  assert.equal(changed(5, Uint8Array.of(2)), undefined, 'version')
  assert.equal(decodeReceipt(raw, 46_914n), undefined, 'cumulative gas below the receipt before')
  assert.equal(decodeReceipt(Uint8Array.of(0x7e, ...encodeRlp(items.slice(0, 4))), 0n), undefined, 'no deposit nonce')
  assert.equal(decodeReceipt(Uint8Array.of(2, ...raw.subarray(1)), 0n), undefined, 'a deposit nonce on a user type')
  assert.equal(decodeReceipt(Uint8Array.of(3, ...raw.subarray(1)), 0n), undefined, 'unknown type')
  assert.equal(decodeReceipt(emptyBytes, 0n), undefined)
})

test('a bloom has every address and topic of its logs, and few others', (t) => {
  check(
    t,
    fc.property(
      fc.array(log, { maxLength: 5 }),
      fc.array(address, { minLength: 20, maxLength: 20 }),
      (logs, others) => {
        const bloom = createBloom(logs)
        for (const { address, topics } of logs) {
          assert.ok(bloomHas(bloom, hexToBytes(address)))
          for (const topic of topics) assert.ok(bloomHas(bloom, hexToBytes(topic)))
        }
        const unknown = others.filter((other) => !logs.some(({ address }) => address === other))
        assert.ok(unknown.filter((other) => bloomHas(bloom, hexToBytes(other))).length <= 2)
      },
    ),
    { numRuns: 50 },
  )
})

test('the union of blooms is the bloom of all logs', (t) => {
  check(
    t,
    fc.property(fc.array(log, { maxLength: 3 }), fc.array(log, { maxLength: 3 }), (a, b) => {
      assert.deepEqual(orBloom(createBloom(a), createBloom(b)), createBloom([...a, ...b]))
    }),
    { numRuns: 30 },
  )
})

function normal(receipt: Receipt) {
  return { ...receipt, logs: receipt.logs.map((entry) => ({ ...entry, data: bytesToHex(entry.data) })) }
}
