import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeBlock } from '../../../core/block.ts'
import { headerHash } from '../../../core/header.ts'
import { type Hash, zeroHash } from '../../../core/hex.ts'
import { openBlocks } from '../../../p2p/hub/openBlocks.ts'
import { packBlocks } from '../../../p2p/wire/blocks.ts'
import { blockOf } from '../gossip/messages.ts'

/** An answer of so many blocks, each with so many transactions. */
function answerOf(count: number, txs: number): Uint8Array {
  let parentHash: Hash = zeroHash
  const raws = Array.from({ length: count }, (_, index) => {
    const block = blockOf({ number: BigInt(index + 1), txs })
    const header = { ...block.header, parentHash }
    parentHash = headerHash(header)
    return { raw: encodeBlock({ ...block, header }), seal: undefined }
  })
  return packBlocks(raws)
}

/** What comes of it, and how often opening it let others have their turn. */
async function open(count: number, txs: number, isSealed: boolean) {
  let paused = 0
  const pause = async () => void paused++
  const options = { maxBlockBytes: 2_097_152, isSealed: () => isSealed, pause }
  const blocks = await openBlocks(answerOf(count, txs), { from: 1n, count }, options)
  return { blocks, paused }
}

async function pauses(count: number, txs: number): Promise<number> {
  const { blocks, paused } = await open(count, txs, true)
  assert.equal(blocks?.length, count)
  return paused
}

test('others have their turn while an answer is opened: after much work, not after each small block', async () => {
  assert.equal(await pauses(4, 1), 0)
  assert.equal(await pauses(3, 120), 3)
  const some = await pauses(20, 20)
  assert.ok(some >= 3 && some <= 5, `${some} pauses`)
})

test('of what no known signer has sealed only a little is opened, and never a block with more than gas allows', async () => {
  assert.equal((await open(6, 600, true)).blocks?.length, 6)
  assert.equal((await open(6, 600, false)).blocks?.length, 4)
  assert.equal((await open(2, 2_300, false)).blocks?.length, 1)
  assert.equal((await open(1, 2_400, true)).blocks, undefined)
})
