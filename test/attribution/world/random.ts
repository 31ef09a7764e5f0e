/** Reproducible chance: the same seed gives the same choices. */
export type Random = {
  /** A whole number in [0, limit). */
  below(limit: number): number
  /** A whole number in [from, to]. */
  between(from: number, to: number): number
  /** True with this probability. */
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  shuffle<T>(items: readonly T[]): T[]
  bytes(length: number): Uint8Array
  /** A number of up to so many bits; often small, often near the top. */
  bits(width: number): bigint
}

/** Chance from a seed of one or more numbers (sfc32, seeded by splitmix32). */
export function createRandom(...seed: readonly number[]): Random {
  let mix = seed.reduce((sum, part) => Math.imul(sum ^ (sum >>> 15), 0x2c1b3c6d) + part, 0) >>> 0
  const split = () => {
    mix = (mix + 0x9e3779b9) | 0
    let z = mix ^ (mix >>> 16)
    z = Math.imul(z, 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return (z ^ (z >>> 15)) | 0
  }
  let [a, b, c, counter] = [split(), split(), split(), 1]
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return sum >>> 0
  }
  for (let warm = 0; warm < 12; warm++) next()
  const below = (limit: number) => Math.floor((next() / 2 ** 32) * limit)
  const bigBelow = (width: number) => {
    let value = 0n
    for (let got = 0; got < width; got += 32) value = (value << 32n) | BigInt(next())
    return BigInt.asUintN(width, value)
  }
  return {
    below,
    between: (from, to) => from + below(to - from + 1),
    chance: (probability) => next() / 2 ** 32 < probability,
    pick: (items) => items[below(items.length)]!,
    shuffle: (items) => {
      const shuffled = [...items]
      for (let at = shuffled.length - 1; at > 0; at--) {
        const other = below(at + 1)
        ;[shuffled[at], shuffled[other]] = [shuffled[other]!, shuffled[at]!]
      }
      return shuffled
    },
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
    bits: (width) => {
      const kind = below(4)
      if (kind === 0) return BigInt(below(3))
      if (kind === 1) return 2n ** BigInt(width) - 1n - BigInt(below(3))
      return bigBelow(kind === 2 ? Math.max(1, width >> 1) : width)
    },
  }
}
