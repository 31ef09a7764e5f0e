import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  childExtraData,
  decodeExtraData,
  eip1559BaseFee,
  encodeExtraData,
  feeTarget,
  nextBaseFee,
  nextFloor,
} from '../../state/fees.ts'
import { createTestChain, gwei } from './testChain.ts'

const rules = { minBaseFee: 1_000n, maxFloorFee: 500n * gwei }
const { head } = await createTestChain()

test('extraData is 0x01, denominator, elasticity and floor, and nothing else decodes', () => {
  const bytes = encodeExtraData({ denominator: 56, elasticity: 8, floor: 0x0102n })
  assert.equal(Buffer.from(bytes).toString('hex'), '0100000038000000080000000000000102')
  assert.deepEqual(decodeExtraData(bytes), { denominator: 56, elasticity: 8, floor: 0x0102n })
  assert.equal(decodeExtraData(bytes.subarray(1)), undefined)
  assert.equal(decodeExtraData(Uint8Array.of(...bytes, 0)), undefined)
  assert.equal(decodeExtraData(bytes.with(0, 0)), undefined)
  assert.equal(decodeExtraData(bytes.with(4, 0)), undefined)
  assert.equal(decodeExtraData(bytes.with(8, 0)), undefined)
  assert.throws(() => encodeExtraData({ denominator: 0, elasticity: 8, floor: 0n }))
  assert.throws(() => encodeExtraData({ denominator: 1, elasticity: 8, floor: 2n ** 64n }))
})

test('the base fee follows EIP-1559 with the denominators of the parent', () => {
  const params = { denominator: 8, elasticity: 2 }
  const parent = { baseFeePerGas: 1_000n, gasLimit: 200n }
  assert.equal(eip1559BaseFee({ ...parent, gasUsed: 100n }, params), 1_000n)
  assert.equal(eip1559BaseFee({ ...parent, gasUsed: 200n }, params), 1_125n)
  assert.equal(eip1559BaseFee({ ...parent, gasUsed: 0n }, params), 875n)
  assert.equal(eip1559BaseFee({ ...parent, gasUsed: 101n }, params), 1_001n)
  // A rise is at least 1 wei, a fall may be none.
  assert.equal(eip1559BaseFee({ baseFeePerGas: 1n, gasLimit: 200n, gasUsed: 101n }, params), 2n)
  assert.equal(eip1559BaseFee({ baseFeePerGas: 1n, gasLimit: 200n, gasUsed: 99n }, params), 1n)
  assert.equal(
    eip1559BaseFee({ baseFeePerGas: 1_000n, gasLimit: 1_600n, gasUsed: 1_600n }, { denominator: 56, elasticity: 8 }),
    1_125n,
  )
})

test('the base fee does not fall below the floor of the parent', () => {
  const extraData = encodeExtraData({ denominator: 8, elasticity: 2, floor: 990n })
  assert.equal(nextBaseFee({ ...head(), extraData, baseFeePerGas: 1_000n, gasUsed: 0n }), 990n)
  assert.equal(nextBaseFee({ ...head(), extraData, baseFeePerGas: 10_000n, gasUsed: 0n }), 8_750n)
})

test('the floor target takes the cheaper of calldata and blobs, within its bounds', () => {
  // 40 * 1 gwei against 1 gwei per blob gas: blobs; scalar 4,000 is a tenth.
  assert.equal(feeTarget({ baseFee: gwei, blobBaseFee: gwei }, 4_000, rules), gwei / 10n)
  assert.equal(feeTarget({ baseFee: gwei, blobBaseFee: 100n * gwei }, 4_000, rules), 4n * gwei)
  assert.equal(feeTarget({ baseFee: gwei, blobBaseFee: 1n }, 4_000, rules), rules.minBaseFee)
  assert.equal(feeTarget({ baseFee: gwei, blobBaseFee: gwei }, 0xffff_ffff, rules), rules.maxFloorFee)
  // The product comes before the quotient: 3 * 20,000 / 40,000 = 1.5.
  assert.equal(feeTarget({ baseFee: 1n, blobBaseFee: 3n }, 20_000, { minBaseFee: 0n, maxFloorFee: 10n }), 1n)
})

test('the floor moves by at most an eighth per block, and away from zero', () => {
  assert.equal(nextFloor(800n, 10_000n), 901n)
  assert.equal(nextFloor(800n, 0n), 700n)
  assert.equal(nextFloor(800n, 850n), 850n)
  assert.equal(nextFloor(0n, 5n), 1n)
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 63n), fc.bigInt(0n, 2n ** 63n), (floor, target) => {
      const next = nextFloor(floor, target)
      assert(next >= (floor * 7n) / 8n && next <= (floor * 9n) / 8n + 1n)
      // It never moves away from the target.
      assert(
        (target >= floor && next >= floor && next <= target) || (target <= floor && next <= floor && next >= target),
      )
    }),
    { seed: 1559 },
  )
})

test("a child's extraData carries the configuration at its origin and the next floor", () => {
  const config = { eip1559Denominator: 7, eip1559Elasticity: 3, daFeeScalar: 40_000 }
  const child = childExtraData(head(), { baseFee: gwei, blobBaseFee: gwei }, config, rules)
  assert.deepEqual(decodeExtraData(child), { denominator: 7, elasticity: 3, floor: (1_000n * 9n) / 8n + 1n })
})
