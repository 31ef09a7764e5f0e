import { type Audit, absent } from '../../../attribution/kernel/build/audit.ts'
import type { RefutationName, TracesArgs } from '../../../attribution/kernel/build/calls.ts'
import {
  boundaryBytes,
  docRef,
  openAt,
  openChunks,
  openOccurrence,
  type Stretch,
  tileRef,
} from '../../../attribution/kernel/build/openings.ts'
import type { TileLeaf } from '../../../attribution/kernel/leaves.ts'
import type { Opening } from '../../../attribution/kernel/merkle.ts'
import type { Occurrence } from '../../../attribution/kernel/span/occurrences.ts'
import type { Random } from './random.ts'

/** Makes arguments for a refutation that open what they claim to open, but need not prove anything. */
export type Attempt<N extends RefutationName> = (audit: Audit, random: Random) => TracesArgs<N> | undefined

/** For each refutation: openings of an honest body that come as near to a proof as chance gets. Undefined: no place. */
export const attempts: { readonly [N in RefutationName]: Attempt<N> } = {
  refuteReceiptLeaf: (audit, random) => ({ receipt: anyReceipt(audit, random).opening }),
  refuteReceiptLink: (audit, random) => {
    const { index, opening } = anyReceipt(audit, random)
    const next = random.chance(0.9) ? index + 1 : random.below(audit.receipts!.leaves.length)
    return { receipt: opening, next: openAt(audit.receipts!, next) }
  },
  refuteReceiptEnds: (audit, random) => ({ receipt: anyReceipt(audit, random).opening }),
  refuteRunningCredit: (audit, random) => {
    const { index, opening } = anyReceipt(audit, random)
    const trace = audit.traces[index]!
    return {
      receipt: opening,
      next: openAt(audit.receipts!, random.chance(0.9) ? index + 1 : index + 2),
      tiles: random.chance(0.9) ? trace.tree.count : BigInt(random.below(9)),
      lastTile: openAt(trace, trace.leaves.length - (random.chance(0.9) ? 1 : 2)),
    }
  },
  refuteChannelStart: (audit, random) => {
    const { update, opening } = anyUpdate(audit, random)
    const own = ofChannel(audit, update.channel)
    const first = random.chance(0.7) ? own[0]! : random.pick(own)
    return { update: opening, previous: openAt(audit.receipts!, first - 1), first: openAt(audit.receipts!, first) }
  },
  refuteChannelEnd: (audit, random) => {
    const { update, opening } = anyUpdate(audit, random)
    const own = ofChannel(audit, update.channel)
    const last = random.chance(0.7) ? own.at(-1)! : random.pick(own)
    return { update: opening, last: openAt(audit.receipts!, last), next: openAt(audit.receipts!, last + 1) }
  },
  refuteMissingChannel: (audit, random) => {
    const { opening } = anyUpdate(audit, random)
    return { update: opening, ...anyGap(audit.receipts!, random) }
  },
  refuteUnknownChannel: (audit, random) => ({
    receipt: anyReceipt(audit, random).opening,
    ...anyGap(audit.updates, random),
  }),
  refuteOutputLength: (audit, random) => {
    const { index, opening } = anyReceipt(audit, random)
    const output = audit.outputs[index]
    if (output === undefined) return undefined
    const { count, byteLength, top } = output
    const other = random.chance(0.3) ? 1n : 0n
    return { receipt: opening, count: count + other, byteLength: byteLength + (random.chance(0.1) ? 1n : 0n), top }
  },
  refuteOutputLeaf: (audit, random) => {
    const { index, opening } = anyReceipt(audit, random)
    const tree = audit.outputs[index]?.tree
    if (tree === undefined || tree.count === 0n) return undefined
    return { receipt: opening, chunk: tree.open(random.below(Number(tree.count))) }
  },
  refuteTileShape: (audit, random) => {
    const placed = anyTile(audit, random)
    if (placed === undefined) return undefined
    const next = openAt(audit.traces[placed.receipt]!, placed.place + (random.chance(0.9) ? 1 : 2))
    return { tile: placed.ref, next: random.chance(0.7) ? next : absent }
  },
  refuteTileBoundary: (audit, random) => {
    const placed = anyTile(audit, random)
    if (placed === undefined) return undefined
    const { bytes, tree } = placed.output
    const { start, length } = placed.tile
    const both = [boundaryBytes(bytes, start), boundaryBytes(bytes, start + length)]
    return { tile: placed.ref, output: openChunks(tree, ...(random.chance(0.5) ? both : [random.pick(both)])) }
  },
  refuteHolderBytes: (audit, random) => {
    const placed = anyTile(audit, random)
    if (placed === undefined) return undefined
    const holder = random.below(placed.tile.holders.length)
    const position = random.below(random.chance(0.9) ? placed.tile.length : 1_200)
    const { offset } = placed.tile.holders[holder]!
    return {
      tile: placed.ref,
      holder: BigInt(holder),
      position: BigInt(position),
      output: oneChunk(placed.output.tree, placed.tile.start + position),
      text: oneChunk(placed.content.textTree, offset + position),
    }
  },
  refuteHolderDocument: (audit, random) => {
    const placed = anyTile(audit, random)
    if (placed === undefined) return undefined
    const holder = random.below(placed.tile.holders.length)
    const { documents } = placed.content
    const right = placed.tile.holders[holder]!.document
    const document = random.chance(0.9) ? right : random.below(documents.length)
    const ref = random.chance(0.95) ? docRef(placed.content, document) : { entry: absent, next: absent }
    return { tile: placed.ref, holder: BigInt(holder), document: ref }
  },
  refuteHolderOrder: (audit, random) => {
    const placed = anyTile(audit, random)
    if (placed === undefined) return undefined
    const { holders } = placed.tile
    const holder = random.below(holders.length)
    const open = (at: number) => openAt({ tree: placed.content.docTree }, holders[at]?.document ?? 0)
    return {
      tile: placed.ref,
      holder: BigInt(holder),
      document: open(holder),
      nextDocument: open(random.chance(0.9) ? holder + 1 : holder),
    }
  },
  refuteLongerTile: (audit, random) => {
    const placed = anyTile(audit, random)
    if (placed === undefined) return undefined
    const { bytes, tree } = placed.output
    const { start, length } = placed.tile
    const longer = Math.min(1100, bytes.length - start, length + random.between(random.chance(0.9) ? 1 : 0, 40))
    const found = anyOccurrence(audit, random, placed.output, start, longer)
    if (found === undefined) return undefined
    return {
      tile: placed.ref,
      length: BigInt(longer),
      output: openChunks(tree, { from: start, to: Math.min(bytes.length, start + longer + 1) }),
      found: openOccurrence(audit, found, longer),
    }
  },
  refuteMissingTile: (audit, random) => {
    const { index, opening } = anyReceipt(audit, random)
    const output = outputAt(audit, index)
    const trace = audit.traces[index]!
    if (output === undefined || output.bytes.length < 33 || audit.corpus.versions.length === 0) return undefined
    const { bytes, tree } = output
    const start = random.below(bytes.length - 32)
    const length = random.between(
      random.chance(0.9) ? 32 : 1,
      Math.min(random.chance(0.9) ? 60 : 1_100, bytes.length - start),
    )
    const tiles = trace.leaves.map((tile) => tile!)
    const gap = tiles.findIndex((tile) => tile.start > start)
    const right = random.chance(0.9) ? (gap < 0 ? tiles.length : gap) : random.below(tiles.length + 1)
    const found = anyOccurrence(audit, random, output, start, length)
    if (found === undefined) return undefined
    return {
      receipt: opening,
      tiles: trace.tree.count,
      left: openAt(trace, right - 1),
      right: openAt(trace, right),
      start: BigInt(start),
      length: BigInt(length),
      output: openChunks(tree, { from: Math.max(0, start - 2), to: Math.min(bytes.length, start + length + 1) }),
      found: openOccurrence(audit, found, length),
    }
  },
  refutePayee: (audit, random) => {
    const placed = anyTile(audit, random)
    if (placed === undefined) return undefined
    const { tile, ref, output, content } = placed
    const holder = random.chance(0.9) ? tile.holders[0]! : random.pick(tile.holders)
    const found = anyOccurrence(audit, random, output, tile.start, tile.length)
    return (
      found && {
        tile: ref,
        payee: content.docTree.open(holder.document),
        output: openChunks(output.tree, tileBytes(tile)),
        found: openOccurrence(audit, found, tile.length),
      }
    )
  },
  refuteUnlistedHolder: (audit, random) => {
    const placed = anyTile(audit, random)
    if (placed === undefined) return undefined
    const { tile, ref, output, content } = placed
    const found = anyOccurrence(audit, random, output, tile.start, tile.length)
    if (found === undefined) return undefined
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
  refuteLedgerLink: (audit, random) => {
    const at = random.below(audit.ledger!.leaves.length + 1)
    const next = random.chance(0.8) ? openAt(audit.ledger!, at + (random.chance(0.9) ? 1 : 0)) : absent
    return { entry: openAt(audit.ledger!, at), next }
  },
  refuteLedgerEnds: (audit, random) => {
    const last = audit.ledger!.leaves.length - 1
    return { entry: openAt(audit.ledger!, random.pick([0, last, random.below(last + 2)])) }
  },
  refuteEntry: (audit, random) => {
    const { leaves } = audit.ledger!
    if (leaves.length === 0) return undefined
    const at = random.below(leaves.length)
    const entry = leaves[at]!
    const { receipt, tile } = random.chance(0.9) ? entry : leaves[random.below(leaves.length)]!
    const leaf = audit.traces[receipt]!.leaves[tile]!
    const { content } = audit.corpus.versions[leaf.corpusIndex]!
    const holder = random.chance(0.8) ? leaf.holders[0]! : random.pick(leaf.holders)
    return {
      entry: openAt(audit.ledger!, at),
      tile: tileRef(audit, receipt, tile),
      payee: random.chance(0.8) ? content!.docTree.open(holder.document) : absent,
    }
  },
  refuteMissingEntry: (audit, random) => {
    const placed = anyTile(audit, random)
    if (placed === undefined) return undefined
    const { tile, content, receipt, place, ref } = placed
    const { leaves } = audit.ledger!
    const own = leaves.findIndex((entry) => entry!.receipt === receipt && entry!.tile === place)
    const right = own >= 0 && random.chance(0.7) ? own + random.below(2) : random.below(leaves.length + 1)
    const holder = random.chance(0.7) ? tile.holders[0]! : random.pick(tile.holders)
    return {
      tile: ref,
      payee: content.docTree.open(holder.document),
      left: openAt(audit.ledger!, right - 1),
      right: openAt(audit.ledger!, right),
    }
  },
}

export const attemptNames = Object.keys(attempts) as readonly RefutationName[]

function anyReceipt(audit: Audit, random: Random): { readonly index: number; readonly opening: Opening } {
  const index = random.below(audit.receipts!.leaves.length)
  return { index, opening: openAt(audit.receipts!, index) }
}

function anyUpdate({ updates }: Audit, random: Random) {
  const index = random.below(updates.leaves.length)
  return { update: updates.leaves[index]!, opening: openAt(updates, index) }
}

function ofChannel({ receipts }: Audit, channel: bigint): readonly number[] {
  return receipts!.leaves.flatMap((leaf, index) => (leaf!.channel === channel ? [index] : []))
}

function anyGap(opened: NonNullable<Audit['receipts']> | Audit['updates'], random: Random) {
  const right = random.below(opened.leaves.length + 1)
  return { left: openAt(opened, right - 1), right: openAt(opened, random.chance(0.9) ? right : right + 1) }
}

function outputAt({ outputs }: Audit, receipt: number) {
  const { bytes, tree } = outputs[receipt] ?? {}
  return bytes !== undefined && tree !== undefined ? { bytes, tree } : undefined
}

/** Any tile of the body with all that opens it. */
function anyTile(audit: Audit, random: Random) {
  const all = audit.traces.flatMap((trace, receipt) => trace!.leaves.map((_, place) => ({ receipt, place })))
  if (all.length === 0) return undefined
  const { receipt, place } = random.pick(all)
  const tile = audit.traces[receipt]!.leaves[place]!
  const content = audit.corpus.versions[tile.corpusIndex]!.content!
  return { receipt, place, tile, content, output: outputAt(audit, receipt)!, ref: tileRef(audit, receipt, place) }
}

/**
 * A place that agrees with the output there, for as long as it does; sometimes any place. Undefined if so many bytes do
 * not fit into its text.
 */
function anyOccurrence(
  audit: Audit,
  random: Random,
  { bytes }: { readonly bytes: Uint8Array },
  start: number,
  length: number,
): Occurrence | undefined {
  const found = audit.corpus.find(bytes, start)
  const corpusIndex = random.below(audit.corpus.versions.length)
  const { documents, text } = audit.corpus.versions[corpusIndex]!.content!
  const anywhere = { corpusIndex, document: random.below(documents.length), offset: random.below(text.length), length }
  const place = found.length > 0 && random.chance(0.9) ? random.pick(found) : anywhere
  return place.offset + length <= audit.corpus.versions[place.corpusIndex]!.content!.text.length ? place : undefined
}

function oneChunk(tree: { readonly count: bigint; open(index: number): Opening }, at: number): Opening {
  return tree.open(Math.min(Number(tree.count) - 1, Math.floor(at / 256)))
}

function tileBytes({ start, length }: TileLeaf): Stretch {
  return { from: start, to: start + length }
}
