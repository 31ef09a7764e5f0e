import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { emptyBytes, zeroHash } from '../../../core/hex.ts'
import { outputOracleAbi } from '../../../l1/abi.ts'
import { outputRoot } from '../../../l1/output.ts'
import { decodeProposal, encodeProposal } from '../../../sequencer/proposer/memo.ts'
import { proposalData } from '../../../sequencer/proposer/oracle.ts'
import type { ProposerConfig } from '../../../sequencer/proposer/proposer.ts'
import { bondWei, contractOn, submissionIntervalSec } from '../../rollup/contracts.ts'
import { openBatcher, openProposer } from '../../rollup/senders.ts'
import { roles, users } from '../../rollup/spec.ts'
import { setup as setupWorld } from '../../rollup/world.ts'

/** Sequencer, batcher and proposer on contracts that are really there. */
async function setup(config: Partial<ProposerConfig> = { proposeAt: 'safe' }) {
  const world = await setupWorld({ contracts: true })
  const { l1, spec, sequencer } = world
  const base = { l1, spec, node: sequencer }
  const batcher = await openBatcher(base)
  const proposer = await openProposer({ ...base, config })
  const oracle = contractOn(l1, spec.l1.rollup!.outputOracle, outputOracleAbi)
  await world.mineMany(2)
  return {
    ...world,
    ...proposer,
    oracle,
    base,
    config,
    index: () => oracle.get('latestOutputIndex'),
    /** One more block that is safe, and an L1 block that knows it. */
    advance: async () => {
      await sequencer.seal()
      await batcher.post()
      await world.mineMany(2)
      await batcher.post()
    },
    /** The newest output is that of this L2 block as the node derives it. */
    assertLatest: async (l2Block: bigint) => {
      const index = await oracle.get('latestOutputIndex')
      const output = (await oracle.get('getL2Output', index)) as { outputRoot: string; l2BlockNumber: bigint }
      const hash = sequencer.chain.reader.hashByNumber(l2Block)!
      const { stateRoot, withdrawalsRoot } = sequencer.chain.reader.headerByHash(hash)!
      assert.deepEqual(
        [output.l2BlockNumber, output.outputRoot],
        [l2Block, outputRoot({ stateRoot, withdrawalsRoot, hash })],
      )
      const [l1Number, l1Hash] = (await oracle.get('outputL1Block', index)) as [bigint, string]
      assert.equal(l1.at(l1Number)?.block.hash, l1Hash)
      assert.equal(sequencer.follower.record(l1Number)?.safe.number, l2Block)
    },
  }
}

const slots = Number(submissionIntervalSec) / 12

describe('proposer', () => {
  test('proposes what is safe once an interval, with the bond, once', async () => {
    const rig = await setup()
    await rig.mineMany(slots)
    await rig.advance()
    assert.equal(await rig.propose(), 'pending')
    assert.equal(rig.l1.pool.all()[0]?.value, bondWei)
    await rig.mine()
    await rig.assertLatest(1n)
    assert.equal(await rig.propose(), 'idle')
    await rig.advance()
    assert.equal(await rig.propose(), 'idle', 'too soon')
    await rig.mineMany(slots)
    assert.equal(await rig.propose(), 'pending')
    assert.equal(rig.l1.pool.all()[0]?.value, 0n, 'the bond is there')
    await rig.mine()
    await rig.assertLatest(2n)
    await rig.mineMany(slots)
    assert.equal(await rig.propose(), 'idle', 'nothing new')
    assert.deepEqual(rig.warnings, [])
    assert.equal(rig.proposer.status().proposed, 2)
    assert.equal(rig.proposer.status().latest?.l2Block, 2n)
    await rig.finish()
  })

  test('on a real L1 only what is final', async () => {
    const rig = await setup({ proposeAt: 'finalized' })
    await rig.mineMany(slots)
    await rig.advance()
    assert.equal(await rig.propose(), 'idle')
    rig.l1.finalize(rig.l1.head().block.number - 2n)
    await rig.mine()
    assert.equal(await rig.propose(), 'idle', 'the batch is not final')
    rig.l1.finalize(rig.l1.head().block.number)
    await rig.mine()
    assert.equal(await rig.propose(), 'pending')
    await rig.mine()
    await rig.assertLatest(1n)
    await rig.finish()
  })

  test('restarted with a proposal pending it goes on with that one', async () => {
    const rig = await setup()
    await rig.mineMany(slots)
    await rig.advance()
    await rig.propose()
    const [pending] = rig.l1.pool.all()
    const again = await openProposer({ ...rig.base, config: rig.config, journal: rig.journal })
    assert.equal(await again.propose(), 'pending')
    assert.deepEqual(rig.l1.pool.all(), [pending])
    await rig.mine()
    assert.equal(await again.propose(), 'idle')
    await rig.assertLatest(1n)
    await rig.finish()
  })

  test('a proposal whose L1 block is gone is replaced by one that holds', async () => {
    const rig = await setup()
    await rig.mineMany(slots)
    await rig.advance()
    await rig.mine()
    await rig.propose()
    const [first] = rig.l1.pool.all()
    await rig.l1.reorg(2, { blocks: 3 })
    await rig.sync()
    assert.equal(await rig.propose(), 'pending')
    const [second, ...others] = rig.l1.pool.all()
    assert.deepEqual(others, [])
    assert.ok(second!.nonce === first!.nonce && second!.hash !== first!.hash)
    await rig.mine()
    assert.equal(await rig.propose(), 'idle')
    assert.equal(rig.proposer.status().reverted, 0)
    await rig.assertLatest(1n)
    await rig.finish()
  })

  test('outputs that the guardian deletes are noticed and proposed again; the bond stays', async () => {
    const rig = await setup()
    await rig.mineMany(slots)
    await rig.advance()
    await rig.propose()
    await rig.mine()
    assert.equal(await rig.propose(), 'idle')
    rig.oracle.send(roles.deployer.privateKey, 'deleteL2Outputs', [1n])
    await rig.mine()
    assert.equal(await rig.index(), 0n)
    assert.notEqual(await rig.propose(), 'held')
    assert.equal(rig.proposer.status().deleted, 1)
    assert.ok(rig.warnings.includes('outputs were deleted from the oracle on L1'))
    await rig.mine()
    await rig.assertLatest(1n)
    await rig.finish()
  })

  test('a challenge raises an alarm; a bond that is lost is not put up again without anybody looking', async () => {
    const rig = await setup()
    await rig.mineMany(slots)
    await rig.advance()
    await rig.propose()
    await rig.mine()
    rig.oracle.send(users[1]!.privateKey, 'challenge', [1n], bondWei)
    await rig.mine()
    await rig.propose()
    assert.equal(rig.proposer.status().trouble, 'output_challenged')
    // Nobody upholds it in time.
    await rig.mineMany(26)
    rig.oracle.send(users[1]!.privateKey, 'resolve', [1n])
    await rig.mine()
    assert.equal(await rig.index(), 0n)
    assert.equal(await rig.propose(), 'held')
    assert.equal(rig.proposer.status().trouble, 'bond_lost')
    assert.equal(rig.l1.pool.all().length, 0)
    // The operator looked, and starts it again.
    const again = await openProposer({ ...rig.base, config: rig.config, journal: rig.journal })
    assert.equal(await again.propose(), 'pending')
    await rig.mine()
    await rig.assertLatest((await rig.oracle.get('latestBlockNumber')) as bigint)
    assert.equal(await rig.index(), 1n)
    await rig.finish()
  })

  test('nothing is built on an output that this node does not derive', async () => {
    const rig = await setup()
    await rig.mineMany(slots)
    await rig.advance()
    const { block } = rig.l1.head()
    const args = [`0x${'ab'.repeat(32)}`, 1n, block.hash, block.number] as const
    rig.oracle.send(roles.proposer.privateKey, 'proposeL2Output', args, bondWei)
    await rig.mine()
    await rig.advance()
    await rig.mineMany(slots)
    assert.equal(await rig.propose(), 'held')
    assert.equal(rig.proposer.status().trouble, 'output_mismatch')
    assert.equal(rig.l1.pool.all().length, 0)
    await rig.finish()
  })

  test('a key that the oracle does not name proposes nothing', async () => {
    const rig = await setup()
    await rig.mineMany(slots)
    await rig.advance()
    const other = await openProposer({ ...rig.base, config: rig.config, key: roles.nextBatcher })
    assert.equal(await other.propose(), 'held')
    assert.equal(other.proposer.status().trouble, 'not_authorized')
    assert.equal(rig.l1.pool.all().length, 0)
    await rig.finish()
  })

  test('an oracle that does not take it is asked ever more seldom, and costs nothing', async () => {
    const rig = await setup()
    await rig.mineMany(slots)
    await rig.advance()
    const wallet = { ...rig.wallet }
    Object.assign(rig.wallet, { estimateGas: async () => undefined })
    assert.equal(await rig.propose(), 'held')
    assert.equal(rig.proposer.status().trouble, 'proposal_reverts')
    assert.equal(rig.l1.pool.all().length, 0)
    Object.assign(rig.wallet, wallet)
    assert.equal(await rig.propose(), 'held')
    await rig.mineMany(6)
    assert.equal(await rig.propose(), 'pending')
    await rig.mine()
    await rig.propose()
    assert.equal(rig.proposer.status().trouble, undefined)
    await rig.finish()
  })

  test('finality that is older than the oracle looks back is told, not proposed', async () => {
    const rig = await setup({ proposeAt: 'finalized' })
    await rig.advance()
    rig.l1.finalize(rig.l1.head().block.number)
    const { follower } = rig.sequencer
    const status = { ...follower.status(), l1Head: { number: rig.l1.head().block.number + 300n, hash: zeroHash } }
    await rig.mineMany(slots)
    const far = {
      ...rig.sequencer,
      follower: { ...follower, status: () => ({ ...follower.status(), l1Head: status.l1Head }) },
    }
    const proposer = await openProposer({ ...rig.base, node: far, config: rig.config })
    assert.equal(await proposer.propose(), 'held')
    assert.equal(proposer.proposer.status().trouble, 'finality_old')
    await rig.finish()
  })

  test('without L1 nothing changes; an oracle that is not there is an outage', async () => {
    const rig = await setup()
    rig.faults.down = true
    await assert.rejects(rig.propose(), { code: 'l1_unreachable', severity: 'retry' })
    rig.faults.down = false
    Object.assign(rig.wallet, { call: async () => emptyBytes })
    await assert.rejects(rig.propose(), { code: 'oracle_unreadable', severity: 'retry' })
    await rig.abandon()
  })
})

test('memos of proposals are read back; call data is that of the contract', () => {
  const proposal = { outputRoot: zeroHash, l2Block: 5n, l1Block: 7n, l1Hash: zeroHash }
  assert.deepEqual(decodeProposal(encodeProposal(proposal)), proposal)
  assert.equal(decodeProposal(new Uint8Array(3)), undefined)
  assert.equal(proposalData(proposal).length, 4 + 4 * 32)
})
