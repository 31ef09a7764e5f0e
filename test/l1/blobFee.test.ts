import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blobBaseFee } from '../../l1/blobFee.ts'

const [cancun, prague, bpo1, bpo2] = [3_338_477n, 5_007_716n, 8_346_193n, 11_684_671n]
const at = (excess: bigint, updateFraction: bigint) => blobBaseFee(excess, 0n, [{ timestamp: 0n, updateFraction }])

test('the blob base fee is that of Ethereum, fork by fork', () => {
  assert.equal(at(0n, cancun), 1n)
  assert.equal(at(2_314_057n, cancun), 1n)
  assert.equal(at(2_314_058n, cancun), 2n)
  assert.equal(at(10n * 1024n * 1024n, cancun), 23n)
  assert.equal(at(20n * cancun, cancun), 485_165_195n)
  assert.equal(at(40_000_000n, cancun), 159_773n)
  assert.equal(at(40_000_000n, prague), 2944n)
  assert.equal(at(40_000_000n, bpo1), 120n)
  assert.equal(at(40_000_000n, bpo2), 30n)
})

test('a fork counts from its first second', () => {
  const schedule = [
    { timestamp: 0n, updateFraction: cancun },
    { timestamp: 1000n, updateFraction: prague },
    { timestamp: 2000n, updateFraction: bpo1 },
  ]
  assert.equal(blobBaseFee(40_000_000n, 999n, schedule), 159_773n)
  assert.equal(blobBaseFee(40_000_000n, 1000n, schedule), 2944n)
  assert.equal(blobBaseFee(40_000_000n, 1999n, schedule), 2944n)
  assert.equal(blobBaseFee(40_000_000n, 2000n, schedule), 120n)
  assert.throws(() => blobBaseFee(0n, 5n, [{ timestamp: 6n, updateFraction: cancun }]), /schedule/)
})

test('what no L1 can say ends at once, at the largest number', { timeout: 5000 }, () => {
  assert.equal(at(2n ** 64n - 1n, 1n), 2n ** 256n - 1n)
  assert.equal(at(2n ** 64n - 1n, cancun), 2n ** 256n - 1n)
  assert.equal(at(178n * cancun, cancun), 2n ** 256n - 1n)
  const large = at(177n * cancun, cancun)
  assert.ok(large < 2n ** 256n - 1n && large > 2n ** 255n)
})
