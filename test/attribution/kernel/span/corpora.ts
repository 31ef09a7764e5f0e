import fc from 'fast-check'
import { type Corpus, joinContributions } from '../../../../attribution/kernel/span/corpus.ts'
import { concatBytes, type Hash } from '../../../../core/hex.ts'
import { keccakHash } from '../../../../core/keccak.ts'

/** The id of the contribution with this order. */
export function contributionOf(order: bigint): Hash {
  return keccakHash(new TextEncoder().encode(`contribution ${order}`))
}

/** A corpus of these contents, by version. Orders are given, by default they count up through all documents. */
export function corpusOf(versions: readonly (readonly (string | Uint8Array)[])[], orders?: readonly number[]): Corpus {
  let place = 0
  return versions.map((contents, corpusIndex) =>
    joinContributions(
      keccakHash(Uint8Array.of(corpusIndex)),
      contents.map((content) => {
        const order = BigInt(orders?.[place] ?? place + 1)
        place++
        return {
          contribution: contributionOf(order),
          order,
          content: typeof content === 'string' ? new TextEncoder().encode(content) : content,
        }
      }),
    ),
  )
}

const alphabets = [
  [0x61, 0x20],
  [0x61, 0x62, 0x20, 0x2e],
  [0x61, 0x20, 0xff],
  [0x20, 0x61, 0x7a, 0x80, 0xbf, 0xc2, 0xc3, 0xdf, 0xe2, 0xf0, 0xff],
]

/** Pieces that texts are put together from: short ones over few letters, so that they occur again and again. */
const pieces = fc.constantFrom(...alphabets).chain((alphabet) =>
  fc.array(
    fc
      .array(fc.constantFrom(...alphabet), { minLength: 6, maxLength: 48, size: 'max' })
      .map((letters) => Uint8Array.from(letters)),
    { minLength: 1, maxLength: 5, size: 'max' },
  ),
)

/**
 * An effective corpus and outputs over it: several datanets, equal documents, texts that repeat, orders in any sequence,
 * a contribution listed twice, passages with more than ten holders, bytes that are no UTF-8, empty documents and outputs.
 */
export function tracings({ outputs }: { outputs: number }): fc.Arbitrary<{ corpus: Corpus; outputs: Uint8Array[] }> {
  return pieces.chain((pool) =>
    contentsOver(pool)
      .chain((versions) => ordersOf(versions.flat().length).map((orders) => corpusOf(versions, orders)))
      .chain((corpus) =>
        fc
          .array(outputOver(pool, corpus), { minLength: outputs, maxLength: outputs })
          .map((several) => ({ corpus, outputs: several })),
      ),
  )
}

/** The same with one output. */
export const tracing: fc.Arbitrary<{ corpus: Corpus; output: Uint8Array }> = tracings({ outputs: 1 }).map(
  ({ corpus, outputs }) => ({ corpus, output: outputs[0]! }),
)

/** Contents by version; in some versions all share a passage. */
function contentsOver(pool: readonly Uint8Array[]): fc.Arbitrary<Uint8Array[][]> {
  const words = fc.array(fc.constantFrom(...pool), { maxLength: 6, size: 'max' }).map((parts) => concatBytes(...parts))
  const sharing = fc
    .tuple(words, fc.array(words, { minLength: 9, maxLength: 13, size: 'max' }))
    .map(([shared, own]) => own.map((content) => concatBytes(content, shared)))
  const contents = fc.oneof(
    { weight: 4, arbitrary: fc.array(words, { minLength: 1, maxLength: 5, size: 'max' }) },
    { weight: 1, arbitrary: sharing },
  )
  return fc.array(contents, { maxLength: 4, size: 'max' })
}

/** Orders of so many documents: each once, or some of them of one contribution. */
function ordersOf(count: number): fc.Arbitrary<number[]> {
  const each = Array.from({ length: count }, (_, place) => place + 1)
  return fc.oneof(
    fc.shuffledSubarray(each, { minLength: count }),
    fc.array(fc.integer({ min: 1, max: 2 * count + 1 }), { minLength: count, maxLength: count }),
  )
}

/** Pieces, passages cut anywhere from the text of a version (separators included), bytes at will. */
function outputOver(pool: readonly Uint8Array[], corpus: Corpus): fc.Arbitrary<Uint8Array> {
  const passage = fc
    .tuple(
      fc.constantFrom(...corpus.map(({ text }) => text), pool[0]!),
      fc.nat({ max: 400 }),
      fc.integer({ min: 1, max: 150 }),
    )
    .map(([text, from, length]) => text.subarray(from % Math.max(1, text.length)).subarray(0, length))
  const part = fc.oneof(
    { weight: 4, arbitrary: passage },
    { weight: 3, arbitrary: fc.constantFrom(...pool) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 3 }) },
  )
  return fc.array(part, { maxLength: 7, size: 'max' }).map((parts) => concatBytes(...parts))
}
