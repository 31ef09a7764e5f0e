import { type Hash, parseHash } from '../../core/hex.ts'
import { type Bad, bad, isBad, isObject, type Param, param } from './param.ts'
import { parseQuantity } from './values.ts'

export const blockTags = ['latest', 'earliest', 'pending', 'safe', 'finalized'] as const
export type BlockTag = (typeof blockTags)[number]

/** Which block a request means: a tag, a number, or EIP-1898's hash. */
export type BlockId =
  | { readonly tag: BlockTag }
  | { readonly number: bigint }
  | { readonly hash: Hash; readonly requireCanonical: boolean }

export const latest: BlockId = { tag: 'latest' }

/** A tag or a number. */
export const blockNumber: Param<BlockId> = param('BLOCK_NUMBER', parseBlockNumber)

/** A tag, a number, a hash, or EIP-1898's `{ blockNumber }` / `{ blockHash, requireCanonical }`. */
export const blockId: Param<BlockId> = param('BLOCK', (value) => {
  const hash = parseHash(value)
  if (hash !== undefined) return { hash, requireCanonical: false }
  return isObject(value) ? parseObject(value) : parseBlockNumber(value)
})

function parseBlockNumber(value: unknown): BlockId | Bad {
  for (const tag of blockTags) if (value === tag) return { tag }
  const number = parseQuantity(value, 64)
  return isBad(number) ? number : { number }
}

function parseObject(value: Record<string, unknown>): BlockId | Bad {
  const { blockNumber: number, blockHash: hash, requireCanonical = false } = value
  if (number !== undefined && hash !== undefined) {
    return bad('cannot specify both BlockHash and BlockNumber, choose one or the other')
  }
  if (number !== undefined) return parseBlockNumber(number)
  const parsed = parseHash(hash)
  if (parsed === undefined) return bad('blockHash: hash expected')
  if (typeof requireCanonical !== 'boolean') return bad('requireCanonical: boolean expected')
  return { hash: parsed, requireCanonical }
}
