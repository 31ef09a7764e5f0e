import { openVersion } from '../../attribution/kernel/build/corpus.ts'
import type { DocLeaf } from '../../attribution/kernel/leaves.ts'
import type { Corpus } from '../../attribution/kernel/span/corpus.ts'
import { contentRange } from '../../attribution/kernel/span/corpus.ts'
import { maxTileBytes, minTileBytes } from '../../attribution/kernel/span/limits.ts'
import type { FindOccurrences, Occurrence } from '../../attribution/kernel/span/occurrences.ts'
import { separator } from '../../attribution/kernel/text.ts'
import { bytesToHash, zeroHash } from '../../core/hex.ts'

/** Bytes of each document with the separator behind it. */
export const documentBytes = 1_024

/** A passage that stands in one document or in several: what outputs quote. */
export type Passage = { readonly bytes: Uint8Array; readonly offsets: readonly number[] }

/** A synthetic corpus of one version: words of chance, in which some passages are copied. */
export type BenchCorpus = {
  readonly content: ReturnType<typeof openVersion>
  readonly passages: readonly Passage[]
}

/** Copies of a passage: alone, in a few documents, in so many that it is common. */
const copies = [1, 1, 3, 1, 2, 12, 1, 10, 1, 4, 1, 1]
const passagesOfEach = 12
const lengths = [64, 200, 460, 900]

/**
 * A corpus of so many bytes with both its trees: 64 bytes of memory per chunk beside the text. The first documents are
 * those of the contributions given; the others' contributions exist only as names.
 */
export function createCorpus(
  bytes: number,
  first: (text: Uint8Array) => readonly Omit<DocLeaf, 'start'>[],
): BenchCorpus {
  const text = new Uint8Array(bytes)
  fillWords(text)
  const passages = plantPassages(text)
  for (let end = documentBytes; end < bytes; end += documentBytes) text[end - 1] = separator
  const real = first(text)
  const documents = Array.from({ length: Math.ceil(bytes / documentBytes) }, (_, index): DocLeaf => {
    const named = real[index] ?? { contribution: nameOf(index), order: BigInt(index + 1) }
    return { start: index * documentBytes, ...named }
  })
  return { content: openVersion({ version: zeroHash, text, documents }), passages }
}

/** Lowercase words of three to eleven letters (xorshift32). */
function fillWords(text: Uint8Array): void {
  let state = 0x9e3779b9
  let left = 0
  for (let at = 0; at < text.length; at++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    if (left === 0) {
      text[at] = 0x20
      left = 3 + ((state >>> 8) & 7)
      continue
    }
    text[at] = 0x61 + ((state >>> 11) % 26)
    left--
  }
}

/** Passages spread over the text, with their copies: inside documents, a space in front and behind. */
function plantPassages(text: Uint8Array): readonly Passage[] {
  const documents = Math.floor(text.length / documentBytes)
  let next = 0
  // Every document is used once: 7,919 is prime to the number of documents, a power of two.
  const nextDocument = () => (64 + next++ * 7_919) % documents
  return Array.from({ length: passagesOfEach * lengths.length }, (_, index): Passage => {
    const length = lengths[index % lengths.length]!
    const offsets = Array.from({ length: copies[index % copies.length]! }, () => nextDocument() * documentBytes + 40)
    const [source] = offsets as [number]
    text[source] = 0x61
    text[source + length - 1] = 0x7a
    const bytes = text.slice(source, source + length)
    for (const offset of offsets) {
      text.set(bytes, offset)
      text[offset - 1] = 0x20
      text[offset + length] = 0x20
    }
    return { bytes, offsets }
  })
}

/**
 * Finds what a scan would: the words are of chance, so that 32 bytes of an output stand nowhere but where they were
 * copied from.
 */
export function findPassages({ content, passages }: BenchCorpus, corpus: Corpus): FindOccurrences {
  return (output, start) => {
    const found: Occurrence[] = []
    if (output.length - start < minTileBytes) return found
    const window = Buffer.from(output.buffer, output.byteOffset + start, minTileBytes)
    for (const { bytes, offsets } of passages) {
      const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(window)
      if (at < 0) continue
      for (const offset of offsets) found.push(occurrenceAt(content.text, corpus, output, start, offset + at))
    }
    return found.sort((a, b) => a.offset - b.offset)
  }
}

function occurrenceAt(text: Uint8Array, corpus: Corpus, output: Uint8Array, start: number, offset: number): Occurrence {
  const document = Math.floor(offset / documentBytes)
  const { end } = contentRange(corpus[0]!, document)
  let length = 0
  while (
    length < maxTileBytes &&
    start + length < output.length &&
    offset + length < end &&
    text[offset + length] === output[start + length]
  )
    length++
  return { corpusIndex: 0, document, offset, length }
}

function nameOf(index: number) {
  const bytes = new Uint8Array(32).fill(0x0b)
  new DataView(bytes.buffer).setUint32(28, index)
  return bytesToHash(bytes)
}
