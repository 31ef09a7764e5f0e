import { assert } from '../core/errors.ts'
import type { BlobFork } from '../genesis/spec.ts'

/**
 * L1's blob base fee in wei per blob gas, from a header's excess blob gas and time in seconds (EIP-4844, EIP-7892).
 * The schedule is oldest first and begins no later than the header. At most 2^256 - 1, where no L1 can be.
 */
export function blobBaseFee(excessBlobGas: bigint, timestamp: bigint, schedule: readonly BlobFork[]): bigint {
  const fork = schedule.findLast((entry) => entry.timestamp <= timestamp)
  assert(fork !== undefined, 'the blob schedule begins before the block')
  return fakeExponential(excessBlobGas, fork.updateFraction)
}

const maxFee = 2n ** 256n - 1n

/** floor(e^(numerator / denominator)) by its Taylor series in integers: `fake_exponential(1, …)` of EIP-4844. */
function fakeExponential(numerator: bigint, denominator: bigint): bigint {
  // e^178 > 2^256; what a lying source says must not keep the series going for ever.
  if (numerator > 178n * denominator) return maxFee
  let sum = 0n
  let term = denominator
  for (let power = 1n; term > 0n; power++) {
    sum += term
    term = (term * numerator) / (denominator * power)
  }
  const fee = sum / denominator
  return fee < maxFee ? fee : maxFee
}
