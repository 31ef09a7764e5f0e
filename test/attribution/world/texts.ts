import { concatBytes } from '../../../core/hex.ts'
import type { Random } from './random.ts'

const alphabets = [
  [0x61, 0x20],
  [0x61, 0x62, 0x20, 0x2e],
  [0x61, 0x62],
  [0x61, 0x20, 0xff],
  [0x20, 0x61, 0x7a, 0x80, 0xbf, 0xc2, 0xc3, 0xdf, 0xe2, 0xf0, 0xff],
  [...new TextEncoder().encode('the quick brown fox jumps over a lazy dog, ÄÖÜ — 猫')],
] as const

/** Pieces that texts are put together from: short ones over few letters, so that they occur again and again. */
export function createPool(random: Random): readonly Uint8Array[] {
  const alphabet = random.pick(alphabets)
  return Array.from({ length: random.between(1, 5) }, () =>
    Uint8Array.from({ length: random.between(6, 48) }, () => random.pick(alphabet)),
  )
}

const maxParts = 8

/**
 * Contents by datanet, none empty and none twice in a datanet: equal ones in several datanets, texts that repeat, bytes
 * that are no UTF-8, in some datanets a passage that more than ten documents hold.
 */
export function createContents(random: Random, pool: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  const words = (most = maxParts) =>
    concatBytes(...Array.from({ length: random.between(1, most) }, () => random.pick(pool)))
  const shared = Array.from({ length: 3 }, () => words())
  const long = (parts = random.between(4, 24)) => concatBytes(...Array.from({ length: parts }, () => words()))
  const document = () => {
    const kind = random.below(10)
    if (kind < 2) return random.pick(shared)
    return kind === 2 ? long() : words()
  }
  return Array.from({ length: random.chance(0.05) ? 16 : random.between(1, 4) }, () => {
    if (random.chance(0.2)) {
      const passage = random.chance(0.2) ? long() : words()
      return distinct(Array.from({ length: random.between(9, 14) }, () => concatBytes(words(2), passage)))
    }
    const documents = Array.from({ length: random.between(1, 5) }, document)
    return distinct(random.chance(0.1) ? [...documents, long(40)] : documents)
  })
}

/** An output: passages cut anywhere from texts (separators included), pieces, bytes at will; sometimes empty or long. */
export function createOutput(random: Random, pool: readonly Uint8Array[], texts: readonly Uint8Array[]): Uint8Array {
  const part = () => {
    const kind = random.below(8)
    if (kind >= 7) return random.bytes(random.below(4))
    if (kind >= 4 || texts.length === 0) return random.pick(pool)
    const text = random.pick(texts)
    const from = random.below(text.length)
    return text.subarray(from, from + random.between(1, random.chance(0.2) ? 1500 : 180))
  }
  if (random.chance(0.1) && texts.length > 0) return quoteLongest(random, texts)
  const parts = random.chance(0.05) ? random.between(8, 30) : random.between(0, 7)
  return concatBytes(...Array.from({ length: parts }, part)).subarray(0, 8192)
}

/** The end of the longest text: if that is its longest document, a tile of 1,024 bytes and more. */
function quoteLongest(random: Random, texts: readonly Uint8Array[]): Uint8Array {
  const longest = texts.reduce((most, text) => (text.length > most.length ? text : most))
  return longest.subarray(-random.between(600, 3_000))
}

/** A byte of its own behind each content that was there before. */
function distinct(contents: readonly Uint8Array[]): readonly Uint8Array[] {
  const seen = new Set<string>()
  return contents.map((content) => {
    let own = content
    for (let mark = 0; seen.has(Buffer.from(own).toString('hex')); mark++) {
      own = concatBytes(content, Uint8Array.of(0x20, 0x30 + (mark % 10), 0x41 + Math.floor(mark / 10)))
    }
    seen.add(Buffer.from(own).toString('hex'))
    return own
  })
}
