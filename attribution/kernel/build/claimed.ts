import type { Hash } from '../../../core/hex.ts'
import { concatBytes } from '../../../core/hex.ts'
import type { Body } from '../body.ts'
import { encodeEntry, encodeReceipt, encodeTile, encodeUpdate } from '../leaves.ts'
import type { Rates } from '../ledger.ts'
import { chunk, chunkCount } from '../text.ts'

/** What is shown of an output: what its root binds, and the leaves (salt and chunk) as they are. */
export type ClaimedOutput = {
  readonly count: bigint
  readonly byteLength: bigint
  readonly leaves: readonly Uint8Array[]
}

/** What is shown of a receipt. Undefined is withheld; outputs of private channels are. */
export type ClaimedReceipt = {
  readonly leaf: Uint8Array
  readonly output: ClaimedOutput | undefined
  readonly tiles: readonly Uint8Array[] | undefined
}

/** The body of a batch as somebody shows it: raw leaves, none of which need mean anything or be of the batch's roots. */
export type ClaimedBody = {
  readonly receipts: readonly ClaimedReceipt[]
  readonly entries: readonly Uint8Array[]
}

/** What the chain says of a batch. */
export type BatchFacts = Rates & {
  readonly chainId: bigint
  /** Leaves of the updatesRoot. The chain made them itself: they are known to all and never false. */
  readonly updates: readonly Uint8Array[]
  readonly receiptsRoot: Hash
  readonly ledgerRoot: Hash
  readonly receiptCount: bigint
  readonly ledgerCount: bigint
  /** M and S, wei. */
  readonly margin: bigint
  readonly credit: bigint
  /** True for channels whose outputs are not shown. */
  readonly isPrivate: (channel: bigint) => boolean
}

/** What the maker of a body shows of it. */
export function claimBody(body: Pick<Body, 'receipts' | 'entries'>): ClaimedBody {
  return {
    receipts: body.receipts.map(({ leaf, output, tiles }) => ({
      leaf: encodeReceipt(leaf),
      output: output && claimOutput(output.bytes, output.salts),
      tiles: tiles.map(encodeTile),
    })),
    entries: body.entries.map(encodeEntry),
  }
}

/** An output as it is shown: one salt of 32 bytes per chunk. */
export function claimOutput(bytes: Uint8Array, salts: readonly Uint8Array[]): ClaimedOutput {
  const byteLength = BigInt(bytes.length)
  const count = chunkCount(byteLength)
  const leaves = Array.from({ length: Number(count) }, (_, index) => concatBytes(salts[index]!, chunk(bytes, index)))
  return { count, byteLength, leaves }
}

/** What the chain says of a body once it is settled. */
export function factsOf(
  { updates, header }: Pick<Body, 'updates' | 'header'>,
  rates: Rates & Pick<BatchFacts, 'chainId' | 'isPrivate'>,
): BatchFacts {
  const { receiptsRoot, ledgerRoot, receiptCount, ledgerCount, margin, credit } = header
  const { chainId, isPrivate, marginBps, dataBps, specificBps } = rates
  return {
    chainId,
    isPrivate,
    marginBps,
    dataBps,
    specificBps,
    updates: updates.map(encodeUpdate),
    receiptsRoot,
    ledgerRoot,
    receiptCount,
    ledgerCount,
    margin,
    credit,
  }
}
