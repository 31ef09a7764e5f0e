import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { bond, deployRollup, finalization, genesisSupply, guardian, propose, verifierPeriod } from './rollup.ts'
import { alice, bob, ether } from './testL1.ts'
import type { Withdrawal } from './testL2.ts'
import { finalize, lower, openWithdrawals, prove, type Withdrawals } from './withdrawals.ts'

let w: Withdrawals
let rollup: Withdrawals['rollup']
let l1: Withdrawals['l1']
let l2: Withdrawals['l2']
let portal: Withdrawals['portal']
let oracle: Withdrawals['oracle']
let held: Withdrawals['held']
let escrow: Withdrawals['escrow']
let outputWith: Withdrawals['outputWith']
let ready: Withdrawals['ready']
beforeEach(async () => {
  w = await openWithdrawals()
  ;({ rollup, l1, l2, portal, oracle, held, escrow, outputWith, ready } = w)
})

const already = 'Portal: withdrawal hash has already been proven'
const done = 'Portal: withdrawal has already been finalized'

describe('a withdrawal', () => {
  test('is proven as viem proves it, waits, and is paid out once', async () => {
    const withdrawal = await l2.withdraw({ from: alice, target: bob, value: 3n * ether })
    const { proof, index, output } = await outputWith(withdrawal)
    const proven = await portal.send(alice, ...prove(proof))
    const { withdrawalHash } = withdrawal
    assert.deepEqual(
      portal
        .events(proven, 'WithdrawalProven')
        .map(({ withdrawalHash, from, to }) => [withdrawalHash, lower(from), lower(to)]),
      [[withdrawalHash, alice, bob]],
    )
    assert.deepEqual(await portal.get('provenWithdrawals', [withdrawalHash]), [output.outputRoot, l1.now(), index])
    await portal.fails(already, bob, ...prove(proof))

    l1.pass(finalization - 1n)
    const early = 'Portal: proven withdrawal finalization period has not elapsed'
    await portal.fails(early, bob, ...finalize(withdrawal))
    l1.pass(1n)
    const result = await portal.send(bob, ...finalize(withdrawal))
    assert.deepEqual(portal.events(result, 'WithdrawalFinalized'), [{ withdrawalHash, success: true }])
    assert.equal(await portal.get('finalizedWithdrawals', [withdrawalHash]), true)
    assert.equal(await held(bob), 3n * ether)
    assert.equal(await escrow(), genesisSupply - 3n * ether)
    assert.equal(await held(portal.address), genesisSupply - 3n * ether)

    await portal.fails(done, bob, ...finalize(withdrawal))
    await portal.fails(done, bob, ...prove(proof))
    const again = await outputWith(withdrawal)
    await portal.fails(done, bob, ...prove(again.proof))
    assert.equal(await escrow(), genesisSupply - 3n * ether)
  })

  test('is one of many in the trie', async () => {
    const withdrawals: Withdrawal[] = []
    for (let i = 1n; i <= 40n; i++) withdrawals.push(await l2.withdraw({ from: alice, target: bob, value: i }))
    const output = await l2.seal()
    const index = await propose(rollup, output.outputRoot, output.l2BlockNumber)
    for (const withdrawal of withdrawals) await portal.send(bob, ...prove(await l2.prove(withdrawal, output, index)))
    l1.pass(finalization)
    for (const withdrawal of withdrawals) await portal.send(bob, ...finalize(withdrawal))
    assert.equal(await held(bob), 820n)
    assert.equal(await escrow(), genesisSupply - 820n)
  })

  test('can only be finalised when proven', async () => {
    const withdrawal = await l2.withdraw({ from: alice, target: bob, value: ether })
    await outputWith(withdrawal)
    l1.pass(finalization)
    await portal.fails('Portal: withdrawal has not been proven yet', bob, ...finalize(withdrawal))
  })

  test('waits for the age of its output too', async () => {
    const withdrawal = await l2.withdraw({ from: alice, target: bob, value: ether })
    const { proof, output, index } = await outputWith(withdrawal)
    await portal.send(bob, ...prove(proof))
    // The same root comes again at the same index, later: the proof stands, the output is young.
    await oracle.send(guardian, 'deleteL2Outputs', [index])
    l1.pass(finalization - 3_600n)
    assert.equal(await propose(rollup, output.outputRoot, output.l2BlockNumber), index)
    await portal.fails(already, bob, ...prove(proof))
    await portal.fails('Portal: output proposal finalization period has not elapsed', bob, ...finalize(withdrawal))
    l1.pass(finalization)
    await portal.send(bob, ...finalize(withdrawal))
    assert.equal(await held(bob), ether)
  })

  test('does not take more than is escrowed', async () => {
    const withdrawal = await ready({ from: alice, target: bob, value: genesisSupply + 1n })
    await rollup.open.send(alice, 'transfer', [portal.address, ether])
    await portal.fails('Portal: more than is escrowed', bob, ...finalize(withdrawal))
    await portal.send(alice, 'depositERC20Transaction', [bob, 1n, 0n, 21_000n, false, '0x'])
    await portal.send(bob, ...finalize(withdrawal))
    assert.equal(await escrow(), 0n)
    assert.equal(await held(portal.address), ether)
  })

  test('cannot be replayed at another portal with another output', async () => {
    const withdrawal = await l2.withdraw({ from: alice, target: bob, value: ether })
    const { proof } = await outputWith(withdrawal)
    const other = await deployRollup({}, l1)
    const root = `0x${'12'.repeat(32)}`
    await propose(other, root)
    await other.portal.fails('Portal: invalid output root proof', bob, ...prove(proof))
  })
})

describe('a withdrawal whose output goes', () => {
  let withdrawal: Withdrawal
  let index: bigint
  beforeEach(async () => {
    withdrawal = await l2.withdraw({ from: alice, target: bob, value: ether })
    const { proof, index: at } = await outputWith(withdrawal)
    index = at
    await portal.send(bob, ...prove(proof))
  })
  const other = 'Portal: output root proven is not the same as current output root'

  test('is not paid, and is proven again', async () => {
    await oracle.send(guardian, 'deleteL2Outputs', [index])
    l1.pass(finalization)
    await portal.fails(other, bob, ...finalize(withdrawal))
    // Another output takes the index.
    await l2.withdraw({ from: bob, target: bob })
    const { proof } = await outputWith(withdrawal)
    assert.equal(proof.l2OutputIndex, index)
    await portal.fails(other, bob, ...finalize(withdrawal))
    await portal.send(bob, ...prove(proof))
    // Both clocks have started again.
    const early = 'Portal: proven withdrawal finalization period has not elapsed'
    await portal.fails(early, bob, ...finalize(withdrawal))
    l1.pass(finalization)
    await portal.send(bob, ...finalize(withdrawal))
    assert.deepEqual([await escrow(), await held(bob)], [genesisSupply - ether, ether])
  })

  test('is proven again with an earlier output, its clock going on, if somebody proved it with a doubtful one', async () => {
    const victim = await l2.withdraw({ from: bob, target: bob, value: 1n })
    const { proof: early, index: at } = await outputWith(victim)
    const { proof: late, index: doubtful } = await outputWith(victim)
    await oracle.send(alice, 'challenge', [doubtful], { value: bond })
    await portal.send(alice, ...prove(late))
    l1.pass(3_600n)
    await portal.fails(already, alice, ...prove(late))
    assert.equal(portal.events(await portal.send(bob, ...prove(early)), 'WithdrawalProven').length, 1)
    // Nobody can put it off from then on.
    await portal.fails(already, alice, ...prove(early))
    await portal.fails(already, alice, ...prove(late))
    l1.pass(finalization - 3_600n)
    assert.deepEqual(
      [await oracle.get('isFinalized', [at]), await oracle.get('isFinalized', [doubtful])],
      [true, false],
    )
    await portal.send(bob, ...finalize(victim))
    assert.equal(await held(bob), 1n)
  })

  test('waits while a challenge of it or of an output before it is open', async () => {
    const { proof } = await outputWith(withdrawal)
    await portal.fails(already, bob, ...prove(proof))
    l1.pass(finalization - 7_200n)
    await oracle.send(alice, 'challenge', [index], { value: bond })
    l1.pass(7_200n)
    await portal.fails('Portal: output proposal finalization period has not elapsed', bob, ...finalize(withdrawal))
    l1.pass(verifierPeriod)
    await oracle.send(bob, 'resolve', [index])
    await portal.fails(other, bob, ...finalize(withdrawal))
    assert.equal(await escrow(), genesisSupply)
  })
})
