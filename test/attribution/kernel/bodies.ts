import fc from 'fast-check'
import type { BodyInput, ChannelReceipts } from '../../../attribution/kernel/body.ts'
import type { Corpus } from '../../../attribution/kernel/span/corpus.ts'
import { createSaltedTree, saltsOf } from '../../../attribution/kernel/text.ts'
import type { Hash } from '../../../core/hex.ts'
import { keccak256, keccakHash } from '../../../core/keccak.ts'
import { tracings } from './span/corpora.ts'

/** One hash per label, to stand for roots and heads that a test does not look into. */
export function someHash(label: string): Hash {
  return keccakHash(new TextEncoder().encode(label))
}

/** What a channel sells: outputs with their prices in wei. */
export type Sales = {
  readonly channel: bigint
  readonly isPrivate: boolean
  readonly sequence: bigint
  readonly cumulative: bigint
  readonly sold: readonly { readonly output: Uint8Array; readonly price: bigint }[]
}

/** The receipts of a channel for what it sold, as a provider signs them. */
export function receiptsOf({ channel, isPrivate, sequence, cumulative, sold }: Sales): ChannelReceipts {
  let sum = cumulative
  const receipts = sold.map(({ output, price }, place) => {
    sum += price
    const seed = keccak256(new TextEncoder().encode(`salts ${channel} ${place}`))
    const salts = saltsOf(seed, output.length)
    const receipt = {
      channel,
      sequence: sequence + BigInt(place) + 1n,
      promptRoot: someHash(`prompt ${channel} ${place}`),
      outputRoot: createSaltedTree(output, salts).root,
      outputLength: output.length,
      tokensIn: 20 + place,
      tokensOut: output.length >> 2,
      price,
      cumulative: sum,
      time: 1_700_000_000n + BigInt(place),
    }
    return { receipt, output: { bytes: output, salts } }
  })
  return { channel, before: { sequence, cumulative, head: someHash(`head ${channel}`) }, isPrivate, receipts }
}

const price = fc.oneof(fc.bigInt({ min: 0n, max: 50n }), fc.bigInt({ min: 0n, max: 10n ** 24n }), fc.constant(0n))
const rates = fc.record({
  marginBps: fc.bigInt({ min: 1_000n, max: 10_000n }),
  dataBps: fc.bigInt({ min: 3_000n, max: 7_000n }),
  specificBps: fc.bigInt({ min: 3_000n, max: 8_000n }),
})

/**
 * What providers settle: up to five channels in any order, some private, up to eight receipts over a corpus as in
 * `tracings`, prices from 0 to a million OPEN.
 */
export const bodyInputs: fc.Arbitrary<BodyInput & { readonly corpus: Corpus }> = fc
  .tuple(
    tracings({ outputs: 8 }),
    rates,
    fc.shuffledSubarray([1n, 2n, 3n, 2n ** 40n, 2n ** 48n - 1n], { minLength: 1 }),
    fc.array(fc.tuple(fc.nat(), price), { minLength: 8, maxLength: 8 }),
    fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.bigInt({ min: 0n, max: 10n ** 24n }), fc.nat()), {
      minLength: 5,
      maxLength: 5,
    }),
  )
  .map(([{ corpus, outputs }, given, channels, sales, states]) => ({
    ...given,
    chainId: 1612n,
    corpus,
    channels: channels
      .map((channel, place) =>
        receiptsOf({
          channel,
          isPrivate: states[place]![0] === 3,
          cumulative: states[place]![1],
          sequence: BigInt(states[place]![2]),
          sold: outputs.flatMap((output, at) =>
            sales[at]![0] % channels.length === place ? [{ output, price: sales[at]![1] }] : [],
          ),
        }),
      )
      .filter(({ receipts }) => receipts.length > 0),
  }))
