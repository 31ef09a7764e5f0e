import { type Block, decodeBlock } from '../../core/block.ts'
import { decodeHeader, type Header, headerHash } from '../../core/header.ts'
import { type Address, equalBytes } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { decodeL1Attributes, type L1Attributes } from '../../core/l1Attributes.ts'
import { splitRlpList } from '../../core/rlp.ts'
import { type SealedRef, sealSigner } from '../../core/seal.ts'
import { listRoot } from '../../state/trie/listRoot.ts'
import { inflateBlock } from '../wire/compress.ts'
import type { SignedBlock } from './finding.ts'

/** A signed block that was looked into: who signed it, and the block. */
export type OpenedSigned = { readonly signer: Address; readonly block: Block }

/**
 * Opens a signed block and checks that the signer is answerable for all of it: the seal is of this header, and the body
 * is that of the header or of the seal. Otherwise it says in words what is missing.
 */
export function openSigned(chainId: bigint, signed: SignedBlock): OpenedSigned | string {
  const block = decodeBlock(signed.raw)
  if ('reject' in block) return `the block does not decode: ${block.reject}`
  const { header, hash } = block
  if (hash !== signed.hash || header.number !== signed.number || header.parentHash !== signed.parentHash) {
    return 'the seal is of another block'
  }
  const signer = sealSigner(chainId, signed, signed.seal)
  if (signer === undefined) return 'the seal is of no key'
  if (!isBodyOf(header, block) && !isSealedBody(signed)) {
    return 'the transactions are neither those of the header nor those of the seal: anybody may have put them there'
  }
  return { signer, block }
}

/** What a block says of its L1 origin; undefined if its first transaction says nothing of the kind. */
export function attributesOf({ transactions }: Pick<Block, 'transactions'>): L1Attributes | undefined {
  const first = transactions[0]?.tx
  return first?.type === 0x7e ? decodeL1Attributes(first.data) : undefined
}

/** Number, parent and hash of an encoded block by its header alone; undefined if that does not decode. */
export function refOfRaw(raw: Uint8Array): SealedRef | undefined {
  const first = splitRlpList(raw)?.[0]
  const header = first && decodeHeader(first)
  return header && { number: header.number, parentHash: header.parentHash, hash: headerHash(header) }
}

/** Whether the transactions are those that the header commits to. */
export function isBodyOf(
  header: Pick<Header, 'transactionsRoot'>,
  { transactions }: Pick<Block, 'transactions'>,
): boolean {
  return listRoot(transactions.map(({ raw }) => raw)) === header.transactionsRoot
}

function isSealedBody({ raw, seal, compressed }: SignedBlock): boolean {
  if (compressed === undefined || keccakHash(compressed) !== seal.contentHash) return false
  const inflated = inflateBlock(compressed, raw.length)
  return inflated !== undefined && equalBytes(inflated, raw)
}
