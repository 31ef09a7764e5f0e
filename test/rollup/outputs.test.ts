import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Hash } from '../../core/hex.ts'
import { createOutputWatch } from '../../l1/outputs.ts'
import { bondWei, finalizationPeriodSec, submissionIntervalSec } from './contracts.ts'
import { walletOf } from './l1/ports.ts'
import { roles } from './spec.ts'
import { bob, openSystem } from './system.ts'

const lie = `0x${'66'.repeat(32)}` as Hash

/** A system in which some outputs are on L1, and a node that looks at them. */
async function open() {
  const one = await openSystem()
  const { l1, spec } = one
  let keepFrom = () => 0n
  const node = await one.openValidator({ keepFrom: () => keepFrom() })
  const { follower, chain } = node
  const log = { info: () => {}, warn: () => {} }
  const watch = createOutputWatch({ wallet: walletOf(l1), oracle: spec.l1.rollup!.outputOracle, follower, chain, log })
  keepFrom = watch.keepFrom
  for (let round = 0; round < 8; round++) await one.round()
  const latest = async () => (await one.oracle.get('latestOutputIndex')) as bigint
  return { ...one, node, watch, latest }
}

describe('outputs on L1, as every node sees them', () => {
  test('those of the proposer match, until one does not; it is told for as long as it is there', async () => {
    const one = await open()
    const { oracle, node, watch } = one
    const first = await watch.look()
    assert.equal(BigInt(first.checked.length), await one.latest())
    assert.ok(first.checked.length >= 1 && first.checked.every(({ verdict }) => verdict === 'matches'))
    assert.deepEqual(
      first.matching,
      first.checked.map(({ claim }) => claim),
    )
    await one.passOnL1(submissionIntervalSec)
    const { block, safe } = node.follower.tip()
    const args = [lie, safe.number, block.hash, block.number]
    assert.ok(await one.sends(oracle.send(roles.proposer.privateKey, 'proposeL2Output', args)))
    const index = await one.latest()
    const second = await watch.look()
    assert.deepEqual(second.matching, first.matching)
    assert.deepEqual(second.disputed, [
      {
        index,
        claim: { l2BlockNumber: safe.number, outputRoot: lie, l1BlockHash: block.hash },
        l1BlockNumber: block.number,
        own: node.chain.reader.headerByHash(safe.hash),
      },
    ])
    assert.ok(await one.sends(oracle.send(bob.privateKey, 'challenge', [index], bondWei)))
    assert.equal((await watch.look()).disputed.length, 1)
    await one.passOnL1(301n)
    assert.ok(await one.sends(oracle.send(bob.privateKey, 'resolve', [index])))
    await watch.look()
    assert.deepEqual((await watch.look()).disputed, [])
    await one.finish()
  })

  test('an output is judged once its L1 block was read, and goes with it when L1 reorganises', async () => {
    const one = await open()
    const { l1, watch, node } = one
    await watch.look()
    node.faults.down = true
    async function until(wanted: bigint): Promise<void> {
      for (let rounds = 0; (await one.latest()) < wanted; rounds++) {
        assert.ok(rounds < 30, 'outputs come')
        await one.round()
      }
    }
    const last = (await one.latest()) + 3n
    await until(last)
    const verdict = async () => (await watch.look()).checked.find(({ index }) => index === last)?.verdict
    assert.equal(await verdict(), 'unknown')
    node.faults.down = false
    await node.sync()
    assert.equal(await verdict(), 'matches')
    // What is proposed after it is about another L1 block.
    await l1.reorg(1)
    await one.sync()
    assert.equal(await one.latest(), last - 1n)
    await watch.look()
    assert.equal(BigInt((await watch.look()).matching.length), last - 1n)
    await until(last)
    assert.equal(await verdict(), 'matches')
    await one.finish()
  })

  test('records are kept for as long as an output that needs them can be doubted, and no longer', async () => {
    const one = await open()
    const { watch, oracle, node } = one
    const origin = one.spec.l1.origin.number
    const oldest = () => {
      for (let number = origin; ; number++) if (node.follower.record(number) !== undefined) return number
    }
    assert.equal(oldest(), origin, 'nothing is known of outputs yet')
    assert.ok(node.chain.heads().finalized.number > 0n)
    await watch.look()
    await one.round()
    assert.equal(oldest(), origin + 1n)
    await one.passOnL1(finalizationPeriodSec)
    await watch.look()
    for (let rounds = 0; rounds < 3; rounds++) await one.round()
    assert.equal(await oracle.get('isFinalized', 1n), true)
    assert.ok(oldest() > origin + 1n)
    await one.finish()
  })
})
