import { parseSignature } from 'viem'
import {
  packSignature,
  type Receipt,
  typedDataDomain,
  typedDataTypes,
  type Voucher,
} from '../attribution/kernel/typedData.ts'
import type { SignedVoucher } from '../attribution/kernel/updates.ts'
import type { Hex } from '../core/hex.ts'

/** Who signs: an account of viem, of whatever copy of it, or a wallet client with one. */
export type TypedDataSigner = { signTypedData(definition: never): Promise<Hex> }

/** The provider's signature of a receipt, with the key that the channel has as `providerKey`: 64 bytes (EIP-2098). */
export async function signReceipt(signer: TypedDataSigner, chainId: bigint, receipt: Receipt): Promise<Uint8Array> {
  const message = Object.fromEntries(typedDataTypes.Receipt.map(({ name }) => [name, receipt[name]]))
  return await sign(signer, chainId, 'Receipt', message)
}

/** The payer's signature of a voucher, with the channel's session key: what `encodeUpdates` packs for `settleBatch`. */
export async function signVoucher(signer: TypedDataSigner, chainId: bigint, voucher: Voucher): Promise<SignedVoucher> {
  const message = Object.fromEntries(typedDataTypes.Voucher.map(({ name }) => [name, voucher[name]]))
  return { ...voucher, signature: await sign(signer, chainId, 'Voucher', message) }
}

async function sign(
  signer: TypedDataSigner,
  chainId: bigint,
  primaryType: 'Receipt' | 'Voucher',
  message: Record<string, unknown>,
): Promise<Uint8Array> {
  const definition = { domain: typedDataDomain(chainId), types: typedDataTypes, primaryType, message }
  const signature = await signer.signTypedData(definition as never)
  const { r, s, yParity } = parseSignature(signature)
  return packSignature({ r: BigInt(r), s: BigInt(s), yParity: yParity === 1 ? 1 : 0 })
}
