import { bytesToBigint } from '../../core/hex.ts'
import { createRandom } from '../core/random.ts'

/** Choices that follow from a seed. */
export type Dice = {
  /** 0 to `count` - 1. */
  below(count: number): number
  /** True once in so many times. */
  once(inTimes: number): boolean
  pick<T>(choices: readonly T[]): T
  bytes(length: number): Uint8Array
}

export function createDice(seed: number): Dice {
  const next = createRandom(seed)
  const below = (count: number) => Number(bytesToBigint(next().subarray(0, 6)) % BigInt(count))
  return {
    below,
    once: (inTimes) => below(inTimes) === 0,
    pick: (choices) => choices[below(choices.length)]!,
    bytes(length) {
      const bytes = new Uint8Array(length)
      for (let at = 0; at < length; at += 32) bytes.set(next().subarray(0, Math.min(32, length - at)), at)
      return bytes
    },
  }
}
