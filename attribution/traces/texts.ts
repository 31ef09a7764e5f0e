import { concatBytes } from '../../core/hex.ts'
import type { ReceiptLeaf } from '../kernel/leaves.ts'
import type { Opening, TreeHead } from '../kernel/merkle.ts'
import { chunkBytes, openChunk, openSaltedChunk, textHead } from '../kernel/text.ts'
import { type Call, fail, need } from '../native/call.ts'
import { gas } from '../native/gas.ts'
import { chargeOpenings } from '../native/openings.ts'
import type { VersionHead } from './corpus.ts'

// Parts of outputs and of versions' texts, opened chunk by chunk. A call brings exactly the chunks that hold the bytes,
// in their order: one too few or too many is `InvalidOpening`.

/** The bytes [from, to) of a text. */
export type Span = { readonly from: number; readonly to: number }

/** The head of an output's tree, by its length of record. */
export function outputHead({ outputRoot, outputLength }: ReceiptLeaf): TreeHead {
  return textHead(outputRoot, BigInt(outputLength))
}

/** Bytes of an output, without the salts of its chunks. */
export function openOutput(call: Call, receipt: ReceiptLeaf, openings: readonly Opening[], span: Span): Uint8Array {
  return openSpan(call, outputHead(receipt), openings, span, openSaltedChunk)
}

/** Bytes of a version's text, or of another text with such a root. */
export function openText(
  call: Call,
  { textRoot, byteLength }: Pick<VersionHead, 'textRoot' | 'byteLength'>,
  openings: readonly Opening[],
  span: Span,
): Uint8Array {
  return openSpan(call, textHead(textRoot, byteLength), openings, span, openChunk)
}

/** Indices of the chunks that hold a span. */
export function chunksOf({ from, to }: Span): readonly number[] {
  if (from >= to) return []
  const first = Math.floor(from / chunkBytes)
  const last = Math.floor((to - 1) / chunkBytes)
  return Array.from({ length: last - first + 1 }, (_, at) => first + at)
}

/** What opens one chunk of a text: the kernel's way for plain or for salted texts. */
export type ChunkOpener = (head: TreeHead, opening: Opening) => Uint8Array | undefined

/** One chunk, wherever it is. */
export function openOneChunk(call: Call, head: TreeHead, opening: Opening, open: ChunkOpener): Uint8Array {
  chargeOpenings(call, [opening])
  return open(head, opening) ?? fail('InvalidOpening')
}

/** True if both are the same; gas per word compared. */
export function sameBytes(call: Call, a: Uint8Array, b: Uint8Array): boolean {
  call.charge(gas.word * BigInt(Math.ceil(a.length / 32)))
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

function openSpan(call: Call, head: TreeHead, openings: readonly Opening[], span: Span, open: ChunkOpener): Uint8Array {
  const { from, to } = span
  need(from >= 0 && from <= to && BigInt(to) <= head.byteLength, 'InvalidOpening')
  const indices = chunksOf(span)
  need(
    openings.length === indices.length && openings.every(({ index }, at) => index === BigInt(indices[at]!)),
    'InvalidOpening',
  )
  call.charge(gas.word * BigInt((indices.length * chunkBytes) / 32))
  const start = (indices[0] ?? 0) * chunkBytes
  return concatBytes(...openings.map((each) => openOneChunk(call, head, each, open))).subarray(from - start, to - start)
}
