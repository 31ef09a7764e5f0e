import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import type { Address } from '../../../core/hex.ts'
import {
  bond,
  deployRollup,
  finalization,
  guardian,
  interval,
  owner,
  propose,
  proposer,
  type Rollup,
  verifierPeriod,
} from './rollup.ts'
import { alice, bob, type TestContract, type TestL1 } from './testL1.ts'

let rollup: Rollup
let l1: TestL1
let oracle: TestContract
/** The verifier's own address calls directly: how signatures count is the verifier's matter. */
let verifier: Address
beforeEach(async () => {
  rollup = await deployRollup()
  ;({ l1, oracle } = rollup)
  verifier = rollup.registry.address
})

const root = (n: number) => `0x${n.toString(16).padStart(64, '0')}`
const challenge = (index: bigint, from = alice) => oracle.send(from, 'challenge', [index], { value: bond })
const bondOf = (account: Address) => oracle.get('bondOf', [account])
const latest = () => oracle.get('latestOutputIndex')

describe('a challenge', () => {
  test('costs the bond and freezes the output and all after it', async () => {
    for (let i = 1; i <= 3; i++) await propose(rollup, root(i))
    const price = 'L2OutputOracle: a challenge costs exactly the bond'
    for (const value of [0n, bond - 1n, bond + 1n]) await oracle.fails(price, alice, 'challenge', [2n], { value })
    const result = await challenge(2n)
    const deadline = l1.now() + verifierPeriod
    assert.deepEqual(
      oracle.events(result, 'OutputChallenged').map((event) => [event.l2OutputIndex, event.deadline]),
      [[2n, deadline]],
    )
    const frozen = () => Promise.all([0n, 1n, 2n, 3n].map((index) => oracle.get('isFrozen', [index])))
    assert.deepEqual(await frozen(), [false, false, true, true])
    l1.pass(finalization)
    const final = await Promise.all([1n, 2n, 3n].map((index) => oracle.get('isFinalized', [index])))
    assert.deepEqual(final, [true, false, false])
    assert.equal(await oracle.get('openChallenges'), 1n)
  })

  test('takes an output that exists, is not final and not challenged yet', async () => {
    await propose(rollup, root(1))
    const absent = 'L2OutputOracle: no such output to challenge'
    await oracle.fails(absent, alice, 'challenge', [0n], { value: bond })
    await oracle.fails(absent, alice, 'challenge', [2n], { value: bond })
    await challenge(1n)
    await oracle.fails('L2OutputOracle: the output is challenged already', bob, 'challenge', [1n], { value: bond })
    await propose(rollup, root(2))
    l1.pass(finalization - 1n)
    l1.world.checkpoint()
    await challenge(2n)
    l1.world.revert()
    l1.pass(1n)
    const late = 'L2OutputOracle: too late to challenge the output'
    await oracle.fails(late, alice, 'challenge', [2n], { value: bond })
  })

  test('can be for one root only, whatever has the index by then', async () => {
    await propose(rollup, root(1))
    await oracle.send(guardian, 'deleteL2Outputs', [1n])
    await propose(rollup, root(2))
    const other = 'L2OutputOracle: another output'
    await oracle.fails(other, alice, 'challenge', [1n, root(1)], { value: bond })
    await oracle.fails('L2OutputOracle: no such output', alice, 'challenge', [2n, root(1)], { value: bond })
    const price = 'L2OutputOracle: a challenge costs exactly the bond'
    await oracle.fails(price, alice, 'challenge', [1n, root(2)], { value: bond - 1n })
    await oracle.send(alice, 'challenge', [1n, root(2)], { value: bond })
    assert.equal(await oracle.get('isFrozen', [1n]), true)
  })

  test('of its own output costs a proposer something, also when it is upheld', async () => {
    await propose(rollup, root(1))
    await challenge(1n, proposer)
    await oracle.send(verifier, 'uphold', [1n])
    assert.equal(await bondOf(proposer), bond + bond / 2n)
    assert.equal(await oracle.get('burned'), bond - bond / 2n)
  })

  test('that is upheld makes the output final in its time and pays the proposer', async () => {
    await propose(rollup, root(1))
    await challenge(1n)
    await oracle.fails('L2OutputOracle: only the verifier', owner, 'uphold', [1n])
    l1.pass(verifierPeriod)
    const result = await oracle.send(verifier, 'uphold', [1n])
    assert.deepEqual(oracle.events(result, 'OutputUpheld'), [{ l2OutputIndex: 1n, outputRoot: root(1) }])
    assert.deepEqual([await bondOf(proposer), await bondOf(alice)], [bond + bond / 2n, 0n])
    assert.deepEqual([await oracle.get('isFrozen', [1n]), await oracle.get('isUpheld', [1n])], [false, true])
    await oracle.fails('L2OutputOracle: the output was upheld', alice, 'challenge', [1n], { value: bond })
    await oracle.fails('L2OutputOracle: the output is not challenged', verifier, 'uphold', [1n])
    await oracle.fails('L2OutputOracle: the output is not challenged', alice, 'resolve', [1n])
    l1.pass(finalization - verifierPeriod)
    assert.equal(await oracle.get('isFinalized', [1n]), true)
    await oracle.send(proposer, 'withdrawBond', [bond + bond / 2n])
    assert.equal(l1.balance(oracle.address), bond - bond / 2n)
  })

  test('that nobody answers in time deletes the outputs and takes the bond', async () => {
    for (let i = 1; i <= 3; i++) await propose(rollup, root(i))
    await challenge(2n)
    l1.pass(verifierPeriod)
    await oracle.fails('L2OutputOracle: the verifier has time yet', alice, 'resolve', [2n])
    l1.pass(1n)
    await oracle.fails('L2OutputOracle: too late to uphold the output', verifier, 'uphold', [2n])
    const result = await oracle.send(bob, 'resolve', [2n])
    const [slashed] = oracle.events(result, 'ProposerSlashed')
    assert.deepEqual([slashed?.l2OutputIndex, slashed?.amount, slashed?.reward], [2n, bond, bond / 2n])
    assert.deepEqual(oracle.events(result, 'OutputsDeleted'), [{ prevNextOutputIndex: 4n, newNextOutputIndex: 2n }])
    assert.equal(await latest(), 1n)
    // The challenger has its own bond back and half of the proposer's.
    assert.deepEqual([await bondOf(proposer), await bondOf(alice)], [0n, bond + bond / 2n])
    assert.equal(await oracle.get('burned'), bond - bond / 2n)
    assert.equal(await oracle.get('isFrozen', [2n]), false)
    await oracle.fails('L2OutputOracle: the output is not challenged', bob, 'resolve', [2n])
    // What takes the index has nothing of the old one.
    await propose(rollup, root(7))
    assert.deepEqual(await oracle.get('challengeOf', [2n]), [`0x${'00'.repeat(20)}`, 0n])
    await challenge(2n)
  })

  test('of a later output is paid back when an earlier one goes', async () => {
    for (let i = 1; i <= 4; i++) await propose(rollup, root(i))
    await challenge(4n, bob)
    await challenge(2n)
    await challenge(3n, guardian)
    assert.equal(await oracle.get('openChallenges'), 3n)
    l1.pass(verifierPeriod + 1n)
    const result = await oracle.send(bob, 'resolve', [2n])
    assert.deepEqual(
      oracle.events(result, 'ChallengeRefunded').map((event) => event.l2OutputIndex),
      [4n, 3n, 2n],
    )
    assert.deepEqual([await bondOf(bob), await bondOf(guardian), await bondOf(alice)], [bond, bond, bond + bond / 2n])
    assert.equal(await oracle.get('openChallenges'), 0n)
    assert.equal(await oracle.get('lockedBond', [proposer]), 0n)
  })

  test('is paid back when the guardian deletes the output', async () => {
    for (let i = 1; i <= 2; i++) await propose(rollup, root(i))
    await challenge(2n)
    await challenge(1n, bob)
    await oracle.send(guardian, 'deleteL2Outputs', [2n])
    assert.deepEqual([await bondOf(alice), await bondOf(bob), await bondOf(proposer)], [bond, 0n, bond])
    assert.equal(await oracle.get('isFrozen', [1n]), true)
  })

  test('of an output that is old but frozen leaves it to the guardian', async () => {
    for (let i = 1; i <= 2; i++) await propose(rollup, root(i))
    l1.pass(finalization - interval - 1n)
    await challenge(1n)
    l1.pass(interval + 1n)
    assert.equal(await oracle.get('isFinalized', [2n]), false)
    await oracle.send(guardian, 'deleteL2Outputs', [1n])
    assert.equal(await latest(), 0n)
  })
})

describe('a bond', () => {
  test('comes back when nothing of it can be challenged any more', async () => {
    await oracle.send(proposer, 'depositBond', [], { value: 3n * bond })
    await propose(rollup, root(1))
    const locked = 'L2OutputOracle: the bond is locked'
    await oracle.fails(locked, proposer, 'withdrawBond', [2n * bond + 1n])
    await oracle.send(proposer, 'withdrawBond', [2n * bond])
    assert.equal(l1.balance(proposer), 2n * bond)
    l1.pass(finalization - 1n)
    await oracle.fails(locked, proposer, 'withdrawBond', [1n])
    l1.world.checkpoint()
    l1.pass(1n)
    await oracle.send(proposer, 'withdrawBond', [bond])
    assert.equal(await bondOf(proposer), 0n)
    await oracle.fails(locked, proposer, 'withdrawBond', [1n])
    l1.world.revert()
  })

  test('stays while a challenge is open, however long', async () => {
    await propose(rollup, root(1))
    l1.pass(finalization - 1n)
    await challenge(1n)
    l1.pass(10n * finalization)
    await oracle.fails('L2OutputOracle: the bond is locked', proposer, 'withdrawBond', [1n])
    await oracle.send(alice, 'resolve', [1n])
    assert.equal(await bondOf(proposer), 0n)
    await oracle.send(alice, 'withdrawBond', [bond + bond / 2n])
    assert.equal(l1.balance(alice), bond + bond / 2n)
    assert.equal(l1.balance(oracle.address), bond / 2n)
  })

  test('goes only to its owner, whole', async () => {
    await oracle.send(alice, 'depositBond', [], { value: 5n })
    await oracle.fails('L2OutputOracle: the bond is locked', bob, 'withdrawBond', [1n])
    await oracle.fails('L2OutputOracle: the bond is locked', alice, 'withdrawBond', [6n])
    await oracle.send(alice, 'withdrawBond', [5n])
    await oracle.fails('L2OutputOracle: the bond is locked', alice, 'withdrawBond', [1n])
  })

  test('that cannot be paid stays', async () => {
    const contract = await l1.create('CallForwarder')
    const forward = (functionName: string, args: readonly unknown[], value = 0n) => ({
      from: alice,
      to: contract.address,
      data: contract.data('forward', [
        oracle.address,
        `0x${Buffer.from(oracle.data(functionName, args)).toString('hex')}`,
      ]),
      value,
    })
    assert((await l1.send(forward('depositBond', [], 7n))).succeeded)
    assert.equal(await bondOf(contract.address), 7n)
    assert.equal((await l1.send(forward('withdrawBond', [7n]))).succeeded, false)
    assert.equal(await bondOf(contract.address), 7n)
  })

  test('that was lost once must be paid again to propose, and the rest is lost the next time', async () => {
    await propose(rollup, root(1))
    await challenge(1n)
    l1.pass(verifierPeriod + 1n)
    await oracle.send(alice, 'resolve', [1n])
    const number = l1.number() - 1n
    const args = [root(2), 5n, l1.hashOf(number), number]
    await oracle.fails('L2OutputOracle: bond too small', proposer, 'proposeL2Output', args)
    await oracle.send(proposer, 'proposeL2Output', args, { value: bond })
    // An earlier output of the same proposer: there is one bond for all of them.
    await propose(rollup, root(3))
    await challenge(2n, bob)
    await challenge(1n)
    l1.pass(verifierPeriod + 1n)
    await oracle.send(alice, 'resolve', [2n])
    const before = await bondOf(alice)
    await oracle.send(alice, 'resolve', [1n])
    assert.equal(await bondOf(alice), (before as bigint) + bond)
    assert.equal(await bondOf(proposer), 0n)
  })
})
