import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { bytesToHex, type Hex } from '../../../core/hex.ts'
import { finalization, genesisSupply, propose } from './rollup.ts'
import { alice, bob, ether, isText } from './testL1.ts'
import { finalize, lower, openWithdrawals, prove, type Withdrawals } from './withdrawals.ts'

let w: Withdrawals
let rollup: Withdrawals['rollup']
let l1: Withdrawals['l1']
let l2: Withdrawals['l2']
let portal: Withdrawals['portal']
let target: Withdrawals['target']
let held: Withdrawals['held']
let escrow: Withdrawals['escrow']
let outputWith: Withdrawals['outputWith']
let ready: Withdrawals['ready']
beforeEach(async () => {
  w = await openWithdrawals()
  ;({ rollup, l1, l2, portal, target, held, escrow, outputWith, ready } = w)
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
