import { assert } from '../../core/errors.ts'
import { type Codec, createCodec, hash, integer } from './fixed.ts'
import type { Voucher } from './typedData.ts'

/** A voucher with its payer's signature (EIP-2098, 64 bytes): what settles one channel. */
export type SignedVoucher = Voucher & { readonly signature: Uint8Array }

/** Most vouchers of one batch. */
export const maxUpdates = 256

const voucher: Codec<Voucher> = createCodec({
  channel: integer(6),
  sequence: integer(5),
  cumulative: integer(12),
  head: hash,
})
const signatureBytes = 64

/** Bytes of one packed update: u48 channel, u40 sequence, u96 cumulative, head, signature. */
export const updateBytes = voucher.size + signatureBytes

/** Packs 1 to 256 vouchers, whose channels ascend. */
export function encodeUpdates(updates: readonly SignedVoucher[]): Uint8Array {
  assert(updates.length >= 1 && updates.length <= maxUpdates, 'a batch has 1 to 256 updates')
  const bytes = new Uint8Array(updates.length * updateBytes)
  updates.forEach((update, index) => {
    const before = updates[index - 1]
    assert(before === undefined || before.channel < update.channel, 'updates ascend by channel')
    assert(update.signature.length === signatureBytes, 'a packed signature is 64 bytes')
    bytes.set(voucher.encode(update), index * updateBytes)
    bytes.set(update.signature, index * updateBytes + voucher.size)
  })
  return bytes
}

/**
 * The vouchers of packed updates, with signatures as views of the input; undefined unless they are 1 to 256 whole ones
 * with strictly ascending channels. Signatures are not judged.
 */
export function decodeUpdates(bytes: Uint8Array): readonly SignedVoucher[] | undefined {
  const count = bytes.length / updateBytes
  if (!Number.isInteger(count) || count < 1 || count > maxUpdates) return undefined
  const updates: SignedVoucher[] = []
  for (let at = 0; at < bytes.length; at += updateBytes) {
    const end = at + voucher.size
    const update = voucher.decode(bytes.subarray(at, end))!
    const before = updates.at(-1)
    if (before !== undefined && before.channel >= update.channel) return undefined
    updates.push({ ...update, signature: bytes.subarray(end, at + updateBytes) })
  }
  return updates
}
