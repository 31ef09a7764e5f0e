import { type Address, bigintToFixed, concatBytes, type Hash, hexToBytes } from './hex.ts'
import { keccakHash } from './keccak.ts'
import { recoverAddress } from './secp256k1.ts'
import type { Signature } from './tx.ts'

/**
 * What the sequencer signed when it gossiped a block. Kept with the block, it proves to anybody that the block is the
 * sequencer's before L1 says so (docs/SPEC.md, Peers). `contentHash` is the Keccak-256 of the compressed block as it
 * was gossiped: it lets receivers refuse a message before they inflate it.
 */
export type Seal = { readonly epoch: bigint; readonly contentHash: Hash; readonly signature: Signature }

/** The block a seal is for. */
export type SealedRef = { readonly number: bigint; readonly parentHash: Hash; readonly hash: Hash }

const domain = keccakHash(new TextEncoder().encode('OpenLedger gossiped block 1'))

/** What the sequencer signs: keccak(domain, chain id, epoch, number, parent hash, block hash, content hash); numbers are u64. */
export function sealDigest(
  chainId: bigint,
  { number, parentHash, hash }: SealedRef,
  seal: Omit<Seal, 'signature'>,
): Hash {
  return keccakHash(
    concatBytes(
      hexToBytes(domain),
      bigintToFixed(chainId, 8),
      bigintToFixed(seal.epoch, 8),
      bigintToFixed(number, 8),
      hexToBytes(parentHash),
      hexToBytes(hash),
      hexToBytes(seal.contentHash),
    ),
  )
}

/** Who sealed a block; undefined if the signature is out of range, has a high s or belongs to no key. */
export function sealSigner(chainId: bigint, block: SealedRef, seal: Seal): Address | undefined {
  return recoverAddress(hexToBytes(sealDigest(chainId, block, seal)), seal.signature)
}
