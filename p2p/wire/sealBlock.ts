import { type Block, encodeBlock } from '../../core/block.ts'
import { keccakHash } from '../../core/keccak.ts'
import type { Sign } from '../../core/ports/sign.ts'
import { type Seal, sealDigest } from '../../core/seal.ts'
import { compressBlock } from './compress.ts'
import { encodeEnvelope } from './envelope.ts'

/** Signs a block of this sequencer: the message to gossip, and the seal to keep with the block. */
export async function sealBlock({
  chainId,
  epoch,
  block,
  sign,
}: {
  readonly chainId: bigint
  readonly epoch: bigint
  readonly block: Block
  readonly sign: Sign
}): Promise<{ readonly message: Uint8Array; readonly seal: Seal }> {
  const { hash, header } = block
  const ref = { number: header.number, parentHash: header.parentHash, hash }
  const compressed = compressBlock(encodeBlock(block))
  const contentHash = keccakHash(compressed)
  const signature = await sign.sign(sealDigest(chainId, ref, { epoch, contentHash }))
  return { message: encodeEnvelope({ ...ref, epoch, signature, compressed }), seal: { epoch, contentHash, signature } }
}
