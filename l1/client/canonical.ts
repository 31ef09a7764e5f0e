import type { Hash } from '../../core/hex.ts'
import { toQuantity } from '../../core/json.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { L1Ref } from '../source.ts'
import { type L1Header, parseHeader } from './header.ts'
import type { L1Log } from './health.ts'
import { isOutage, outage } from './outage.ts'
import type { Pool } from './pool.ts'
import type { Provider } from './provider.ts'
import { isNoSuchBlock } from './wording.ts'

/** What the nodes agree on: heads and hashes, each computed from the header that was given. See `L1Source`. */
export type Canonical = {
  head(): Promise<L1Ref>
  finalized(): Promise<L1Ref | undefined>
  hashAt(number: bigint): Promise<Hash | undefined>
}

/**
 * With one node its word counts; with more, every node that answers must say the same and two must answer. Where they
 * contradict each other there is no answer but `l1_disagree`; one that is behind only holds back the head.
 */
export function createCanonical(options: {
  readonly pool: Pool
  readonly clock: Clock
  readonly log: L1Log
}): Canonical {
  const { pool, clock, log } = options
  const quorum = Math.min(2, pool.providers.length)
  let isTold = false
  let isStale = false

  async function vote(number: bigint): Promise<Hash | 'contradiction' | undefined> {
    const answers = await pool.all((provider) => headerAt(provider, number))
    const hashes = answers.flatMap((answer) => (answer === undefined || isOutage(answer) ? [] : [answer.hash]))
    if (new Set(hashes).size > 1) return 'contradiction'
    if (hashes.length >= quorum) return hashes[0]
    const failed = answers.filter(isOutage)
    if (hashes.length + failed.length >= quorum && failed[0] !== undefined) throw failed[0]
    return undefined
  }

  function disagree(number: bigint): never {
    if (!isTold) log.warn({ number, code: 'l1_disagree' }, 'L1 nodes contradict each other')
    isTold = true
    throw outage('l1_disagree', `the L1 nodes do not agree on block ${number}`)
  }

  function agreed<T>(value: T): T {
    if (isTold) log.info({ code: 'l1_disagree' }, 'L1 nodes agree again')
    isTold = false
    return value
  }

  /** A node that hangs on an old block answers like one on a quiet chain: only its time tells. */
  function watchAge({ number, timestamp }: L1Header): void {
    const wasStale = isStale
    isStale = clock.nowMs() - Number(timestamp) * 1_000 > staleMs
    if (isStale && !wasStale) log.warn({ number, code: 'l1_stale' }, 'the newest block of L1 is old')
    if (!isStale && wasStale) log.info({ number, code: 'l1_stale' }, 'L1 goes on')
  }

  async function hashAt(number: bigint): Promise<Hash | undefined> {
    const hash = await vote(number)
    return hash === 'contradiction' ? disagree(number) : agreed(hash)
  }

  async function head(): Promise<L1Ref> {
    const answers = await pool.all(newest)
    const heads = answers.flatMap((answer) => (isOutage(answer) ? [] : [answer]))
    heads.sort((a, b) => (a.number < b.number ? 1 : -1))
    const highest = heads[quorum - 1]
    if (highest === undefined) throw answers.find(isOutage) ?? outage('l1_unreachable', 'no L1 node answers')
    watchAge(highest)
    if (quorum === 1) return { number: highest.number, hash: highest.hash }
    // At the tip honest nodes differ for a moment: the newest block that they agree on is not far below.
    for (let depth = 0n; depth <= maxDispute && depth <= highest.number; depth = depth * 2n + 1n) {
      const number = highest.number - depth
      const hash = await vote(number)
      if (hash !== undefined && hash !== 'contradiction') return agreed({ number, hash })
    }
    return disagree(highest.number)
  }

  async function finalized(): Promise<L1Ref | undefined> {
    const answers = await pool.all(finalOf)
    const failed = answers.filter(isOutage)
    if (answers.length - failed.length < quorum && failed[0] !== undefined) throw failed[0]
    let lowest: L1Header | undefined
    for (const answer of answers) {
      if (answer === undefined) return undefined
      if (!isOutage(answer) && (lowest === undefined || answer.number < lowest.number)) lowest = answer
    }
    if (lowest === undefined) return undefined
    const { number, hash } = lowest
    if (quorum > 1 && (await hashAt(number)) !== hash) return disagree(number)
    return { number, hash }
  }

  return { head, finalized, hashAt }
}

const staleMs = 600_000
/** How many blocks below the newest one nodes may still differ before it is a contradiction. */
const maxDispute = 32n

async function headerAt(provider: Provider, number: bigint): Promise<L1Header | undefined> {
  const header = readHeader(provider, await provider.read('eth_getBlockByNumber', [toQuantity(number), false]))
  if (header !== undefined && header.number !== number) {
    throw outage('l1_bad_answer', `${provider.name} answers with a block of another height`)
  }
  return header
}

/** The newest block, and the proof in the same request that the node is still on our chain. */
async function newest(provider: Provider): Promise<L1Header> {
  const [chainId, json] = await provider.readAll([
    { method: 'eth_chainId', params: [] },
    { method: 'eth_getBlockByNumber', params: ['latest', false] },
  ])
  provider.checkChain(chainId)
  const header = readHeader(provider, json)
  if (header === undefined) throw outage('l1_missing', `${provider.name} has no newest block`)
  provider.sawHead(header.number)
  return header
}

async function finalOf(provider: Provider): Promise<L1Header | undefined> {
  const answer = await provider.ask({ method: 'eth_getBlockByNumber', params: ['finalized', false] })
  if ('result' in answer) return readHeader(provider, answer.result)
  if (isNoSuchBlock(answer.error)) return undefined
  throw outage('l1_rpc_error', `${provider.name} refuses a call with code ${answer.error.code}`)
}

function readHeader(provider: Provider, json: unknown): L1Header | undefined {
  if (json === null) return undefined
  const header = parseHeader(json)
  if (header === undefined) throw outage('l1_bad_answer', `${provider.name} gives a header that is not of its hash`)
  return header
}
