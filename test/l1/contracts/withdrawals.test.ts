import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { concat, keccak256 } from 'viem'
import { type Address, bytesToHex, type Hex } from '../../../core/hex.ts'
import {
  bond,
  deployRollup,
  finalization,
  genesisSupply,
  guardian,
  propose,
  type Rollup,
  verifierPeriod,
} from './rollup.ts'
import { alice, bob, ether, isText, type TestContract, type TestL1 } from './testL1.ts'
import { openTestL2, type Proof, type TestL2, type TestOutput, type Withdrawal } from './testL2.ts'

let rollup: Rollup
let l1: TestL1
let l2: TestL2
let portal: TestContract
let oracle: TestContract
let target: TestContract
beforeEach(async () => {
  rollup = await deployRollup()
  ;({ l1, portal, oracle } = rollup)
  l2 = await openTestL2()
  target = await l1.create('WithdrawalTarget', [portal.address])
})

const prove = (proof: Proof) =>
  [
    'proveWithdrawalTransaction',
    [proof.withdrawal, proof.l2OutputIndex, proof.outputRootProof, proof.withdrawalProof],
  ] as const
const finalize = (withdrawal: Withdrawal) => ['finalizeWithdrawalTransaction', [withdrawal]] as const
const held = (account: Address) => rollup.open.get('balanceOf', [account])
const escrow = () => portal.get('escrowed')

/** Seals a block, proposes its output, gives the proof of a withdrawal in it. */
async function outputWith(withdrawal: Withdrawal): Promise<{ output: TestOutput; index: bigint; proof: Proof }> {
  const output = await l2.seal()
  const index = await propose(rollup, output.outputRoot, output.l2BlockNumber)
  return { output, index, proof: await l2.prove(withdrawal, output, index) }
}

/** A withdrawal that is proven and ready to be finalised. */
async function ready(message: Parameters<TestL2['withdraw']>[0]): Promise<Withdrawal> {
  const withdrawal = await l2.withdraw(message)
  const { proof } = await outputWith(withdrawal)
  await portal.send(bob, ...prove(proof))
  l1.pass(finalization, 100n)
  return withdrawal
}

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

describe('a proof', () => {
  let withdrawal: Withdrawal
  let proof: Proof
  beforeEach(async () => {
    for (let i = 0n; i < 20n; i++) await l2.withdraw({ from: bob, target: alice, value: i })
    withdrawal = await l2.withdraw({ from: alice, target: bob, value: ether, gasLimit: 50_000n, data: '0x1234' })
    ;({ proof } = await outputWith(withdrawal))
    assert(proof.withdrawalProof.length >= 2)
  })

  /** Flips the last bit of the byte at an index, from the end if negative. */
  function flip(hex: Hex, at = -1): Hex {
    const bytes = Buffer.from(hex.slice(2), 'hex')
    const index = at < 0 ? bytes.length + at : at
    bytes[index] = bytes[index]! ^ 1
    return `0x${bytes.toString('hex')}` as Hex
  }
  const fails = async (mutated: Proof) => {
    const data = portal.data(...prove(mutated))
    const result = await l1.send({ from: bob, to: portal.address, data })
    assert.equal(result.succeeded, false)
    assert.equal(result.logs.length, 0)
  }
  const failsWith = (fields: Partial<Withdrawal>) => fails({ ...proof, withdrawal: { ...withdrawal, ...fields } })

  test('fails with each field of the withdrawal changed', async () => {
    await failsWith({ nonce: withdrawal.nonce + 1n })
    await failsWith({ sender: bob })
    await failsWith({ target: alice })
    await failsWith({ value: ether + 1n })
    await failsWith({ gasLimit: 50_001n })
    await failsWith({ data: '0x1235' })
    await portal.send(bob, ...prove(proof))
    l1.pass(finalization)
    for (const fields of [
      { nonce: 0n },
      { sender: bob },
      { target: alice },
      { value: ether + 1n },
      { gasLimit: 0n },
      { data: '0x' as Hex },
    ]) {
      const mutated = { ...withdrawal, ...fields }
      await portal.fails('Portal: withdrawal has not been proven yet', bob, ...finalize(mutated))
    }
    await portal.send(bob, ...finalize(withdrawal))
  })

  test('fails with each field of the output changed', async () => {
    const root = proof.outputRootProof
    const problem = 'Portal: invalid output root proof'
    for (const name of ['version', 'stateRoot', 'messagePasserStorageRoot', 'latestBlockhash'] as const) {
      for (const at of [0, -1]) {
        const outputRootProof = { ...root, [name]: flip(root[name], at) }
        await portal.fails(problem, bob, ...prove({ ...proof, outputRootProof }))
      }
    }
    const next = await l2.seal()
    const index = await propose(rollup, next.outputRoot, next.l2BlockNumber)
    await portal.fails(problem, bob, ...prove({ ...proof, l2OutputIndex: index }))
    await portal.fails(problem, bob, ...prove({ ...proof, l2OutputIndex: 0n }))
    const absent = { ...proof, l2OutputIndex: index + 1n }
    await portal.fails('L2OutputOracle: no such output', bob, ...prove(absent))
    const far = { ...proof, l2OutputIndex: proof.l2OutputIndex + (1n << 128n) }
    await portal.fails('L2OutputOracle: no such output', bob, ...prove(far))
    await portal.send(bob, ...prove(proof))
  })

  test('fails with another version even if its root was proposed', async () => {
    const root = proof.outputRootProof
    const version = `0x${'1'.padStart(64, '0')}` as Hex
    const fields = [version, root.stateRoot, root.messagePasserStorageRoot, root.latestBlockhash]
    const index = await propose(rollup, keccak256(concat(fields)))
    const mutated = { ...proof, l2OutputIndex: index, outputRootProof: { ...root, version } }
    await portal.fails('Portal: invalid output root proof', bob, ...prove(mutated))
  })

  test('fails with any part of the path changed, missing or added', async () => {
    const path = proof.withdrawalProof
    await fails({ ...proof, withdrawalProof: [] })
    await fails({ ...proof, withdrawalProof: ['0x'] })
    await fails({ ...proof, withdrawalProof: path.slice(1) })
    await fails({ ...proof, withdrawalProof: path.slice(0, -1) })
    await fails({ ...proof, withdrawalProof: [...path, path.at(-1)!] })
    await fails({ ...proof, withdrawalProof: [...path, '0x80'] })
    await fails({ ...proof, withdrawalProof: [...path].reverse() })
    for (const [i, node] of path.entries()) {
      const bytes = (node.length - 2) / 2
      for (let at = 0; at < bytes; at += Math.max(1, Math.floor(bytes / 16))) {
        await fails({ ...proof, withdrawalProof: path.with(i, flip(node, at)) })
      }
      await fails({ ...proof, withdrawalProof: path.with(i, node.slice(0, -2) as Hex) })
      await fails({ ...proof, withdrawalProof: path.with(i, `${node}00` as Hex) })
    }
    await portal.send(bob, ...prove(proof))
  })

  test("fails with another withdrawal's path", async () => {
    const other = await l2.withdraw({ from: bob, target: bob, value: 1n })
    const { proof: otherProof } = await outputWith(other)
    await fails({ ...otherProof, withdrawal })
    await portal.send(bob, ...prove(otherProof))
  })
})

describe("the target's call", () => {
  const take = () => bytesToHex(target.data('take'))

  test('comes from the portal, for the sender on L2, after the money', async () => {
    const withdrawal = await ready({ from: alice, target: target.address, value: ether, data: take() })
    const result = await portal.send(bob, ...finalize(withdrawal))
    const [taken] = target.events(result, 'Taken')
    assert.deepEqual([lower(taken?.caller), lower(taken?.l2Sender)], [portal.address, alice])
    assert.equal(await held(target.address), ether)
    assert.equal(lower(await portal.get('l2Sender')), `0x${'dead'.padStart(40, '0')}`)
  })

  test('that fails undoes everything, and can be tried again', async () => {
    const withdrawal = await ready({ from: alice, target: target.address, value: ether, data: take() })
    await target.send(bob, 'setRefuses', [true])
    await portal.fails('Portal: the call of the target failed', bob, ...finalize(withdrawal))
    assert.equal(await portal.get('finalizedWithdrawals', [withdrawal.withdrawalHash]), false)
    assert.deepEqual([await escrow(), await held(target.address)], [genesisSupply, 0n])
    assert.equal(lower(await portal.get('l2Sender')), `0x${'dead'.padStart(40, '0')}`)
    await target.send(bob, 'setRefuses', [false])
    await portal.send(bob, ...finalize(withdrawal))
    assert.deepEqual([await escrow(), await held(target.address)], [genesisSupply - ether, ether])
  })

  test('is not made without data: a contract that takes no calls is paid', async () => {
    const contract = await l1.create('CallForwarder')
    const withdrawal = await ready({ from: alice, target: contract.address, value: ether })
    await portal.send(bob, ...finalize(withdrawal))
    assert.equal(await held(contract.address), ether)
  })

  test('of an account without code succeeds', async () => {
    const withdrawal = await ready({ from: alice, target: bob, value: ether, data: '0x1234' })
    await portal.send(bob, ...finalize(withdrawal))
    assert.equal(await held(bob), ether)
  })

  test('moves no ETH and needs none', async () => {
    const withdrawal = await ready({ from: alice, target: target.address, data: take() })
    const result = await portal.send(bob, ...finalize(withdrawal))
    assert.equal(target.events(result, 'Taken').length, 1)
    assert.equal(await escrow(), genesisSupply)
  })

  test('that enters the portal again pays nothing twice', async () => {
    const message = { from: alice, target: target.address, value: ether, data: take(), gasLimit: 1_000_000n }
    const first = await l2.withdraw(message)
    const second = await l2.withdraw({ from: alice, target: bob, value: ether })
    const output = await l2.seal()
    const index = await propose(rollup, output.outputRoot, output.l2BlockNumber)
    for (const withdrawal of [first, second])
      await portal.send(bob, ...prove(await l2.prove(withdrawal, output, index)))
    l1.pass(finalization)
    const reenter = 'Portal: can only trigger one withdrawal per transaction'
    for (const withdrawal of [first, second]) {
      l1.world.checkpoint()
      await target.send(bob, 'setAttempt', [bytesToHex(portal.data(...finalize(withdrawal)))])
      const result = await portal.send(bob, ...finalize(first))
      const [tried] = target.events(result, 'Tried')
      assert.equal(tried?.success, false)
      assert(isText(tried?.output, reenter))
      assert.deepEqual([await escrow(), await held(target.address)], [genesisSupply - ether, ether])
      assert.equal(await portal.get('finalizedWithdrawals', [second.withdrawalHash]), false)
      l1.world.revert()
    }
  })

  test('may deposit, under the alias of the target', async () => {
    const message = { from: alice, target: target.address, value: ether, data: take(), gasLimit: 1_000_000n }
    const withdrawal = await ready(message)
    const deposit = portal.data('depositTransaction', [bob, 1n, 21_000n, false, '0x'])
    await target.send(bob, 'setAttempt', [bytesToHex(deposit)])
    const result = await portal.send(bob, ...finalize(withdrawal))
    assert.equal(target.events(result, 'Tried')[0]?.success, true)
    const [deposited] = portal.events(result, 'TransactionDeposited')
    assert.notEqual(lower(deposited?.from), alice)
    assert.equal(await escrow(), genesisSupply - ether)
  })

  test('has the gas that was asked for, whatever the gas of the transaction', async () => {
    const data = bytesToHex(target.data('takeIfItCan'))
    const withdrawal = await ready({ from: alice, target: target.address, value: ether, gasLimit: 400_000n, data })
    let [refused, paid] = [0, 0]
    for (let gas = 60_000n; gas <= 700_000n; gas += 10_000n) {
      l1.world.checkpoint()
      const result = await l1.send({ from: bob, to: portal.address, data: portal.data(...finalize(withdrawal)), gas })
      if (result.succeeded) {
        // It never pays out without the target having done its work.
        assert.equal(target.events(result, 'Taken').length, 1, `at ${gas} gas`)
        paid++
      } else {
        assert.equal(await portal.get('finalizedWithdrawals', [withdrawal.withdrawalHash]), false)
        refused++
      }
      l1.world.revert()
    }
    assert(refused > 5 && paid > 5, `${refused} refused, ${paid} paid`)
  })

  test('sees at least its gas limit at the first gas that is enough', async () => {
    const gasLimit = 123_456n
    const withdrawal = await ready({ from: alice, target: target.address, value: 1n, gasLimit, data: take() })
    let [low, high] = [50_000n, 1_000_000n]
    const attempt = async (gas: bigint) => {
      l1.world.checkpoint()
      const result = await l1.send({ from: bob, to: portal.address, data: portal.data(...finalize(withdrawal)), gas })
      l1.world.revert()
      return result
    }
    while (low + 1n < high) {
      const middle = (low + high) / 2n
      if ((await attempt(middle)).succeeded) high = middle
      else low = middle
    }
    const [taken] = target.events(await attempt(high), 'Taken')
    // The dispatch of the call comes before the target looks.
    const gasAtStart = taken?.gasAtStart as bigint
    assert(gasAtStart >= gasLimit - 1_000n && gasAtStart < gasLimit + 20_000n, `${gasAtStart}`)
  })

  test('with an absurd gas limit is refused without harm', async () => {
    for (const gasLimit of [(1n << 256n) - 1n, 1n << 64n]) {
      const withdrawal = await ready({ from: alice, target: target.address, value: 1n, gasLimit, data: take() })
      await portal.fails('Portal: insufficient gas to call the target', bob, ...finalize(withdrawal))
    }
  })

  test('that answers with much costs its caller nothing for it', async () => {
    const data = bytesToHex(target.data('returnMuch'))
    const withdrawal = await ready({ from: alice, target: target.address, value: 1n, data, gasLimit: 2_500_000n })
    const { gasUsed } = await portal.send(bob, ...finalize(withdrawal))
    // Memory of a megabyte costs 2.1 M gas once; copying it would cost as much again.
    assert(gasUsed > 2_000_000n && gasUsed < 2_600_000n, `${gasUsed}`)
  })

  test('never goes to the portal or to OPEN', async () => {
    const problem = 'Portal: cannot send messages to the portal or to OPEN'
    const { open } = rollup
    const steal = bytesToHex(open.data('transfer', [bob, genesisSupply]))
    const approve = bytesToHex(open.data('approve', [bob, genesisSupply]))
    const messages = [
      { target: open.address, data: steal },
      { target: open.address, data: approve },
      { target: open.address, data: '0x' as Hex },
      { target: portal.address, data: '0x' as Hex },
      { target: portal.address, data: bytesToHex(portal.data('pause')) },
    ]
    for (const message of messages) {
      const withdrawal = await l2.withdraw({ from: alice, ...message })
      const { proof } = await outputWith(withdrawal)
      await portal.fails(problem, bob, ...prove(proof))
      await portal.fails(problem, bob, ...finalize(withdrawal))
    }
    assert.equal(await open.get('allowance', [portal.address, bob]), 0n)
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

function lower(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value
}
