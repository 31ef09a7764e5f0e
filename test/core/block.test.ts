import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Block, decodeBlock, decodeBody, encodeBlock, encodeBody } from '../../core/block.ts'
import { encodeHeader, headerHash } from '../../core/header.ts'
import { impersonate } from '../../core/impersonate.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '../../core/rlp.ts'
import { envelope, signTx } from '../../core/txEnvelope.ts'
import { address, depositTx, header, mutation, signedTx, unsignedTx } from './arbitrary.ts'
import { check } from './random.ts'

const key = new Uint8Array(32).fill(5)
const transaction = fc.oneof(
  unsignedTx.map((tx) => signTx(tx, key)),
  depositTx.map((tx) => envelope(tx, tx.from)),
)
const block: fc.Arbitrary<Block> = fc
  .tuple(header, fc.array(transaction, { maxLength: 4 }))
  .map(([value, transactions]) => ({ header: value, hash: headerHash(value), transactions }))

test('a block decodes to what was encoded, with hashes and senders', (t) => {
  check(
    t,
    fc.property(block, (value) => {
      const decoded = decodeBlock(encodeBlock(value))
      assert.ok(!('reject' in decoded))
      assert.equal(decoded.hash, value.hash)
      assert.deepEqual(encodeHeader(decoded.header), encodeHeader(value.header))
      assert.deepEqual(decoded.transactions.map(identity), value.transactions.map(identity))
    }),
    { numRuns: 60 },
  )
})

test('accepts one encoding per block, without throwing on others', (t) => {
  const property = fc.property(mutation(block.map(encodeBlock)), (raw) => {
    const decoded = decodeBlock(raw)
    if (!('reject' in decoded)) assert.deepEqual(encodeBlock(decoded), raw)
  })
  check(t, property, { numRuns: 1_000 })
})

test('takes known senders instead of recovering them, one per transaction', (t) => {
  check(
    t,
    fc.property(fc.array(fc.tuple(signedTx, address), { maxLength: 4 }), (pairs) => {
      const transactions = pairs.map(([tx, from]) => envelope(tx, from))
      const senders = pairs.map(([, from]) => from)
      const body = encodeBody(transactions)
      const decoded = decodeBody(body, { senders })
      assert.ok(!('reject' in decoded))
      assert.deepEqual(decoded.map(identity), transactions.map(identity))
      assert.deepEqual(decodeBody(body, { senders: [...senders, ...senders, key as never] }), {
        reject: 'block_malformed',
      })
    }),
    { numRuns: 50 },
  )
})

const [sampleHeader] = fc.sample(header, { seed: 2, numRuns: 1 })
const headerItem = decodeRlp(encodeHeader(sampleHeader!))!
const legacyTx = signTx(
  { type: 0, chainId: 1n, nonce: 0n, gasPrice: 1n, gas: 21_000n, to: undefined, value: 0n, data: key },
  key,
)
const legacyItem = decodeRlp(legacyTx.raw)!

test('refuses a block of another shape', () => {
  const cases: Readonly<Record<string, RlpItem>> = {
    'a string': key,
    'no withdrawals': [headerItem, [], []],
    'an additional list': [headerItem, [], [], [], []],
    'an ommer': [headerItem, [], [headerItem], []],
    'a withdrawal': [headerItem, [], [], [[]]],
    'ommers as a string': [headerItem, [], new Uint8Array(0), []],
    'transactions as a string': [headerItem, key, [], []],
    'a header of one field': [[key], [], [], []],
    'a legacy transaction as a string': [headerItem, [legacyTx.raw], [], []],
  }
  for (const [name, item] of Object.entries(cases)) {
    assert.deepEqual(decodeBlock(encodeRlp(item)), { reject: 'block_malformed' }, name)
  }
  const valid = decodeBlock(encodeRlp([headerItem, [legacyItem], [], []]))
  assert.ok(!('reject' in valid))
})

test('names the reject of a transaction that cannot be opened', () => {
  const empty = [headerItem, [new Uint8Array(0)], [], []]
  assert.deepEqual(decodeBlock(encodeRlp(empty)), { reject: 'tx_malformed' })
  const blob = [headerItem, [Uint8Array.of(3, 0xc0)], [], []]
  assert.deepEqual(decodeBlock(encodeRlp(blob)), { reject: 'tx_type_unsupported' })
})

test('takes impersonated transactions only where they are allowed', () => {
  const from = `0x${'0d'.repeat(20)}` as typeof legacyTx.from
  const body = encodeBody([impersonate(legacyTx.tx, from)])
  assert.deepEqual(decodeBody(body), { reject: 'invalid_signature' })
  const allowed = decodeBody(body, { impersonation: true })
  assert.ok(!('reject' in allowed))
  assert.equal(allowed[0]?.from, from)
})

function identity({ hash, from, raw, tx }: Block['transactions'][number]) {
  return { hash, from, raw: Uint8Array.from(raw), type: tx.type }
}
