import { assert } from '../../core/errors.ts'
import { bigintToFixed, concatBytes } from '../../core/hex.ts'
import { keccak256 } from '../../core/keccak.ts'
import { createTreeFrom, type Opening, type Tree, type TreeHead, verifyOpening } from './merkle.ts'

/** Bytes of a text in one leaf; the last leaf has what remains. */
export const chunkBytes = 256

/** Bytes of the salt in front of the chunk in a leaf of a prompt or an output: short answers are guessable. */
export const saltBytes = 32

/** The byte between two documents of a version's text. It occurs nowhere in UTF-8. */
export const separator = 0xff

/** Leaves of a text of this many bytes. */
export function chunkCount(byteLength: bigint): bigint {
  return (byteLength + BigInt(chunkBytes - 1)) / BigInt(chunkBytes)
}

/** Bytes of chunk `index` in a text of this many bytes; 0 behind its end. */
export function chunkLength(index: bigint, byteLength: bigint): number {
  const rest = byteLength - index * BigInt(chunkBytes)
  if (index < 0n || rest <= 0n) return 0
  return rest < BigInt(chunkBytes) ? Number(rest) : chunkBytes
}

/** Chunk `index` of a text, as a view of it. */
export function chunk(text: Uint8Array, index: number): Uint8Array {
  return text.subarray(index * chunkBytes, (index + 1) * chunkBytes)
}

/** The tree over a text: its leaves are the chunks. */
export function createTextTree(text: Uint8Array): Tree {
  const byteLength = BigInt(text.length)
  return createTreeFrom(Number(chunkCount(byteLength)), (index) => chunk(text, index), byteLength)
}

/** The tree over a prompt or an output: its leaves are salt and chunk, one salt of 32 bytes per chunk. */
export function createSaltedTree(text: Uint8Array, salts: readonly Uint8Array[]): Tree {
  const byteLength = BigInt(text.length)
  const count = Number(chunkCount(byteLength))
  assert(salts.length === count, 'one salt per chunk')
  assert(
    salts.every((salt) => salt.length === saltBytes),
    'a salt is 32 bytes',
  )
  return createTreeFrom(count, (index) => concatBytes(salts[index]!, chunk(text, index)), byteLength)
}

/** The head of the tree of a text: what its root and its length say together. */
export function textHead(root: TreeHead['root'], byteLength: bigint): TreeHead {
  return { root, count: chunkCount(byteLength), byteLength }
}

/**
 * The chunk that an opening shows of a text; undefined if the proof is wrong or the chunk has another length than its
 * place in the text demands (a root can be made over chunks of any length: what it proves then is nothing).
 */
export function openChunk(head: TreeHead, opening: Opening): Uint8Array | undefined {
  return isChunk(head, opening, 0) ? opening.data : undefined
}

/** The same for a prompt or an output: the chunk behind the salt. */
export function openSaltedChunk(head: TreeHead, opening: Opening): Uint8Array | undefined {
  return isChunk(head, opening, saltBytes) ? opening.data.subarray(saltBytes) : undefined
}

/** A salt per chunk, all from one secret of 32 bytes: salt i = keccak(seed, u64 i). For makers of receipts. */
export function saltsOf(seed: Uint8Array, byteLength: number): readonly Uint8Array[] {
  return Array.from({ length: Number(chunkCount(BigInt(byteLength))) }, (_, index) => saltOf(seed, index))
}

/** The salt of one chunk: keccak(seed, u64 index). */
export function saltOf(seed: Uint8Array, index: number): Uint8Array {
  return keccak256(concatBytes(seed, bigintToFixed(BigInt(index), 8)))
}

/**
 * The text of a version: the documents with a separator between them (none behind the last), and where each starts.
 * The content of a document ends one byte before the next starts, that of the last at the end of the text.
 */
export function joinDocuments(contents: readonly Uint8Array[]): {
  readonly text: Uint8Array
  readonly starts: readonly number[]
} {
  const starts: number[] = []
  let length = 0
  for (const content of contents) {
    starts.push(length)
    length += content.length + 1
  }
  const text = new Uint8Array(Math.max(0, length - 1)).fill(separator)
  contents.forEach((content, document) => {
    text.set(content, starts[document]!)
  })
  return { text, starts }
}

function isChunk(head: TreeHead, opening: Opening, prefix: number): boolean {
  return (
    head.count === chunkCount(head.byteLength) &&
    opening.data.length === prefix + chunkLength(opening.index, head.byteLength) &&
    verifyOpening(head, opening)
  )
}
