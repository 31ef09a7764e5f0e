import { assert } from '../../core/errors.ts'
import { emptyBytes, type Hash, hexToBytes } from '../../core/hex.ts'
import { recoverAddress } from '../../core/secp256k1.ts'
import type { Alarm } from '../alarm.ts'
import { encodeOffer, encodeSigned, signingDigest } from './encode.ts'
import type { Attempt, Entry } from './entry.ts'
import type { BeginRefusal, SenderOptions, SenderTrouble } from './flight.ts'
import type { SendJournal } from './journal.ts'
import { choosePrice } from './price.ts'
import { type Content, loadOf, type SendRequest, transferGas } from './request.ts'

/** A request, or the cancellation that takes its place. */
export type Order = { readonly request: SendRequest; readonly isRequest: boolean }

/** An attempt as this process last offered it. */
export type Offer = { readonly hash: Hash; readonly atMs: number; readonly refused: SenderTrouble | undefined }

/** Signs, writes to the journal and offers to L1, in this order: the only place that makes transactions. */
export type Attempts = {
  /** The first attempt with a nonce. */
  first(nonce: bigint, order: Order): Promise<BeginRefusal | undefined>
  /** One more attempt for an entry: what it holds, or another order, at a price that takes the place of the last. */
  replace(entry: Entry, order?: Order): Promise<BeginRefusal | undefined>
  /** Offers the newest attempt, again perhaps. */
  offer(entry: Entry): Promise<SenderTrouble | undefined>
  /** How the newest attempt of an entry was offered by this process. */
  offered(entry: Entry): Offer | undefined
  counts(): { readonly attempts: number; readonly replacements: number }
}

/** More than this for one nonce would not help any more. */
const maxAttempts = 64

export function createAttempts(
  { wallet, sign, l1ChainId, sidecars: form, clock, log, limits }: SenderOptions,
  {
    journal,
    alarm,
    balance,
  }: {
    readonly journal: SendJournal
    readonly alarm: Alarm<SenderTrouble>
    readonly balance: () => Promise<bigint>
  },
): Attempts {
  const { address } = sign
  const counts = { attempts: 0, replacements: 0 }
  let last: Offer | undefined

  async function contentOf(request: SendRequest): Promise<Content | undefined> {
    const { kind, to } = request
    if (kind === 'blobs') {
      assert(request.sidecars.length > 0, 'a blob transaction has blobs')
      return { kind, to, data: emptyBytes, value: 0n, gas: transferGas, sidecars: request.sidecars }
    }
    const { data, value } = request
    if (request.gas !== undefined) return { kind, to, data, value, gas: request.gas, sidecars: [] }
    const gas = await wallet.estimateGas({ to, from: address, data, value })
    return gas === undefined ? undefined : { kind, to, data, value, gas: (gas * 5n) / 4n, sidecars: [] }
  }

  async function attempt(
    base: Pick<Entry, 'nonce' | 'attempts' | 'startedMs'>,
    content: Content,
    { price, isRequest, memo }: Omit<Attempt, 'hash'>,
  ): Promise<void> {
    const { nonce } = base
    const tx = { chainId: l1ChainId, nonce, content, price }
    const digest = signingDigest(tx)
    const signature = await sign.sign(digest)
    assert(recoverAddress(hexToBytes(digest), signature) === address, 'the signer signs with the key of its address')
    const { hash } = encodeSigned(tx, signature)
    const attempts = [...base.attempts, { hash, price, isRequest, memo }]
    const attemptMs = clock.nowMs()
    const entry = { ...base, content, signature, attempts, attemptMs, landed: undefined, acknowledged: false }
    await journal.put(entry)
    counts.attempts++
    if (attempts.length > 1) counts.replacements++
    const fields = {
      nonce,
      hash,
      kind: content.kind,
      blobs: content.sidecars.length,
      attempt: attempts.length,
      ...price,
    }
    log.info(fields, isRequest ? 'L1 transaction signed' : 'cancelling L1 transaction signed')
    alarm.set(await offer(entry), { nonce, hash })
  }

  async function offer({ nonce, content, signature, attempts }: Entry): Promise<SenderTrouble | undefined> {
    const { price, hash } = attempts.at(-1)!
    const answer = await wallet.send(encodeOffer({ chainId: l1ChainId, nonce, content, price }, signature, form))
    const refused = answer === undefined ? undefined : refusals[answer.refused]
    last = { hash, atMs: clock.nowMs(), refused }
    return refused
  }

  return {
    counts: () => counts,
    offer,
    offered: ({ attempts }) => (attempts.at(-1)!.hash === last?.hash ? last : undefined),
    async first(nonce, { request, isRequest }) {
      const content = await contentOf(request)
      if (content === undefined) return 'would_revert'
      const [fees, funds] = await Promise.all([wallet.fees(), balance()])
      const price = choosePrice({ load: loadOf(content), fees, previous: undefined, balance: funds, limits })
      if (typeof price === 'string') return price
      const base = { nonce, attempts: [], startedMs: clock.nowMs() }
      await attempt(base, content, { price, isRequest, memo: request.memo })
      return undefined
    },
    async replace(entry, order) {
      const newest = entry.attempts.at(-1)!
      if (entry.attempts.length >= maxAttempts) return 'fee_cap'
      const content = order === undefined ? entry.content : await contentOf(order.request)
      if (content === undefined) return 'would_revert'
      const [fees, funds] = await Promise.all([wallet.fees(), balance()])
      // The pool of the other kind never took what it would have to beat.
      const previous = content.kind === entry.content.kind ? newest.price : undefined
      const price = choosePrice({ load: loadOf(content), fees, previous, balance: funds, limits })
      if (typeof price === 'string') return price
      const { isRequest, memo } = order === undefined ? newest : { ...order, memo: order.request.memo }
      await attempt(entry, content, { price, isRequest, memo })
      return undefined
    },
  }
}

const refusals = {
  already_known: undefined,
  // What took the nonce is seen at the next look.
  nonce_too_low: undefined,
  underpriced: 'underpriced',
  replacement_underpriced: 'replacement_underpriced',
  insufficient_funds: 'insufficient_funds',
  other_kind_pending: 'other_kind_pending',
  other: 'refused',
} as const
