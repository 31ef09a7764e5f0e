import type { Address, Hash } from '../../core/hex.ts'
import { type BlockId, blockNumber, latest } from './blockId.ts'
import { type Bad, bad, isBad, isObject, type Param, param } from './param.ts'
import { address, hash } from './values.ts'

/** Which logs: any of the addresses (none: all), and per position any of the topics (none: all). */
export type LogFilter = {
  readonly addresses: readonly Address[]
  readonly topics: readonly (readonly Hash[])[]
}

/** Which blocks: one by hash, or a range. */
export type LogRange = { readonly blockHash: Hash } | { readonly from: BlockId; readonly to: BlockId }

export type LogQuery = { readonly filter: LogFilter; readonly range: LogRange }

/** Most addresses, and most topics in all, that a filter names (as in geth). */
export const maxFilterValues = 1000

/** The filter object of eth_getLogs, eth_newFilter and the logs subscription. */
export const logQuery: Param<LogQuery> = param('FILTER', (value): LogQuery | Bad => {
  if (!isObject(value)) return bad('object expected')
  const addresses = parseOneOrMany(value.address, address, 'addresses')
  if (isBad(addresses)) return addresses
  const topics = parseTopics(value.topics)
  if (isBad(topics)) return topics
  const range = parseRange(value)
  return isBad(range) ? range : { filter: { addresses, topics }, range }
})

function parseRange({ blockHash, fromBlock, toBlock }: Record<string, unknown>): LogRange | Bad {
  if (isGiven(blockHash)) {
    if (isGiven(fromBlock) || isGiven(toBlock)) {
      return bad('cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other')
    }
    const parsed = hash.parse(blockHash)
    return isBad(parsed) ? bad(`blockHash: ${parsed.bad}`) : { blockHash: parsed }
  }
  const from = isGiven(fromBlock) ? blockNumber.parse(fromBlock) : latest
  if (isBad(from)) return bad(`fromBlock: ${from.bad}`)
  const to = isGiven(toBlock) ? blockNumber.parse(toBlock) : latest
  return isBad(to) ? bad(`toBlock: ${to.bad}`) : { from, to }
}

function parseTopics(value: unknown): readonly (readonly Hash[])[] | Bad {
  if (!isGiven(value)) return []
  if (!Array.isArray(value)) return bad('topics: array expected')
  if (value.length > 4) return bad('exceed max topics')
  const topics: (readonly Hash[])[] = []
  let total = 0
  for (const position of value) {
    const parsed = parseOneOrMany(position, hash, 'topics')
    if (isBad(parsed)) return parsed
    total += parsed.length
    if (total > maxFilterValues) return bad(`exceed max topics: at most ${maxFilterValues}`)
    topics.push(parsed)
  }
  return topics
}

/** null, one value, or a list; in a list of topics null means any. */
function parseOneOrMany<T>(value: unknown, inner: Param<T>, name: string): readonly T[] | Bad {
  if (!isGiven(value)) return []
  if (!Array.isArray(value)) {
    const parsed = inner.parse(value)
    return isBad(parsed) ? bad(`${name}: ${parsed.bad}`) : [parsed]
  }
  if (value.length > maxFilterValues) return bad(`exceed max ${name}: at most ${maxFilterValues}`)
  const values = new Set<T>()
  for (const item of value) {
    if (name === 'topics' && item === null) return []
    const parsed = inner.parse(item)
    if (isBad(parsed)) return bad(`${name}: ${parsed.bad}`)
    values.add(parsed)
  }
  return [...values]
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}
