import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesToHex, type Hash, hexToBytes } from '../../core/hex.ts'
import {
  decodeL1Attributes,
  depositSourceHash,
  encodeL1Attributes,
  l1AttributesBytes,
  l1AttributesDeposit,
} from '../../core/l1Attributes.ts'
import type { L1Inputs } from '../../core/ports/l1.ts'
import { decodeTx } from '../../core/txDecode.ts'
import { encodeTx } from '../../core/txEncode.ts'
import { hash, uint64, uint256 } from './arbitrary.ts'
import { check } from './random.ts'

const config = {
  batcherHash: hash,
  gasLimit: uint64,
  eip1559Denominator: fc.nat(),
  eip1559Elasticity: fc.nat(),
  daFeeScalar: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
}
const origin = {
  number: uint64,
  hash,
  timestamp: uint64,
  baseFee: uint256,
  blobBaseFee: uint256,
  mixHash: hash,
  parentBeaconBlockRoot: hash,
}
const inputs: fc.Arbitrary<L1Inputs> = fc.record({
  origin: fc.record(origin),
  config: fc.record(config),
  sequenceNumber: uint64,
  deposits: fc.constant([]),
})

test('the attributes decode to what was encoded, in 178 bytes', (t) => {
  check(
    t,
    fc.property(inputs, (value) => {
      const data = encodeL1Attributes(value)
      assert.equal(data.length, 178)
      const { number, hash, timestamp, baseFee, blobBaseFee } = value.origin
      assert.deepEqual(decodeL1Attributes(data), {
        origin: { number, hash, timestamp, baseFee, blobBaseFee },
        sequenceNumber: value.sequenceNumber,
        batcherHash: value.config.batcherHash,
        daFeeScalar: value.config.daFeeScalar,
      })
    }),
  )
})

const sample: L1Inputs = {
  origin: {
    number: 0x0102n,
    hash: `0x${'aa'.repeat(32)}` as Hash,
    timestamp: 0x0304n,
    baseFee: 0x05n,
    blobBaseFee: 0x06n,
    mixHash: `0x${'bb'.repeat(32)}` as Hash,
    parentBeaconBlockRoot: `0x${'cc'.repeat(32)}` as Hash,
  },
  config: {
    batcherHash: `0x${'dd'.repeat(32)}` as Hash,
    gasLimit: 8_000_000n,
    eip1559Denominator: 56,
    eip1559Elasticity: 8,
    daFeeScalar: 7,
  },
  sequenceNumber: 9n,
  deposits: [],
}

test('the fields are where the OP Stack puts them', () => {
  const expected = [
    '3db6be2b',
    '00000000',
    '00000007',
    '0000000000000009',
    '0000000000000304',
    '0000000000000102',
    '05'.padStart(64, '0'),
    '06'.padStart(64, '0'),
    'aa'.repeat(32),
    'dd'.repeat(32),
    '00'.repeat(4 + 8 + 2),
  ]
  assert.equal(bytesToHex(encodeL1Attributes(sample)), `0x${expected.join('')}`)
})

test('refuses another selector, length or a scalar this chain does not use', () => {
  const data = encodeL1Attributes(sample)
  for (const index of [0, 3, 4, 7, 164, l1AttributesBytes - 1]) {
    assert.equal(decodeL1Attributes(data.with(index, 1)), undefined, `byte ${index}`)
  }
  assert.equal(decodeL1Attributes(data.subarray(0, 177)), undefined)
  assert.equal(decodeL1Attributes(Uint8Array.of(...data, 0)), undefined)
})

test('the attributes deposit is a deposit of the system to the L1Block contract', () => {
  const deposit = l1AttributesDeposit(sample)
  assert.equal(deposit.from, '0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001')
  assert.equal(deposit.to, '0x4200000000000000000000000000000000000015')
  assert.deepEqual([deposit.mint, deposit.value, deposit.gas, deposit.isSystemTx], [0n, 0n, 1_000_000n, false])
  const decoded = decodeTx(encodeTx(deposit))
  assert.ok('tx' in decoded)
  const later = l1AttributesDeposit({ ...sample, sequenceNumber: 10n })
  assert.notEqual(later.sourceHash, deposit.sourceHash)
})

test('derives the source hash of the published upgrade deposit', () => {
  const intent = 'Ecotone: L1 Block Deployment'
  const expected = '0x877a6077205782ea15a6dc8699fa5ebcec5e0f4389f09cb8eda09488231346f8'
  assert.equal(depositSourceHash({ domain: 'upgrade', intent }), expected)
})

test('keeps user deposits apart from attributes of the same block and number', () => {
  const l1BlockHash = sample.origin.hash
  const user = depositSourceHash({ domain: 'user', l1BlockHash, logIndex: 1n })
  assert.notEqual(user, depositSourceHash({ domain: 'attributes', l1BlockHash, sequenceNumber: 1n }))
  assert.notEqual(user, depositSourceHash({ domain: 'user', l1BlockHash, logIndex: 2n }))
  assert.equal(hexToBytes(user).length, 32)
})
