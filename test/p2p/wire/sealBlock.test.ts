import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeBlock } from '../../../core/block.ts'
import { keccakHash } from '../../../core/keccak.ts'
import { sealSigner } from '../../../core/seal.ts'
import { inflateBlock } from '../../../p2p/wire/compress.ts'
import { decodeEnvelope, envelopeSeal } from '../../../p2p/wire/envelope.ts'
import { sealBlock } from '../../../p2p/wire/sealBlock.ts'
import { blockOf, chainId, signerOf } from '../gossip/messages.ts'

test('a sealed block says what it is, and by whom', async () => {
  const sign = signerOf(1)
  const block = blockOf({ number: 9n, txs: 3 })
  const { message, seal } = await sealBlock({ chainId, epoch: 4n, block, sign })
  const envelope = decodeEnvelope(message) ?? assert.fail('malformed')
  const { epoch, number, parentHash, hash, compressed } = envelope
  assert.deepEqual([epoch, number, parentHash, hash], [4n, 9n, block.header.parentHash, block.hash])
  assert.deepEqual(inflateBlock(compressed, 10_000), encodeBlock(block))
  assert.equal(seal.contentHash, keccakHash(compressed))
  assert.deepEqual(envelopeSeal(envelope), seal)
  assert.equal(sealSigner(chainId, envelope, seal), sign.address)
})

test('a seal holds for nothing but its block, content, epoch and chain', async () => {
  const sign = signerOf(1)
  const block = blockOf({ number: 9n, txs: 0 })
  const { seal } = await sealBlock({ chainId, epoch: 4n, block, sign })
  const ref = { number: 9n, parentHash: block.header.parentHash, hash: block.hash }
  const other = keccakHash(Uint8Array.of(1))
  assert.equal(sealSigner(chainId, ref, seal), sign.address)
  const changed = [
    sealSigner(chainId + 1n, ref, seal),
    sealSigner(chainId, { ...ref, number: 10n }, seal),
    sealSigner(chainId, { ...ref, parentHash: other }, seal),
    sealSigner(chainId, { ...ref, hash: other }, seal),
    sealSigner(chainId, ref, { ...seal, epoch: 5n }),
    sealSigner(chainId, ref, { ...seal, contentHash: other }),
  ]
  for (const signer of changed) assert.notEqual(signer, sign.address)
})
