import type { Address, Hash } from '../../core/hex.ts'

/** Pools of L1 nodes keep the two apart, and an account may have pending transactions in one of them only. */
export type TxKind = 'call' | 'blobs'

/** A blob with its KZG commitment and proofs: one of EIP-4844, or 128 of EIP-7594, as the L1 wants them. */
export type BlobSidecar = {
  readonly blob: Uint8Array
  readonly commitment: Uint8Array
  readonly hash: Hash
  readonly proofs: readonly Uint8Array[]
}

/** What a transaction is to do. `memo` is the requester's own: it comes back with the outcome, also after a restart. */
export type SendRequest = {
  readonly to: Address
  readonly memo: Uint8Array
} & (
  | {
      readonly kind: 'call'
      readonly data: Uint8Array
      readonly value: bigint
      /** Gas limit; undefined: asked of the L1 node. */
      readonly gas: bigint | undefined
    }
  | { readonly kind: 'blobs'; readonly sidecars: readonly BlobSidecar[] }
)

/** The same with everything fixed but the price. */
export type Content = {
  readonly kind: TxKind
  readonly to: Address
  readonly data: Uint8Array
  readonly value: bigint
  readonly gas: bigint
  readonly sidecars: readonly BlobSidecar[]
}

/** What a transaction is ready to pay, in wei per gas and per blob gas (0 for a call). */
export type Price = { readonly maxFeePerGas: bigint; readonly tip: bigint; readonly maxBlobFee: bigint }

/** Blob gas of one blob (EIP-4844). */
export const blobGas = 131_072n

/** Gas of a transaction without data. */
export const transferGas = 21_000n

/** Gas of a call to an account without code: EIP-7623 makes data cost 10 per zero byte, 40 per other byte. */
export function dataGas(data: Uint8Array): bigint {
  let tokens = 0
  for (const byte of data) tokens += byte === 0 ? 1 : 4
  return transferGas + 10n * BigInt(tokens)
}

/** What of a transaction its cost depends on. */
export type Load = {
  readonly kind: TxKind
  readonly gas: bigint
  readonly blobs: number
  readonly value: bigint
}

export function loadOf({ kind, gas, sidecars, value }: Content): Load {
  return { kind, gas, blobs: sidecars.length, value }
}

/** The most that a transaction can cost at a price, in wei; an L1 node wants that much in the account. */
export function maxCostWei({ gas, blobs, value }: Load, price: Price): bigint {
  return gas * price.maxFeePerGas + BigInt(blobs) * blobGas * price.maxBlobFee + value
}
