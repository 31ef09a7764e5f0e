import { type Hash, hexToBytes } from '../../../core/hex.ts'
import type { BlockEnv } from '../../engine.ts'
import { wordOf } from './frameMemory.ts'
import type { RunState } from './interpreterClass.ts'
import type { FastOp } from './memoryOps.ts'

/** How far BLOCKHASH sees: the parent is 1 away. */
const window = 256n

/** The hashes that one block's transactions can read, each looked up once: a look-up is a read from disk. */
export type BlockHashes = {
  /** Starts a block: forgets what was read for another. */
  bind(env: Pick<BlockEnv, 'number' | 'parentHash'>): void
  /** What BLOCKHASH gives: 0 for a number that is not among the last 256. */
  word(number: bigint): bigint
}

/** `lookUp` gives the hash of an ancestor before the parent; undefined reads as zero. */
export function createBlockHashes(lookUp: (number: bigint) => Hash | undefined): BlockHashes {
  const words = new Map<bigint, bigint>()
  let next = 0n
  return {
    bind({ number, parentHash }) {
      next = number
      words.clear()
      words.set(number - 1n, toWord(parentHash))
    },
    word(number) {
      if (number >= next || number + window < next) return 0n
      let word = words.get(number)
      if (word === undefined) {
        word = toWord(lookUp(number))
        words.set(number, word)
      }
      return word
    },
  }
}

/** Hot path: BLOCKHASH without a promise. */
export const blockHashOps: ReadonlyMap<number, FastOp> = new Map<number, FastOp>([
  [0x40, { run: ({ stack, blockchain }) => stack.push(hashesOf(blockchain).word(stack.pop())) }],
])

/** The library hands its opcodes a chain of blocks: ours is not asked for blocks. */
export type HashChain = RunState['blockchain'] & { readonly hashes: BlockHashes }

export function createHashChain(hashes: BlockHashes): HashChain {
  const chain: HashChain = {
    hashes,
    getBlock: () => Promise.reject(new Error('blocks are not part of execution')),
    putBlock: () => Promise.reject(new Error('blocks are not part of execution')),
    shallowCopy: () => chain,
  }
  return chain
}

function hashesOf(chain: RunState['blockchain']): BlockHashes {
  return (chain as HashChain).hashes
}

function toWord(hash: Hash | undefined): bigint {
  return hash === undefined ? 0n : wordOf(hexToBytes(hash))
}
