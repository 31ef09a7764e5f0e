import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concatBytes, type Hash } from '../../../core/hex.ts'
import { encodeRlp } from '../../../core/rlp.ts'
import type { Seal } from '../../../core/seal.ts'
import {
  decodeBlocks,
  encodeBlocks,
  maxBlocksBytes,
  maxBlocksInflatedBytes,
  packBlocks,
} from '../../../p2p/wire/blocks.ts'
import { compressBlock, inflateBlock } from '../../../p2p/wire/compress.ts'
import { createRandom } from '../../core/random.ts'

const bounds = { maxCount: 128, maxBlockBytes: 2_097_152 }
const seal: Seal = {
  epoch: 0n,
  contentHash: `0x${'cd'.repeat(32)}` as Hash,
  signature: { r: 5n, s: 6n, yParity: 1 },
}

test('an answer holds the blocks with their seals, in order', () => {
  const raws = [1, 2, 3].map((byte) => new Uint8Array(500).fill(byte))
  const answer = packBlocks(raws.map((raw, index) => ({ raw, seal: index === 1 ? seal : undefined })))
  const blocks = decodeBlocks(answer, bounds) ?? assert.fail('malformed')
  assert.deepEqual(
    blocks.map(({ compressed }) => inflateBlock(compressed, 500)),
    raws,
  )
  assert.deepEqual(
    blocks.map((block) => block.seal),
    [undefined, seal, undefined],
  )
  assert.deepEqual(packBlocks([]), Uint8Array.of(0xc0))
  assert.deepEqual(decodeBlocks(Uint8Array.of(0xc0), bounds), [])
})

test('an answer ends before it has too many blocks, too many bytes or too many inflated bytes', () => {
  const next = createRandom(8)
  const noise = concatBytes(...Array.from({ length: 30_000 }, next))
  let read = 0
  function* endless(raw: Uint8Array) {
    for (;;) {
      read++
      yield { raw, seal }
    }
  }
  const countOf = (raw: Uint8Array) => {
    read = 0
    const answer = packBlocks(endless(raw))
    assert.ok(answer.length <= maxBlocksBytes)
    assert.ok(read <= 129, 'stops reading')
    return decodeBlocks(answer, bounds)?.length
  }
  assert.equal(countOf(new Uint8Array(100)), 128)
  assert.equal(countOf(noise), 4, 'four of 960,000 bytes')
  assert.equal(countOf(new Uint8Array(2_097_152)), maxBlocksInflatedBytes / 2_097_152)
})

test('refuses answers that would inflate to more than the bounds, before inflating any', () => {
  const compressed = compressBlock(new Uint8Array(2_097_152))
  const answer = (count: number) => encodeBlocks(Array.from({ length: count }, () => ({ compressed, seal: undefined })))
  assert.equal(decodeBlocks(answer(8), bounds)?.length, 8)
  assert.equal(decodeBlocks(answer(9), bounds), undefined)
  assert.equal(decodeBlocks(answer(1), { ...bounds, maxBlockBytes: 2_097_151 }), undefined)
  const largest = { maxCount: 1, maxBlockBytes: maxBlocksInflatedBytes * 2 }
  const one = { compressed: compressBlock(new Uint8Array(maxBlocksInflatedBytes + 1)), seal: undefined }
  assert.equal(decodeBlocks(encodeBlocks([one]), largest)?.length, 1, 'one block may be as large as a block may be')
})

test('refuses answers with more blocks than were asked for, too many bytes, or malformed parts', () => {
  const compressed = compressBlock(new Uint8Array(10))
  const packed = { compressed, seal }
  assert.equal(decodeBlocks(encodeBlocks([packed, packed, packed]), { ...bounds, maxCount: 2 }), undefined)
  assert.equal(decodeBlocks(new Uint8Array(maxBlocksBytes + 1), bounds), undefined)
  const signature = new Uint8Array(65).fill(1)
  const refused = {
    'a string': compressed,
    'no pair': [compressed],
    'three parts': [compressed, [], []],
    'no frame': [new Uint8Array(20), []],
    'a frame and more': [[compressed], []],
    'a seal that is a string': [compressed, new Uint8Array(0)],
    'a seal of two fields': [compressed, [new Uint8Array(0), new Uint8Array(32)]],
    'a seal without a valid signature': [compressed, [new Uint8Array(0), new Uint8Array(32), signature.with(64, 2)]],
    'an epoch with a leading zero': [compressed, [Uint8Array.of(0), new Uint8Array(32), signature]],
  }
  const isTaken = (item: Parameters<typeof encodeRlp>[0]) => decodeBlocks(encodeRlp([item]), bounds) !== undefined
  assert.ok(isTaken([compressed, [Uint8Array.of(1), new Uint8Array(32), signature]]))
  for (const [name, item] of Object.entries(refused)) assert.ok(!isTaken(item), name)
})
