import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import fc from 'fast-check'
import {
  bond,
  deployRollup,
  finalization,
  genesisRoot,
  guardian,
  interval,
  owner,
  propose,
  proposer,
  type Rollup,
} from './rollup.ts'
import { alice, bob, type TestContract, type TestL1 } from './testL1.ts'

let rollup: Rollup
let l1: TestL1
let oracle: TestContract
beforeEach(async () => {
  rollup = await deployRollup()
  ;({ l1, oracle } = rollup)
})

const root = (n: number) => `0x${n.toString(16).padStart(64, '0')}`
/** Arguments of an output that names an L1 block so many blocks ago. */
const output = (block: bigint, ago = 5n, hash = l1.hashOf(l1.number() - ago)) => [
  root(1),
  block,
  hash,
  l1.number() - ago,
]
const submit = (args: readonly unknown[], from = proposer) => [from, 'proposeL2Output', args] as const

describe('outputs', () => {
  test('begin with the one of genesis', async () => {
    const first = (await oracle.get('getL2Output', [0n])) as { outputRoot: string; l2BlockNumber: bigint }
    assert.deepEqual([first.outputRoot, first.l2BlockNumber], [genesisRoot, 0n])
    assert.deepEqual(await oracle.get('outputL1Block', [0n]), [l1.number() - 10n, l1.hashOf(l1.number() - 10n)])
    assert.deepEqual(
      await Promise.all(
        ['latestOutputIndex', 'nextOutputIndex', 'latestBlockNumber', 'nextBlockNumber'].map((name) =>
          oracle.get(name),
        ),
      ),
      [0n, 1n, 0n, 1n],
    )
    assert.equal(await oracle.get('getL2OutputIndexAfter', [0n]), 0n)
    assert.equal(await oracle.get('L2_BLOCK_TIME'), 1n)
  })

  test('are appended as viem reads them', async () => {
    l1.pass(interval, 50n)
    const args = output(77n)
    const result = await oracle.send(proposer, 'proposeL2Output', args, { value: bond })
    assert.deepEqual(oracle.events(result, 'OutputProposed'), [
      { outputRoot: root(1), l2OutputIndex: 1n, l2BlockNumber: 77n, l1Timestamp: l1.now() },
    ])
    const proposal = { outputRoot: root(1), timestamp: l1.now(), l2BlockNumber: 77n }
    assert.deepEqual(await oracle.get('getL2Output', [1n]), proposal)
    assert.deepEqual(await oracle.get('getL2OutputAfter', [1n]), proposal)
    assert.deepEqual(await oracle.get('outputL1Block', [1n]), [args[3], args[2]])
    assert.equal(String(await oracle.get('outputProposer', [1n])).toLowerCase(), proposer)
  })

  test('come from the proposer, who has a bond', async () => {
    l1.pass(interval, 50n)
    const small = 'L2OutputOracle: bond too small'
    await oracle.fails(
      'L2OutputOracle: only the proposer address can propose new outputs',
      ...submit(output(1n), alice),
    )
    await oracle.fails(small, ...submit(output(1n)))
    await oracle.fails(small, ...submit(output(1n)), { value: bond - 1n })
    await oracle.send(proposer, 'depositBond', [], { value: bond - 1n })
    await oracle.fails(small, ...submit(output(1n)))
    await oracle.send(...submit(output(1n)), { value: 1n })
    assert.equal(await oracle.get('bondOf', [proposer]), bond)
  })

  test('come in order and not too often', async () => {
    await propose(rollup, root(1), 10n)
    const soon = 'L2OutputOracle: too soon after the last output'
    assert.equal(await oracle.get('nextOutputTimestamp'), l1.now() + interval)
    l1.pass(interval - 1n, 20n)
    await oracle.fails(soon, ...submit(output(11n)))
    l1.pass(1n)
    const order = 'L2OutputOracle: block number must be higher than that of the last output'
    await oracle.fails(order, ...submit(output(10n)))
    await oracle.fails(order, ...submit(output(1n << 128n)))
    await oracle.fails(
      'L2OutputOracle: L2 output proposal cannot be the zero hash',
      ...submit([root(0), ...output(11n).slice(1)]),
    )
    await oracle.send(...submit(output(11n)))
  })

  test('name an L1 block of the last 256 after that of the output before', async () => {
    await propose(rollup, root(1), 10n)
    const [, , , last] = output(1n) as [string, bigint, string, bigint]
    l1.pass(interval, 300n)
    const hash = 'L2OutputOracle: block hash does not match the hash at the expected height'
    await oracle.fails(hash, ...submit(output(11n, 5n, l1.hashOf(1n))))
    await oracle.fails(hash, ...submit(output(11n, 5n, root(0) as never)))
    await oracle.fails(hash, ...submit(output(11n, 257n)))
    await oracle.fails(hash, ...submit(output(11n, 257n, root(0) as never)))
    await oracle.fails(hash, ...submit(output(11n, 0n)))
    const order = 'L2OutputOracle: L1 block number must be higher than that of the last output'
    await oracle.fails(order, ...submit([root(1), 11n, l1.hashOf(last), last]))
    l1.world.checkpoint()
    await oracle.send(...submit(output(11n, 256n)))
    l1.world.revert()
    await oracle.send(...submit(output(11n, 1n)))
  })

  test('are found by L2 block, also among many', async () => {
    const seed = 4_711
    await fc.assert(
      fc.asyncProperty(fc.array(fc.bigInt(1n, 40n), { minLength: 1, maxLength: 12 }), async (steps) => {
        l1.world.checkpoint()
        const blocks = [0n]
        for (const step of steps) {
          blocks.push(blocks.at(-1)! + step)
          await propose(rollup, root(1), blocks.at(-1)!)
        }
        for (let block = 0n; block <= blocks.at(-1)!; block += 3n) {
          const expected = blocks.findIndex((covered) => covered >= block)
          assert.equal(await oracle.get('getL2OutputIndexAfter', [block]), BigInt(expected))
        }
        const text = 'L2OutputOracle: cannot get output for a block that has not been proposed'
        await oracle.fails(text, alice, 'getL2OutputIndexAfter', [blocks.at(-1)! + 1n])
        l1.world.revert()
      }),
      { seed, numRuns: 15 },
    )
  })

  test('are final after the period, not a second before', async () => {
    const index = await propose(rollup, root(1))
    l1.pass(finalization - 1n)
    assert.equal(await oracle.get('isFinalized', [index]), false)
    l1.pass(1n)
    assert.equal(await oracle.get('isFinalized', [index]), true)
    assert.equal(await rollup.portal.get('isOutputFinalized', [index]), true)
    assert.equal(await oracle.get('isFinalized', [index + 1n]), false)
    assert.equal(await rollup.portal.get('isOutputFinalized', [index + 1n]), false)
  })
})

describe('deleting outputs', () => {
  test('is the right of the guardian, until they are final', async () => {
    for (let i = 1; i <= 3; i++) await propose(rollup, root(i))
    for (const [from, index] of [
      [alice, 2n],
      [proposer, 2n],
      [owner, 2n],
    ] as const) {
      await oracle.fails('L2OutputOracle: only the challenger address can delete outputs', from, 'deleteL2Outputs', [
        index,
      ])
    }
    const absent = 'L2OutputOracle: cannot delete outputs after the latest output index'
    await oracle.fails(absent, guardian, 'deleteL2Outputs', [0n])
    await oracle.fails(absent, guardian, 'deleteL2Outputs', [4n])
    const result = await oracle.send(guardian, 'deleteL2Outputs', [2n])
    assert.deepEqual(oracle.events(result, 'OutputsDeleted'), [{ prevNextOutputIndex: 4n, newNextOutputIndex: 2n }])
    assert.equal(await oracle.get('latestOutputIndex'), 1n)
    await oracle.fails('L2OutputOracle: no such output', alice, 'getL2Output', [2n])
    assert.equal(await oracle.get('bondOf', [proposer]), bond)
    assert.equal(await propose(rollup, root(9)), 2n)
    const { outputRoot } = (await oracle.get('getL2Output', [2n])) as { outputRoot: string }
    assert.equal(outputRoot, root(9))

    l1.pass(finalization - interval)
    const final = 'L2OutputOracle: cannot delete outputs that have already been finalized'
    await oracle.fails(final, guardian, 'deleteL2Outputs', [1n])
    await oracle.send(guardian, 'deleteL2Outputs', [2n])
  })

  test('the guardian cannot propose, uphold or pay out', async () => {
    const index = await propose(rollup, root(1))
    await oracle.fails(
      'L2OutputOracle: only the proposer address can propose new outputs',
      ...submit(output(999n), guardian),
    )
    await oracle.send(alice, 'challenge', [index], { value: bond })
    await oracle.fails('L2OutputOracle: only the verifier', guardian, 'uphold', [index])
    await oracle.fails('L2OutputOracle: the verifier has time yet', guardian, 'resolve', [index])
  })
})

describe('roles', () => {
  test('change by the word of the owner', async () => {
    const only = 'L2OutputOracle: only the owner of the system config'
    await oracle.fails(only, proposer, 'setProposer', [alice])
    await oracle.fails(only, guardian, 'setGuardian', [alice])
    await oracle.fails('L2OutputOracle: no address', owner, 'setProposer', [`0x${'00'.repeat(20)}`])
    await oracle.fails('L2OutputOracle: no address', owner, 'setGuardian', [`0x${'00'.repeat(20)}`])
    await propose(rollup, root(1))
    await oracle.send(owner, 'setProposer', [alice])
    await oracle.send(owner, 'setGuardian', [bob])
    l1.pass(interval, 20n)
    await oracle.fails('L2OutputOracle: only the proposer address can propose new outputs', ...submit(output(900n)))
    await oracle.send(...submit(output(900n), alice), { value: bond })
    await oracle.fails('L2OutputOracle: only the challenger address can delete outputs', guardian, 'deleteL2Outputs', [
      1n,
    ])
    await oracle.send(bob, 'deleteL2Outputs', [1n])
    // The bond of the old proposer stays as long as its output could be challenged.
    assert.equal(await oracle.get('lockedBond', [proposer]), bond)
  })
})
