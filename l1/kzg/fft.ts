/** What a transform needs of its values, and of the scalars that they are multiplied by. */
export type FftOps<T> = {
  add(a: T, b: T): T
  sub(a: T, b: T): T
  mul(value: T, scalar: bigint): T
}

/** The order of BLS12-381's scalar field. */
export const scalarOrder = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n

/** Scalars themselves. */
export const scalarOps: FftOps<bigint> = {
  add: (a, b) => {
    const sum = a + b
    return sum >= scalarOrder ? sum - scalarOrder : sum
  },
  sub: (a, b) => (a >= b ? a - b : a + scalarOrder - b),
  mul: (a, b) => (a * b) % scalarOrder,
}

/** The items in the order of their indices with the bits reversed; as many as a power of two. */
export function bitReversed<T>(items: readonly T[]): readonly T[] {
  const bits = Math.log2(items.length)
  return items.map((_, index) => items[reverseBits(index, bits)]!)
}

/** The polynomial with these coefficients at the powers of the root of unity of that order (EIP-7594). */
export function fft<T>(ops: FftOps<T>, coefficients: readonly T[]): readonly T[] {
  return transform(ops, coefficients, rootOf(coefficients.length))
}

/** The reverse of `fft`. */
export function inverseFft<T>(ops: FftOps<T>, values: readonly T[]): readonly T[] {
  const size = BigInt(values.length)
  const factor = inverse(size)
  return transform(ops, values, inverse(rootOf(values.length))).map((value) => ops.mul(value, factor))
}

/** Cooley and Tukey, in place of a copy. */
function transform<T>(ops: FftOps<T>, input: readonly T[], root: bigint): readonly T[] {
  const values = [...bitReversed(input)]
  const powers = powersOf(root, values.length / 2)
  for (let half = 1; half < values.length; half *= 2) {
    const stride = values.length / (2 * half)
    for (let start = 0; start < values.length; start += 2 * half) {
      for (let index = 0; index < half; index++) {
        const low = values[start + index]!
        const high = values[start + index + half]!
        const turned = index === 0 ? high : ops.mul(high, powers[index * stride]!)
        values[start + index] = ops.add(low, turned)
        values[start + index + half] = ops.sub(low, turned)
      }
    }
  }
  return values
}

/** 7 generates the multiplicative group, whose order 2^32 divides. */
function rootOf(order: number): bigint {
  return power(7n, (scalarOrder - 1n) / BigInt(order))
}

function inverse(scalar: bigint): bigint {
  return power(scalar, scalarOrder - 2n)
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % scalarOrder) {
    if (rest & 1n) result = (result * square) % scalarOrder
  }
  return result
}

function powersOf(root: bigint, count: number): readonly bigint[] {
  const powers = [1n]
  while (powers.length < count) powers.push((powers.at(-1)! * root) % scalarOrder)
  return powers
}

function reverseBits(value: number, bits: number): number {
  let reversed = 0
  for (let bit = 0; bit < bits; bit++) reversed |= ((value >> bit) & 1) << (bits - 1 - bit)
  return reversed
}
