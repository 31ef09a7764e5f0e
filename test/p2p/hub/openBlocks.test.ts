import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeBlock } from '../../../core/block.ts'
import { headerHash } from '../../../core/header.ts'
import { type Hash, zeroHash } from '../../../core/hex.ts'
import { openBlocks } from '../../../p2p/hub/openBlocks.ts'
import { packBlocks } from '../../../p2p/wire/blocks.ts'
import { blockOf } from '../gossip/messages.ts'

/** An answer of so many blocks, each with so many transactions, and how often opening it let others have their turn. */
async function pauses(count: number, txs: number): Promise<number> {
  let parentHash: Hash = zeroHash
  const raws = Array.from({ length: count }, (_, index) => {
    const block = blockOf({ number: BigInt(index + 1), txs })
    const header = { ...block.header, parentHash }
    parentHash = headerHash(header)
    return { raw: encodeBlock({ ...block, header }), seal: undefined }
  })
  let paused = 0
  const pause = async () => void paused++
  const opened = await openBlocks(packBlocks(raws), { from: 1n, count }, { maxBlockBytes: 2_097_152, pause })
  assert.equal(opened?.length, count)
  return paused
}

test('others have their turn while an answer is opened: after much work, not after each small block', async () => {
  assert.equal(await pauses(4, 1), 0)
  assert.equal(await pauses(3, 120), 3)
  const some = await pauses(20, 20)
  assert.ok(some >= 3 && some <= 5, `${some} pauses`)
})
