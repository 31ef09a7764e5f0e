import type { TileLeaf } from './leaves.ts'

// Amounts in wei, rates in 1/10,000; every quotient is floored, products come before quotients. Running sums are
// differences of floored totals, so that what is paid in pieces sums to what the whole would pay.

const unit = 10_000n

/** What of a channel's payments is margin: floor(after * bps / 1e4) - floor(before * bps / 1e4). */
export function marginOf(before: bigint, after: bigint, marginBps: bigint): bigint {
  return (after * marginBps) / unit - (before * marginBps) / unit
}

/** What of a margin the tiles of the traces can earn: floor(margin * dataBps * specificBps / 1e8). */
export function specificPart(margin: bigint, dataBps: bigint, specificBps: bigint): bigint {
  return (margin * dataBps * specificBps) / (unit * unit)
}

/** D_i: what the tiles of one receipt can earn, given the batch's running margin before and after it. */
export function receiptSpecific(before: bigint, after: bigint, dataBps: bigint, specificBps: bigint): bigint {
  return specificPart(after, dataBps, specificBps) - specificPart(before, dataBps, specificBps)
}

/** C_{j-1}: paid bytes of the receipt before a tile. A common tile pays none; a false tile of more than its end: 0. */
export function paidBefore({ common, length, paidEnd }: Pick<TileLeaf, 'common' | 'length' | 'paidEnd'>): number {
  return common === 1 ? paidEnd : Math.max(0, paidEnd - length)
}

/** What a tile earns: floor(D_i * C_j / L) - floor(D_i * C_{j-1} / L), 0 for an empty output. */
export function tileEarnings(
  specific: bigint,
  tile: Pick<TileLeaf, 'common' | 'length' | 'paidEnd'>,
  outputLength: number,
): bigint {
  return receiptCredit(specific, tile.paidEnd, outputLength) - receiptCredit(specific, paidBefore(tile), outputLength)
}

/** What the tiles of a receipt earn together, `paidBytes` being C of the last one: floor(D_i * C / L), 0 for L = 0. */
export function receiptCredit(specific: bigint, paidBytes: number, outputLength: number): bigint {
  return outputLength === 0 ? 0n : (specific * BigInt(paidBytes)) / BigInt(outputLength)
}

/**
 * Credits wei to all bytes of a version alike: wei + carry = perByte * byteLength + next carry. A document's owner is
 * owed perByte for each of its bytes. A version without bytes carries everything.
 */
export function accruePerByte(
  wei: bigint,
  carry: bigint,
  byteLength: bigint,
): { readonly perByte: bigint; readonly carry: bigint } {
  if (byteLength === 0n) return { perByte: 0n, carry: carry + wei }
  return { perByte: (wei + carry) / byteLength, carry: (wei + carry) % byteLength }
}
