import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodePacked } from 'viem'
import {
  decodeUpdates,
  encodeUpdates,
  maxUpdates,
  type SignedVoucher,
  updateBytes,
} from '../../../attribution/kernel/updates.ts'
import { bytesToHex, concatBytes } from '../../../core/hex.ts'
import { bytes, fixed, mutation } from '../../core/arbitrary.ts'
import { check } from '../../core/random.ts'
import { voucher } from './arbitrary.ts'

const update: fc.Arbitrary<SignedVoucher> = fc
  .tuple(voucher, fixed(64))
  .map(([each, signature]) => ({ ...each, signature }))
const updates = fc
  .uniqueArray(update, { minLength: 1, maxLength: 12, selector: ({ channel }) => channel })
  .map((list) => list.sort((a, b) => (a.channel < b.channel ? -1 : 1)))

test('updates take 119 bytes each, as specified, and come back', (t) => {
  assert.equal(updateBytes, 119)
  check(
    t,
    fc.property(updates, (list) => {
      const encoded = encodeUpdates(list)
      const packed = list.map(({ channel, sequence, cumulative, head, signature }) =>
        encodePacked(
          ['uint48', 'uint40', 'uint96', 'bytes32', 'bytes'],
          [Number(channel), Number(sequence), cumulative, head, bytesToHex(signature)],
        ).slice(2),
      )
      assert.equal(bytesToHex(encoded), `0x${packed.join('')}`)
      assert.deepEqual(decodeUpdates(encoded), list)
    }),
  )
})

test('updates have one encoding', (t) => {
  check(
    t,
    fc.property(fc.oneof(mutation(updates.map(encodeUpdates)), bytes(400)), (input) => {
      const decoded = decodeUpdates(input)
      if (input.length === 0 || input.length % 119 !== 0) assert.equal(decoded, undefined)
      if (decoded !== undefined) assert.deepEqual(encodeUpdates(decoded), input)
    }),
    { numRuns: 1_000 },
  )
})

test('channels out of order or twice, no update and more than 256 are refused', () => {
  const [each] = fc.sample(update, { seed: 5, numRuns: 1 })
  const row = (count: number) => Array.from({ length: count }, (_, at) => ({ ...each!, channel: BigInt(at + 1) }))
  const one = (channel: bigint) => encodeUpdates([{ ...each!, channel }])
  assert.equal(decodeUpdates(concatBytes(one(1n), one(2n)))?.length, 2)
  assert.equal(decodeUpdates(concatBytes(one(2n), one(1n))), undefined)
  assert.equal(decodeUpdates(concatBytes(one(2n), one(2n))), undefined)
  assert.equal(decodeUpdates(concatBytes(one(1n), one(3n), one(2n))), undefined)
  assert.equal(decodeUpdates(encodeUpdates(row(maxUpdates)))?.length, 256)
  assert.equal(decodeUpdates(concatBytes(encodeUpdates(row(maxUpdates)), one(300n))), undefined)
  assert.equal(decodeUpdates(new Uint8Array(0)), undefined)
  assert.throws(() => encodeUpdates([]), /1 to 256/)
  assert.throws(() => encodeUpdates(row(257)), /1 to 256/)
  assert.throws(() => encodeUpdates(row(2).reverse()), /ascend/)
  assert.throws(() => encodeUpdates([{ ...each!, signature: new Uint8Array(65) }]), /64 bytes/)
})
