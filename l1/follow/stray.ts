import { assert } from '../../core/errors.ts'
import type { Hash } from '../../core/hex.ts'
import { decodeL1Attributes } from '../../core/l1Attributes.ts'
import type { Chain } from '../../state/chain.ts'
import type { L1Ref } from '../source.ts'
import { largestThatHolds } from './ancestor.ts'

/**
 * The newest block that no L1 block up to `known` contradicts, at least the safe head; those after it must go: L1 dropped
 * their origins, and with them their deposits. Of an origin after `known` nobody can tell yet. Origins never go back along
 * a chain, and blocks with one origin number agree on its hash, so few blocks are read.
 */
export async function newestOnL1(
  { heads, reader }: Pick<Chain, 'heads' | 'reader'>,
  known: bigint,
  hashOf: (l1Number: bigint) => Hash | undefined,
): Promise<bigint> {
  const { unsafe, safe } = heads()
  const originAt = (number: bigint): L1Ref => {
    const block = reader.blockByHash(reader.hashByNumber(number)!)
    const attributes = decodeL1Attributes(block!.transactions[0]!.tx.data)
    assert(attributes !== undefined, 'a block begins with its L1 attributes')
    return attributes.origin
  }
  const isOnL1 = (number: bigint): boolean => {
    const origin = originAt(number)
    return hashOf(origin.number) === origin.hash
  }
  const last = await largestThatHolds(safe.number, unsafe.number, async (number) => originAt(number).number <= known)
  if (last === safe.number || isOnL1(last)) return unsafe.number
  return await largestThatHolds(safe.number, last - 1n, async (number) => isOnL1(number))
}
