import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import fc from 'fast-check'
import { protocol } from '../../attribution/native/addresses.ts'
import { paramNames } from '../../attribution/native/rules.ts'
import { type Address, bytesToHex } from '../../core/hex.ts'
import { predeploys } from '../../core/predeploys.ts'
import {
  type Calls,
  callsOf,
  devnet,
  type Governance,
  genesisSplit,
  idOf,
  newSplit,
  open,
  openGovernance,
  paramCall,
  splitCall,
} from './governance.ts'

const voter = `0x${'a1'.repeat(20)}` as Address
const anyone = `0x${'c3'.repeat(20)}` as Address
const owners = Array.from({ length: 12 }, (_, index) => `0x${(index + 1).toString(16).padStart(40, 'd')}` as Address)
const [first = anyone, second = anyone] = owners
const { weekSec, timelockDelaySec: delaySec } = devnet.attribution
const noBytes = `0x${'00'.repeat(32)}` as const
const split = callsOf(splitCall(newSplit))
/** Seconds after genesis at which operations are scheduled, in the middle of a week. */
const startSec = 1_005n
const week = (devnet.timestamp + startSec) / weekSec

let chain: Governance
beforeEach(async () => {
  chain = await openGovernance()
})

/** Schedules as the governor does after a vote; gives the arguments that name the operation. */
async function schedule(calls: Calls, salt = 1n, afterSec = startSec) {
  const args = [calls.targets, calls.values, calls.payloads, noBytes, `0x${salt.toString(16).padStart(64, '0')}`]
  await chain.timelock.ok(predeploys.governor, 'scheduleBatch', [...args, delaySec], { afterSec })
  return args
}

async function isPending(operation: readonly unknown[]): Promise<boolean> {
  const id = await chain.timelock.ok(anyone, 'hashOperationBatch', operation)
  return (await chain.timelock.ok(anyone, 'isOperationPending', [id])) === true
}

const veto = (owner: Address, operation: readonly unknown[], afterSec = startSec + 1n) =>
  chain.veto.send(owner, 'veto', operation, { afterSec })

describe('contributors against a split', () => {
  test('10 % of the earnings, from five owners, stop a proposal that was voted', async () => {
    await chain.token.ok(voter, 'deposit', [], { value: 10n * open, afterSec: 1n })
    const readySec = await chain.queue(voter, split, 'less for data', 900n)
    const scheduledSec = readySec - delaySec
    for (const owner of owners.slice(0, 10)) chain.earn(owner, (devnet.timestamp + scheduledSec) / weekSec - 1n, open)
    const operation = chain.operation(split, 'less for data')
    for (const owner of owners.slice(0, 4)) await veto(owner, operation, readySec - 1n)
    assert.equal(await isPending(operation), true)
    const { logs } = await veto(owners[4] ?? anyone, operation, readySec - 1n)
    assert.equal(logs.length, 3, 'Vetoed, Stopped, Cancelled')
    assert.equal(await isPending(operation), false)
    const args = [split.targets, split.values, split.payloads, idOf('less for data')]
    const at = { afterSec: readySec }
    await chain.governor.fails('GovernorUnexpectedProposalState', anyone, 'execute', args, at)
    await chain.timelock.fails('TimelockUnexpectedOperationState', anyone, 'executeBatch', operation, at)
    assert.deepEqual(await chain.split(), genesisSplit)
  })

  test('less than 10 % do not stop it', async () => {
    for (const owner of owners.slice(0, 5)) chain.earn(owner, week - 1n, 199n)
    chain.earn(anyone, week - 1n, 10_000n - 5n * 199n)
    const operation = await schedule(split)
    for (const owner of owners.slice(0, 5)) await veto(owner, operation)
    const id = await chain.timelock.ok(anyone, 'hashOperationBatch', operation)
    assert.deepEqual(await chain.veto.ok(anyone, 'tallyOf', [id]), [995n * 50n, 1_000n * 50n])
    const at = { afterSec: startSec + delaySec }
    await chain.timelock.ok(anyone, 'executeBatch', operation, at)
    assert.deepEqual(await chain.split(), newSplit)
    await chain.veto.fails('NotPending', anyone, 'veto', operation, at)
  })

  test('an owner counts for 2 % at most, to the wei, and once per operation', async () => {
    // A total that 50 does not divide: five capped owners are exactly 10 %.
    chain.earn(first, week - 3n, 900n)
    for (const owner of owners.slice(1, 5)) chain.earn(owner, week - 12n, 31n)
    chain.earn(anyone, week - 1n, 25n)
    const operation = await schedule(split)
    await veto(first, operation)
    const id = await chain.timelock.ok(anyone, 'hashOperationBatch', operation)
    assert.deepEqual(await chain.veto.ok(anyone, 'tallyOf', [id]), [1_049n, 5n * 1_049n])
    assert.equal(await chain.veto.ok(anyone, 'hasVetoed', [id, first]), true)
    await chain.veto.fails('AlreadyVetoed', first, 'veto', operation, { afterSec: startSec + 1n })
    for (const owner of owners.slice(1, 4)) await veto(owner, operation)
    assert.equal(await isPending(operation), true)
    await veto(owners[4] ?? anyone, operation)
    assert.equal(await isPending(operation), false)
  })

  test('only the 12 complete weeks before scheduling count, whatever is claimed later', async () => {
    chain.earn(anyone, week - 12n, 1_000n)
    chain.earn(first, week - 13n, 1_000n)
    chain.earn(second, week, 1_000n)
    const operation = await schedule(split)
    // Still in the week of scheduling, and in the first week after it.
    chain.earn(second, week, 1_000_000n)
    chain.earn(first, week + 1n, 1_000_000n)
    for (const owner of [first, second])
      for (const afterSec of [startSec + 1n, startSec + delaySec - 1n])
        await chain.veto.fails('NothingEarned', owner, 'veto', operation, { afterSec })
    const time = devnet.timestamp + startSec
    assert.deepEqual(await chain.veto.ok(anyone, 'earningsBefore', [anyone, time]), [1_000n, 1_000n])
    await veto(anyone, operation)
    assert.equal(await isPending(operation), true)
  })

  test('without earnings there is no veto', async () => {
    const operation = await schedule(split)
    await chain.veto.fails('NothingEarned', first, 'veto', operation, { afterSec: startSec + 1n })
  })

  test('the specific part and the time to claim it are theirs too, no other parameter is', async () => {
    for (const owner of owners) chain.earn(owner, week - 1n, open)
    for (const [param, name] of paramNames.entries()) {
      const { target, data } = paramCall(param, devnet.attribution.params[name].min)
      const calls = callsOf({ target, data })
      const operation = await schedule(calls, BigInt(param))
      const single = [target, 0n, bytesToHex(data), noBytes, noBytes]
      await chain.timelock.ok(predeploys.governor, 'schedule', [...single, delaySec], { afterSec: startSec })
      const at = { afterSec: startSec + 1n }
      if (name === 'specificBps' || name === 'claimExpirySec') {
        for (const owner of owners.slice(0, 5)) await veto(owner, operation)
        for (const owner of owners.slice(0, 5)) await chain.veto.ok(owner, 'vetoSingle', single, at)
        assert.equal(await isPending(operation), false, name)
        const id = await chain.timelock.ok(anyone, 'hashOperation', single)
        assert.equal(await chain.timelock.ok(anyone, 'isOperationPending', [id]), false, name)
      } else {
        await chain.veto.fails('NotTheirs', first, 'veto', operation, at)
        await chain.veto.fails('NotTheirs', first, 'vetoSingle', single, at)
      }
    }
    // A parameter that is cut short is none.
    const { target, data } = paramCall(9, 3_000n)
    const short = await schedule(callsOf({ target, data: data.subarray(0, 35) }), 99n)
    await chain.veto.fails('NotTheirs', first, 'veto', short)
  })

  test('only operations that change what contributors get can be vetoed, however they are put together', async () => {
    for (const owner of owners) chain.earn(owner, week - 1n, open)
    const harmless = { target: predeploys.validatorVault, data: chain.vault.data('setRegistry', [anyone]) }
    const { target, data } = splitCall(newSplit)
    const others = [
      callsOf(harmless),
      callsOf({ target, data: data.subarray(0, 3) }),
      callsOf({ target: protocol.traces, data }),
      callsOf({ target, data: Uint8Array.of(1, 2, 3, 4, ...data) }),
    ]
    for (const [index, calls] of others.entries()) {
      const operation = await schedule(calls, BigInt(index))
      await chain.veto.fails('NotTheirs', first, 'veto', operation)
    }
    const mixed = await schedule(callsOf(harmless, splitCall(newSplit), harmless), 9n)
    for (const owner of owners.slice(0, 5)) await veto(owner, mixed)
    assert.equal(await isPending(mixed), false)
    const [targets, values, payloads, predecessor] = mixed
    await chain.veto.fails('NotPending', first, 'veto', [
      targets,
      values,
      payloads,
      predecessor,
      `0x${'77'.repeat(32)}`,
    ])
  })

  test('an operation of one call, scheduled by a detour through the governor, is stopped alike', async () => {
    for (const owner of owners) chain.earn(owner, week - 1n, open)
    const { target, data } = splitCall(newSplit)
    const single = [target, 0n, bytesToHex(data), noBytes, noBytes]
    await chain.timelock.ok(predeploys.governor, 'schedule', [...single, delaySec], { afterSec: startSec })
    const id = await chain.timelock.ok(anyone, 'hashOperation', single)
    const other = [predeploys.court, ...single.slice(1)]
    await chain.veto.fails('NotTheirs', first, 'vetoSingle', other)
    for (const owner of owners.slice(0, 5))
      await chain.veto.ok(owner, 'vetoSingle', single, { afterSec: startSec + 1n })
    assert.equal(await chain.timelock.ok(anyone, 'isOperationPending', [id]), false)
  })

  test('scheduled again, an operation is judged anew: by later weeks, with new vetoes', async () => {
    for (const owner of owners) chain.earn(owner, week - 1n, open)
    const operation = await schedule(split)
    for (const owner of owners.slice(0, 5)) await veto(owner, operation)
    assert.equal(await isPending(operation), false)

    await schedule(split)
    assert.equal(await isPending(operation), true)
    const id = await chain.timelock.ok(anyone, 'hashOperationBatch', operation)
    assert.deepEqual(((await chain.veto.ok(anyone, 'tallyOf', [id])) as bigint[])[0], 0n)
    for (const owner of owners.slice(0, 5)) await veto(owner, operation)
    assert.equal(await isPending(operation), false)

    const laterSec = startSec + 13n * weekSec
    await schedule(split, 1n, laterSec)
    await chain.veto.fails('NothingEarned', first, 'veto', operation, { afterSec: laterSec })
  })

  test('random earnings and vetoes end as the rule says', async () => {
    const seed = 12
    let salt = 100n
    const earning = fc.record({ owner: fc.nat(11), week: fc.bigInt(0n, 14n), wei: fc.bigInt(0n, 1_000n) })
    await fc.assert(
      fc.asyncProperty(fc.array(earning, { maxLength: 30 }), fc.shuffledSubarray(owners), async (list, vetoers) => {
        chain = await openGovernance()
        for (const { owner, week: at, wei } of list) chain.earn(owners[owner] ?? anyone, week - at, wei)
        const counted = list.filter(({ week: at }) => at >= 1n && at <= 12n)
        const sum = (some: typeof list) => some.reduce((total, { wei }) => total + wei, 0n)
        const total = sum(counted)
        const operation = await schedule(split, salt++)
        // In 1/50 wei.
        let tally = 0n
        let stopped = false
        for (const owner of vetoers) {
          const own = 50n * sum(counted.filter((entry) => owners[entry.owner] === owner))
          if (stopped) await chain.veto.fails('NotPending', owner, 'veto', operation, { afterSec: startSec })
          else if (own === 0n) await chain.veto.fails('NothingEarned', owner, 'veto', operation, { afterSec: startSec })
          else {
            await veto(owner, operation)
            tally += own < total ? own : total
            stopped = tally * 10n >= total * 50n
          }
        }
        assert.equal(await isPending(operation), !stopped)
      }),
      { seed, numRuns: 25 },
    )
  })
})
