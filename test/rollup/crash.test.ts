import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bytesToHex } from '../../core/hex.ts'
import type { Kv } from '../../core/ports/kv.ts'
import { createMemoryKv } from '../../state/store/memoryKv.ts'
import { verifyStore } from '../../state/store/verify.ts'
import { createFaultKv } from '../crash/faultKv.ts'
import type { L1View } from './l1/simL1.ts'
import { openValidator } from './node.ts'
import { roles } from './spec.ts'
import { type Setup, setup } from './world.ts'

async function dump(kv: Kv): Promise<Map<string, string>> {
  const entries = new Map<string, string>()
  for await (const [key, value] of kv.entries({ gte: new Uint8Array(0), lt: Uint8Array.of(0xff) })) {
    entries.set(bytesToHex(key), bytesToHex(value))
  }
  return entries
}

/** What L1 was at some moments: with batches, blobs, a deposit, a fork, blocks from L1 alone, finality. */
async function history(world: Setup): Promise<readonly L1View[]> {
  const { sequencer, l1 } = world
  const moments: L1View[] = []
  const moment = async () => {
    moments.push(l1.snapshot())
    await sequencer.sync()
  }
  await l1.mineMany(2)
  await moment()
  sequencer.submit(world.transfer(1, 0n))
  await sequencer.seal(3)
  world.post(world.batches(sequencer, 1n, 2n))
  world.post(world.batches(sequencer, 3n, 3n), { blobs: true })
  world.deposit({ from: roles.deployer.address, to: undefined, mint: 3n })
  await l1.mine()
  await moment()
  l1.finalize(l1.head().block.number - 1n)
  await l1.mine()
  await moment()
  await l1.reorg(2, { blocks: 3, inject: [world.postOf(world.batches(sequencer, 1n, 3n))] })
  await moment()
  for (let round = 0; round < 23; round++) await l1.mine()
  await moment()
  l1.finalize(l1.head().block.number)
  await l1.mine()
  await moment()
  return moments
}

describe('a process that dies at any write of the follower', () => {
  for (const mode of ['before', 'after'] as const) {
    test(`${mode} the write: started again it ends with the same database`, async () => {
      const world = await setup()
      const moments = await history(world)
      let now = moments[0]!
      const l1 = {
        clock: world.clock,
        head: () => now.head(),
        at: (number: bigint) => now.at(number),
        raw: (number: bigint) => now.raw(number),
        finalized: () => now.finalized(),
      }
      const open = (kv: Kv) => openValidator({ ...world, l1, kv })
      const kv = createMemoryKv()
      const counted = createFaultKv(kv, { failAt: Number.POSITIVE_INFINITY, mode })
      const control = await open(counted)
      for (now of moments) await control.sync()
      const wanted = await dump(kv)
      assert.ok(control.chain.heads().safe.number > 5n && control.chain.heads().finalized.number > 0n)
      const writes = counted.batches()
      assert.ok(writes > 20)

      for (let failAt = 1; failAt <= writes; failAt++) {
        const disk = createMemoryKv()
        let died = 0
        const restart = async () => {
          died++
          assert.deepEqual(failAt === 1 && mode === 'before' ? [] : (await verifyStore(disk)).findings, [])
          return open(disk)
        }
        now = moments[0]!
        let node = await open(createFaultKv(disk, { failAt, mode })).catch(restart)
        for (now of moments) {
          const isAlive = await node.sync().then(
            () => true,
            () => false,
          )
          if (isAlive) continue
          node = await restart()
          await node.sync()
        }
        assert.equal(died, 1, `write ${failAt}`)
        assert.deepEqual((await verifyStore(disk)).findings, [], `write ${failAt}`)
        assert.deepEqual(await dump(disk), wanted, `write ${failAt}`)
      }
      await world.finish()
    })
  }
})
