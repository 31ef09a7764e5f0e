import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchesOf, openActor, transfer } from './actor.ts'
import { batchTx, blobTx, createFakeL1 } from './fakeL1.ts'

test('a validator derives from L1 alone the blocks that the sequencer made, and both call them safe', async () => {
  for (const kind of ['calldata', 'blobs'] as const) {
    const l1 = createFakeL1()
    const sequencer = await openActor(l1)
    l1.mine({ deposits: [{ mint: 5n }, { value: 1n }] })
    l1.mineMany(3)
    await sequencer.sync()
    for (let nonce = 0n; nonce < 4n; nonce++) await sequencer.seal([transfer(0, nonce), transfer(1, nonce)], 12n)
    const batches = batchesOf(sequencer.chain, 1n, 4n)
    const tx = kind === 'blobs' ? blobTx(l1, batches) : batchTx(batches)
    l1.mine({ inbox: [tx] })
    const before = sequencer.executed()
    await sequencer.sync()
    assert.equal(sequencer.executed(), before, 'nothing is executed twice')
    const validator = await openActor(l1)
    await validator.sync()
    assert.deepEqual(validator.chain.heads(), sequencer.chain.heads())
    assert.equal(validator.chain.heads().safe.number, 4n)
    assert.deepEqual(validator.follower.tip(), sequencer.follower.tip())
  }
})
