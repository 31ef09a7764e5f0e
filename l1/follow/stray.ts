import { assert } from '../../core/errors.ts'
import type { Hash } from '../../core/hex.ts'
import { decodeL1Attributes } from '../../core/l1Attributes.ts'
import type { Chain } from '../../state/chain.ts'
import type { L1Ref } from '../source.ts'

/**
 * The newest block that no L1 block up to `known` contradicts, at least the safe head; those after it must go: L1 dropped
 * their origins, and with them their deposits. Of an origin after `known` nobody can tell yet.
 */
export type NewestOnL1 = (known: bigint, hashOf: (l1Number: bigint) => Hash | undefined) => bigint

/**
 * Origins never go back along a chain, and blocks with one origin number agree on its hash, so few blocks are read: the
 * search goes up from where it ended the last time, because there may be many after it.
 */
export function createNewestOnL1({ heads, reader }: Pick<Chain, 'heads' | 'reader'>): NewestOnL1 {
  let lastEnd = 0n

  function originAt(number: bigint): L1Ref {
    const block = reader.blockByHash(reader.hashByNumber(number)!)
    const attributes = decodeL1Attributes(block!.transactions[0]!.tx.data)
    assert(attributes !== undefined, 'a block begins with its L1 attributes')
    return attributes.origin
  }

  return (known, hashOf) => {
    const { unsafe, safe } = heads()
    if (unsafe.number === safe.number) return unsafe.number
    const isReached = (number: bigint) => originAt(number).number <= known
    const isOnL1 = (number: bigint) => {
      const origin = originAt(number)
      return hashOf(origin.number) === origin.hash
    }
    const isStart = lastEnd > safe.number && lastEnd <= unsafe.number && isReached(lastEnd)
    const last = lastThat(isStart ? lastEnd : safe.number, unsafe.number, isReached)
    lastEnd = last
    if (last === safe.number || isOnL1(last)) return unsafe.number
    return lastThat(safe.number, last - 1n, isOnL1)
  }
}

/** The last number from `low` to `high` that holds, given that `low` does and that with a number every smaller one does. */
function lastThat(low: bigint, high: bigint, holds: (number: bigint) => boolean): bigint {
  let [yes, no, step] = [low, high + 1n, 1n]
  while (no - yes > 1n) {
    const guess = yes + step < no ? yes + step : no - 1n
    if (holds(guess)) {
      yes = guess
      step *= 2n
    } else {
      no = guess
      step = step > 1n ? step / 2n : 1n
    }
  }
  return yes
}
