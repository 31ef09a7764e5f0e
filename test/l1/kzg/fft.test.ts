import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bitReversed, fft, inverseFft, scalarOps, scalarOrder } from '../../../l1/kzg/fft.ts'

test('a transform gives the values at the powers of the root, its reverse the coefficients', () => {
  const order = 8
  const root = power(7n, (scalarOrder - 1n) / BigInt(order))
  const coefficients = [3n, 1n, 4n, 1n, 5n, scalarOrder - 9n, 0n, 6n]
  const values = Array.from({ length: order }, (_, index) => {
    const x = power(root, BigInt(index))
    return coefficients.reduceRight((sum, coefficient) => (sum * x + coefficient) % scalarOrder, 0n)
  })
  assert.deepEqual(fft(scalarOps, coefficients), values)
  assert.deepEqual(inverseFft(scalarOps, values), coefficients)
})

test('bits of indices are reversed', () => {
  assert.deepEqual(bitReversed([0, 1, 2, 3, 4, 5, 6, 7]), [0, 4, 2, 6, 1, 5, 3, 7])
  assert.deepEqual(bitReversed([0, 1]), [0, 1])
})

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let bit = 0n; bit < 256n; bit++) {
    result = (result * result) % scalarOrder
    if ((exponent >> (255n - bit)) & 1n) result = (result * base) % scalarOrder
  }
  return result
}
