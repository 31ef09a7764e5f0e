import { assert } from '../../core/errors.ts'
import { type Address, bytesToAddress, hexToBytes } from '../../core/hex.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import { decodeTx } from '../../core/txDecode.ts'

/**
 * Transactions for another thread: one buffer that changes hands, instead of thousands of objects to clone. The senders
 * are part of it, so recovery is not repeated; the wire form is decoded again, which is cheaper than cloning.
 */
export type PackedTxs = { readonly buffer: ArrayBuffer; readonly lengths: readonly number[] }

const addressBytes = 20

/** Copies the transactions into a fresh buffer, to be transferred. */
export function packTxs(txs: readonly TxEnvelope<SignedTx>[]): PackedTxs {
  const lengths = txs.map(({ raw }) => raw.length)
  const total = lengths.reduce((sum, length) => sum + length + addressBytes, 0)
  const bytes = new Uint8Array(new ArrayBuffer(total))
  let offset = 0
  for (const { raw, from } of txs) {
    bytes.set(hexToBytes(from), offset)
    bytes.set(raw, offset + addressBytes)
    offset += addressBytes + raw.length
  }
  return { buffer: bytes.buffer, lengths }
}

/** The transactions again, each with bytes of its own: a pooled one must not hold the others' memory. */
export function unpackTxs({ buffer, lengths }: PackedTxs): readonly TxEnvelope<SignedTx>[] {
  let offset = 0
  return lengths.map((length) => {
    const from = bytesToAddress(new Uint8Array(buffer, offset, addressBytes))
    const raw = new Uint8Array(buffer, offset + addressBytes, length).slice()
    offset += addressBytes + length
    return open(raw, from)
  })
}

function open(raw: Uint8Array, from: Address): TxEnvelope<SignedTx> {
  const decoded = decodeTx(raw, { impersonation: true })
  assert(!('reject' in decoded) && decoded.tx.type !== 0x7e, 'a packed transaction does not decode')
  return { tx: decoded.tx, raw, hash: decoded.hash, from }
}
