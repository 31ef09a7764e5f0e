import { type Audit, absent } from '../../../../attribution/kernel/build/audit.ts'
import { openAt, openChunks, openOccurrence, type Stretch } from '../../../../attribution/kernel/build/openings.ts'
import type { TileLeaf } from '../../../../attribution/kernel/leaves.ts'
import { isStart } from '../../../../attribution/kernel/span/boundaries.ts'
import { contentRange } from '../../../../attribution/kernel/span/corpus.ts'
import type { Occurrence } from '../../../../attribution/kernel/span/occurrences.ts'
import type { Random } from '../random.ts'
import { type Attempts, anyReceipt, anyTile, outputAt } from './tools.ts'

/** What tiles leave out. */
export const spansAttempts: Attempts<
  'refuteLongerTile' | 'refuteMissingTile' | 'refutePayee' | 'refuteUnlistedHolder'
> = {
  refuteLongerTile: (audit, random) => {
    const placed = anyTile(audit, random)
    if (placed === undefined) return undefined
    const { bytes, tree } = placed.output
    const { start, length } = placed.tile
    const place = anyPlace(audit, random, placed.output, start)
    const more = place.agrees > length ? random.between(length + 1, place.agrees) : random.between(1, place.agrees)
    const longer = random.chance(0.8) ? more : length + random.between(0, 40)
    if (longer > 0xffff || !fits(audit, place, longer) || start + longer > bytes.length) return undefined
    return {
      tile: placed.ref,
      length: BigInt(longer),
      output: openChunks(tree, { from: start, to: Math.min(bytes.length, start + longer + 1) }),
      found: openOccurrence(audit, place, longer),
    }
  },
  refuteMissingTile: (audit, random) => {
    const { index, opening } = anyReceipt(audit, random)
    const output = outputAt(audit, index)
    const trace = audit.traces[index]!
    if (output === undefined || output.bytes.length < 33 || audit.corpus.versions.length === 0) return undefined
    const { bytes, tree } = output
    const tiles = trace.leaves.map((tile) => tile!)
    const start = anyStart(audit, random, bytes, tiles)
    const place = anyPlace(audit, random, output, start)
    const least = place.agrees >= 32 && random.chance(0.7) ? 32 : 1
    const length = random.chance(0.8) ? random.between(least, place.agrees) : random.between(20, 60)
    if (!fits(audit, place, length) || start + length > bytes.length) return undefined
    const gap = tiles.findIndex((tile) => tile.start >= start)
    const right = random.chance(0.9) ? (gap < 0 ? tiles.length : gap) : random.below(tiles.length + 1)
    return {
      receipt: opening,
      tiles: trace.tree.count,
      left: openAt(trace, right - 1),
      right: openAt(trace, right),
      start: BigInt(start),
      length: BigInt(length),
      output: openChunks(tree, { from: Math.max(0, start - 2), to: Math.min(bytes.length, start + length + 1) }),
      found: openOccurrence(audit, place, length),
    }
  },
  refutePayee: (audit, random) => {
    const placed = anyTile(audit, random)
    if (placed === undefined) return undefined
    const { tile, ref, output, content } = placed
    const holder = random.chance(0.9) ? tile.holders[0]! : random.pick(tile.holders)
    const found = anyPlace(audit, random, output, tile.start)
    if (!fits(audit, found, tile.length)) return undefined
    return {
      tile: ref,
      payee: content.docTree.open(holder.document),
      output: openChunks(output.tree, tileBytes(tile)),
      found: openOccurrence(audit, found, tile.length),
    }
  },
  refuteUnlistedHolder: (audit, random) => {
    const placed = anyTile(audit, random)
    if (placed === undefined) return undefined
    const { tile, ref, output, content } = placed
    const found = anyPlace(audit, random, output, tile.start)
    if (!fits(audit, found, tile.length)) return undefined
    const orders = tile.holders.map(({ document }) => content.documents[document]!.order)
    const order = audit.corpus.versions[found.corpusIndex]!.content!.documents[found.document]!.order
    const sorted = orders.findIndex((each) => each >= order)
    const position = random.chance(0.8) ? (sorted < 0 ? orders.length : sorted) : random.below(orders.length + 2)
    const neighbour = (at: number) =>
      tile.holders[at] === undefined ? absent : content.docTree.open(tile.holders[at]!.document)
    return {
      tile: ref,
      position: BigInt(position),
      left: neighbour(position - 1),
      right: neighbour(position),
      output: openChunks(output.tree, tileBytes(tile)),
      found: openOccurrence(audit, found, tile.length),
    }
  },
}

/** Where a missing tile might begin: just where a tile begins, where the corpus agrees at least a little, anywhere. */
function anyStart({ corpus }: Audit, random: Random, output: Uint8Array, tiles: readonly TileLeaf[]): number {
  const anywhere = random.below(output.length)
  const kind = random.below(3)
  if (kind === 0) return tiles.length > 0 ? random.pick(tiles).start : anywhere
  if (kind === 1) return anywhere
  for (let start = anywhere; start < Math.min(output.length, anywhere + 300); start++) {
    const isInTile = tiles.some((tile) => tile.start <= start && start < tile.start + tile.length)
    if (!isInTile && isStart(output, start) && corpus.find(output, start).length > 0) return start
  }
  return anywhere
}

/** A place in the corpus, and in how many bytes it agrees with the output, however few or many. */
type Place = Occurrence & { readonly agrees: number }

/** A place that agrees with the output from `start` on in some bytes; anywhere, if there is none or chance wants it so. */
function anyPlace(audit: Audit, random: Random, { bytes }: { readonly bytes: Uint8Array }, start: number): Place {
  const found = audit.corpus.find(bytes, start)
  if (found.length > 0 && random.chance(0.8))
    return measure(audit, bytes, start, shift(audit, random, random.pick(found)))
  const corpusIndex = random.below(audit.corpus.versions.length)
  const { documents, text } = audit.corpus.versions[corpusIndex]!.content!
  const word = bytes.subarray(start, start + random.between(4, 31))
  const at = Buffer.from(text.buffer, text.byteOffset, text.length).indexOf(word, random.below(text.length))
  const offset = at < 0 ? random.below(text.length) : at
  const inside = documents.findLastIndex((doc) => doc.start <= offset)
  const document = inside < 0 || random.chance(0.05) ? random.below(documents.length) : inside
  return measure(audit, bytes, start, shift(audit, random, { corpusIndex, document, offset, length: 0 }))
}

/** Sometimes the document behind, in which the place is not. */
function shift({ corpus }: Audit, random: Random, place: Occurrence): Occurrence {
  const last = corpus.versions[place.corpusIndex]!.content!.documents.length - 1
  return random.chance(0.2) ? { ...place, document: Math.min(last, place.document + 1) } : place
}

function measure(audit: Audit, output: Uint8Array, start: number, occurrence: Occurrence): Place {
  const content = audit.corpus.versions[occurrence.corpusIndex]!.content!
  const { end } = contentRange(content, occurrence.document)
  let agrees = 0
  while (occurrence.offset + agrees < end && output[start + agrees] === content.text[occurrence.offset + agrees]) {
    if (start + agrees >= output.length) break
    agrees++
  }
  return { ...occurrence, agrees: Math.max(1, agrees) }
}

/** True if so many bytes from there on are in the text: else there is nothing to open. */
function fits({ corpus }: Audit, { corpusIndex, offset }: Occurrence, length: number): boolean {
  return offset + length <= corpus.versions[corpusIndex]!.content!.text.length
}

function tileBytes({ start, length }: TileLeaf): Stretch {
  return { from: start, to: start + length }
}
