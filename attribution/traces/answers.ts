import type { Hash } from '../../core/hex.ts'
import { hexToBytes } from '../../core/hex.ts'
import { tracesAbi } from '../abi/traces.ts'
import { loadAgent } from '../agents/stake.ts'
import { decodeEntry, decodeTile, leafBytes, type ReceiptLeaf } from '../kernel/leaves.ts'
import {
  createTree,
  leafPrefixBytes,
  nodeBytes,
  rangeHashes,
  rootBytes,
  rootOf,
  verifyRange,
} from '../kernel/merkle.ts'
import { maxOutputBytes, minTileBytes } from '../kernel/span/limits.ts'
import { chunkBytes, chunkCount, createSaltedTree, saltBytes } from '../kernel/text.ts'
import { larger, smaller } from '../native/bigint.ts'
import { type Call, fail, need } from '../native/call.ts'
import { hashGas } from '../native/gas.ts'
import { credit } from '../native/money.ts'
import { presentOpening } from '../native/openings.ts'
import { emitterOf } from '../native/table.ts'
import { type Batch, loadBatch } from '../settlement/finish.ts'
import { batches, batchStatus, channels } from '../storage/settlement.ts'
import { demandStatus, demands } from '../storage/traces.ts'
import type { TracesArgs } from './args.ts'
import { openOccurrence, standsInContribution } from './corpus.ts'
import {
  type Asked,
  answerTime,
  type Demand,
  demandId,
  holderAsked,
  ledgerAsked,
  needOpen,
  receiptAsked,
} from './demands.ts'
import { ledgerHead, openReceipt, openTile, type TileRef } from './open.ts'
import { openOutput } from './texts.ts'

// An answer shows what it is about completely and readably: what it brings lies in the call data for everybody. Anyone
// may answer. What shows less fails with `InvalidOpening`: roots that allow no answer are refuted when the demand expires.

const emit = emitterOf(tracesAbi)

/** Answers of a batch whose bonds go back to those who asked; later ones pay the provider. */
export const freeAnswers = 8n
/** No trace of an output has more tiles. */
export const maxTiles = maxOutputBytes / minTileBytes

/** Shows a receipt, its whole output with salts and all its tiles; of a private channel the receipt alone. */
export function answerReceipt(call: Call, args: TracesArgs<'answerReceipt'>): undefined {
  const { output, salts, tiles } = args
  const pending = loadPending(call, args.batch, receiptAsked(args.receipt.index))
  const receipt = openReceipt(call, pending.batch, args.receipt)
  if (channels.field(call.store, 'isPrivate', receipt.channel)) {
    need(output.length === 0 && salts.length === 0 && tiles.length === 0, 'InvalidOpening')
  } else {
    needOutput(call, receipt, output, salts)
    needTrace(call, receipt, tiles)
  }
  close(call, pending)
}

/**
 * Shows that a tile stands where a holder says: in its version's text, and in the content of the contribution that the
 * version names there. If the tile has no such holder, the tile alone shows it. If the trace has no such tile, its number
 * of tiles shows it: the opening then has the index that was asked for, no data, and as its path the top of the trace's
 * tree alone (32 zero bytes if the trace is empty).
 */
export function answerHolder(call: Call, args: TracesArgs<'answerHolder'>): undefined {
  const { tile: ref, holder } = args
  const pending = loadPending(call, args.batch, holderAsked(ref.receipt.index, ref.tile.index, holder))
  const isShown =
    ref.tile.index < ref.tiles
      ? showsHolder(call, pending.batch, args)
      : showsNoTile(call, openReceipt(call, pending.batch, ref.receipt), ref) && bringsNoHolder(args)
  need(isShown, 'InvalidOpening')
  close(call, pending)
}

/** Shows entries of the ledger in a row, with the fewest siblings (per level from below: left, right). */
export function answerLedger(
  call: Call,
  { batch: id, start, entries, siblings }: TracesArgs<'answerLedger'>,
): undefined {
  const count = BigInt(entries.length)
  const pending = loadPending(call, id, ledgerAsked(start, count))
  const head = ledgerHead(pending.batch)
  call.charge(BigInt(rangeHashes(start, start + count, head.count)) * hashGas(leafPrefixBytes + leafBytes.entry))
  const isReadable = entries.every((entry) => decodeEntry(entry) !== undefined)
  need(isReadable && verifyRange(head, start, entries, siblings), 'InvalidOpening')
  close(call, pending)
}

type Pending = { readonly id: Hash; readonly demand: Demand; readonly batchId: Hash; readonly batch: Batch }

/** The demand for this, against the present roots, while it can be answered. */
function loadPending(call: Call, batchId: Hash, asked: Asked): Pending {
  const batch = loadBatch(call, batchId)
  const id = demandId(call, batchId, batch.set, asked)
  const demand = demands.get(call.store, id)
  need(demand.status !== 0n, 'UnknownObject', { id })
  needOpen(demand)
  const answerBy = answerTime(call, demand, batch) ?? fail('WrongStatus', { status: batch.status })
  need(call.now <= answerBy, 'TooLate', { latest: answerBy })
  return { id, demand, batchId, batch }
}

/** The bond goes back or to the provider; whoever wants to refute what was shown has half a window for it. */
function close(call: Call, { id, demand, batchId, batch }: Pending): void {
  const { answeredDemands, windowSec } = batch
  const deadline = larger(batch.deadline, call.now + windowSec / 2n)
  // Refuted roots wait for no demands.
  const openDemands = batch.status === batchStatus.open ? batch.openDemands - 1n : 0n
  demands.set(call.store, { status: demandStatus.answered }, id)
  batches.set(
    call.store,
    { openDemands, answeredDemands: smaller(answeredDemands + 1n, freeAnswers), deadline },
    batchId,
  )
  const to = answeredDemands < freeAnswers ? demand.demander : loadAgent(call, batch.provider).owner
  credit(call, 'bonds', to, demand.bond)
  emit(call, 'Answered', { demand: id, batch: batchId, deadline })
}

function needOutput(call: Call, receipt: ReceiptLeaf, output: Uint8Array, salts: readonly Hash[]): void {
  const count = chunkCount(BigInt(output.length))
  need(output.length === receipt.outputLength && BigInt(salts.length) === count, 'InvalidOpening')
  call.charge(count * (hashGas(leafPrefixBytes + saltBytes + chunkBytes) + hashGas(nodeBytes)) + hashGas(rootBytes))
  need(createSaltedTree(output, salts.map(hexToBytes)).root === receipt.outputRoot, 'InvalidOpening')
}

function needTrace(call: Call, receipt: ReceiptLeaf, tiles: readonly Uint8Array[]): void {
  need(tiles.length <= maxTiles, 'TooMany', { most: BigInt(maxTiles) })
  const leafGas = hashGas(leafPrefixBytes + leafBytes.maxTile) + hashGas(nodeBytes)
  call.charge(BigInt(tiles.length) * leafGas + hashGas(rootBytes))
  const isReadable = tiles.every((tile) => decodeTile(tile) !== undefined)
  need(isReadable, 'InvalidOpening')
  need(createTree(tiles).root === receipt.traceRoot, 'InvalidOpening')
}

function showsNoTile(call: Call, { traceRoot }: ReceiptLeaf, { tiles, tile: { data, path } }: TileRef): boolean {
  const top = path[0]
  if (top === undefined || path.length !== 1 || data.length > 0) return false
  call.charge(hashGas(rootBytes))
  return rootOf(tiles, 0n, top) === traceRoot
}

function showsHolder(call: Call, batch: Batch, args: TracesArgs<'answerHolder'>): boolean {
  const { receipt, tile } = openTile(call, batch, args.tile)
  const holder = tile.holders[Number(args.holder)]
  if (holder === undefined) return bringsNoHolder(args)
  if (args.document.entry.index !== BigInt(holder.document)) return false
  const bytes = openOutput(call, receipt, args.output, { from: tile.start, to: tile.start + tile.length })
  const found = {
    corpusIndex: BigInt(tile.corpusIndex),
    document: args.document,
    offset: BigInt(holder.offset),
    chunks: args.text,
  }
  const doc = openOccurrence(call, batch, found, bytes)
  if (doc === undefined) return false
  return standsInContribution(call, doc, { from: holder.offset - doc.start, chunks: args.content }, bytes)
}

/** True if nothing is opened of a document, the output, the text and the content. */
function bringsNoHolder({ document, output, text, content }: TracesArgs<'answerHolder'>): boolean {
  const isAbsent = [document.entry, document.next].every((opening) => presentOpening(opening) === undefined)
  return isAbsent && [output, text, content].every(({ length }) => length === 0)
}
