import { type Corpus, contentRange } from './corpus.ts'
import { maxTileBytes, minTileBytes } from './limits.ts'

/** A place where a corpus agrees with an output: `length` bytes at `offset` of the version's text, in one document. */
export type Occurrence = {
  readonly corpusIndex: number
  readonly document: number
  readonly offset: number
  readonly length: number
}

/**
 * All places that agree with the output from `start` on in at least `minTileBytes` bytes, each with the number of bytes
 * that agree (at most `maxTileBytes`, never past the document's content). By version, document and offset.
 */
export type FindOccurrences = (output: Uint8Array, start: number) => readonly Occurrence[]

/** The definition: looks at every position of every document. */
export function scanOccurrences(corpus: Corpus): FindOccurrences {
  return (output, start) => {
    const found: Occurrence[] = []
    if (output.length - start < minTileBytes) return found
    for (const [corpusIndex, version] of corpus.entries()) {
      for (let document = 0; document < version.documents.length; document++) {
        const content = contentRange(version, document)
        for (let offset = content.start; offset < content.end; offset++) {
          const length = agreement(output, start, version.text, offset, content.end)
          if (length >= minTileBytes) found.push({ corpusIndex, document, offset, length })
        }
      }
    }
    return found
  }
}

/**
 * The same from a table of all windows of `minTileBytes` bytes, about 16 bytes of memory per byte of corpus: for
 * corpora that change rarely and fit in memory. Hashes only choose candidates, every one is compared.
 */
export function indexOccurrences(corpus: Corpus): FindOccurrences {
  const places = windowPlaces(corpus)
  const bits = Math.max(1, Math.ceil(Math.log2(places.length + 1)))
  const bucket = (hash: number) => Math.imul(hash, 0x9e3779b1) >>> (32 - bits)
  const first = new Int32Array(2 ** bits).fill(-1)
  const next = new Int32Array(places.length)
  // From the last to the first, so that each chain is in the order of the scan.
  for (let place = places.length - 1; place >= 0; place--) {
    const at = bucket(places.hashes[place]!)
    next[place] = first[at]!
    first[at] = place
  }
  return (output, start) => {
    const found: Occurrence[] = []
    if (output.length - start < minTileBytes) return found
    for (let place = first[bucket(hashWindow(output, start))]!; place >= 0; place = next[place]!) {
      const corpusIndex = places.corpusIndexes[place]!
      const document = places.documents[place]!
      const offset = places.offsets[place]!
      const version = corpus[corpusIndex]!
      const length = agreement(output, start, version.text, offset, contentRange(version, document).end)
      if (length >= minTileBytes) found.push({ corpusIndex, document, offset, length })
    }
    return found
  }
}

function agreement(output: Uint8Array, start: number, text: Uint8Array, offset: number, end: number): number {
  const most = Math.min(maxTileBytes, output.length - start, end - offset)
  let length = 0
  while (length < most && output[start + length] === text[offset + length]) length++
  return length
}

const factor = 0x01000193
// The weight of the byte that leaves a window as the next one enters.
const leaving = Array.from({ length: minTileBytes }).reduce<number>((power) => Math.imul(power, factor), 1)

function hashWindow(bytes: Uint8Array, start: number): number {
  let hash = 0
  for (let i = start; i < start + minTileBytes; i++) hash = (Math.imul(hash, factor) + bytes[i]!) | 0
  return hash
}

/** The hash of the window at `start` from that of the one before it. */
function rollWindow(hash: number, bytes: Uint8Array, start: number): number {
  const entering = bytes[start + minTileBytes - 1]!
  return (Math.imul(hash, factor) + entering - Math.imul(leaving, bytes[start - 1]!)) | 0
}

function contentBytes(version: Corpus[number]): number {
  return version.documents.reduce((sum, _, document) => {
    const { start, end } = contentRange(version, document)
    return sum + end - start
  }, 0)
}

/** All windows that lie in one document's content, in columns. */
function windowPlaces(corpus: Corpus) {
  // Documents of a false version may overlap: together they can be longer than its text.
  const most = corpus.reduce((sum, version) => sum + contentBytes(version), 0)
  const hashes = new Int32Array(most)
  const corpusIndexes = new Uint8Array(most)
  const documents = new Uint32Array(most)
  const offsets = new Uint32Array(most)
  let length = 0
  for (const [corpusIndex, version] of corpus.entries()) {
    for (let document = 0; document < version.documents.length; document++) {
      const { start, end } = contentRange(version, document)
      for (let offset = start, hash = 0; offset + minTileBytes <= end; offset++) {
        hash = offset === start ? hashWindow(version.text, start) : rollWindow(hash, version.text, offset)
        hashes[length] = hash
        corpusIndexes[length] = corpusIndex
        documents[length] = document
        offsets[length++] = offset
      }
    }
  }
  return { length, hashes, corpusIndexes, documents, offsets }
}
