import type { Hash } from '../../core/hex.ts'
import { bigintToBytes, bytesToHash, concatBytes, emptyBytes, hexToBytes } from '../../core/hex.ts'
import { keccak256, keccakHash } from '../../core/keccak.ts'
import { encodeRlp, type RlpItem } from '../../core/rlp.ts'
import type { Signature } from '../../core/tx.ts'
import type { Content, Price } from './request.ts'

/** Form of the proofs beside blobs. */
export type SidecarForm = 'eip4844' | 'eip7594'

/** A transaction of L1 before it is signed: type 2 (EIP-1559) for a call, type 3 (EIP-4844) with blobs. */
export type Unsigned = {
  readonly chainId: bigint
  readonly nonce: bigint
  readonly content: Content
  readonly price: Price
}

/** What its sender signs. */
export function signingDigest(tx: Unsigned): Hash {
  return bytesToHash(keccak256(typed(tx, payload(tx))))
}

/** The transaction as it stands in a block, without its sidecar, and its hash. */
export function encodeSigned(tx: Unsigned, signature: Signature): { readonly raw: Uint8Array; readonly hash: Hash } {
  const raw = typed(tx, signed(tx, signature))
  return { raw, hash: keccakHash(raw) }
}

/**
 * The form in which it is offered to an L1 node: with the sidecar, if it has blobs. EIP-4844: [transaction, blobs,
 * commitments, proofs]; EIP-7594: [transaction, 1, blobs, commitments, cell proofs].
 */
export function encodeOffer(tx: Unsigned, signature: Signature, form: SidecarForm): Uint8Array {
  const { kind, sidecars } = tx.content
  if (kind === 'call') return encodeSigned(tx, signature).raw
  return typed(tx, [
    signed(tx, signature),
    ...(form === 'eip7594' ? [Uint8Array.of(1)] : []),
    sidecars.map(({ blob }) => blob),
    sidecars.map(({ commitment }) => commitment),
    sidecars.flatMap(({ proofs }) => proofs),
  ])
}

function typed({ content }: Unsigned, items: RlpItem): Uint8Array {
  return concatBytes(Uint8Array.of(content.kind === 'call' ? 2 : 3), encodeRlp(items))
}

function payload({ chainId, nonce, content, price }: Unsigned): RlpItem[] {
  const items: RlpItem[] = [
    bigintToBytes(chainId),
    bigintToBytes(nonce),
    bigintToBytes(price.tip),
    bigintToBytes(price.maxFeePerGas),
    bigintToBytes(content.gas),
    hexToBytes(content.to),
    bigintToBytes(content.value),
    content.data,
    [],
  ]
  if (content.kind === 'blobs') {
    items.push(
      bigintToBytes(price.maxBlobFee),
      content.sidecars.map(({ hash }) => hexToBytes(hash)),
    )
  }
  return items
}

function signed(tx: Unsigned, { yParity, r, s }: Signature): RlpItem[] {
  return [...payload(tx), yParity === 0 ? emptyBytes : Uint8Array.of(1), bigintToBytes(r), bigintToBytes(s)]
}
