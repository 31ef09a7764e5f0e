import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { NodeError } from '../../../core/errors.ts'
import { signTx } from '../../../core/txEnvelope.ts'
import { createMemoryJournal, type SendJournal } from '../../../sequencer/sender/journal.ts'
import { l1ChainId } from '../../rollup/l1/simL1.ts'
import {
  begin,
  blobRequest,
  callRequest,
  ether,
  gwei,
  inbox,
  Killed,
  key,
  memoOf,
  requests,
  self,
  setup,
} from './fixtures.ts'

const kinds = ['call', 'blobs'] as const

describe('sender', () => {
  for (const kind of kinds) {
    test(`sends ${kind}, tells where it landed, once`, async () => {
      const { sender, l1, run, included } = await setup()
      await begin(sender, requests[kind](1))
      assert.equal((await sender.poll()).state, 'pending')
      assert.equal(await sender.begin(requests[kind](2)), 'busy')
      const flight = await run(1)
      assert.ok(flight.state === 'landed' && flight.isRequest)
      assert.equal(memoOf(flight), 1)
      assert.equal(flight.receipt.blockNumber, 1n)
      assert.equal(flight.receipt.blockHash, l1.at(1n)?.block.hash)
      assert.equal(await sender.begin(requests[kind](2)), 'busy', 'the outcome is not acknowledged')
      await sender.acknowledge()
      assert.equal((await sender.poll()).state, 'idle')
      assert.equal(included().length, 1)
      assert.deepEqual(
        { ...sender.status(), balanceWei: 0n },
        {
          address: self,
          balanceWei: 0n,
          trouble: undefined,
          inFlight: undefined,
          attempts: 1,
          replacements: 0,
          landed: 1,
          spentWei: flight.receipt.costWei,
        },
      )
    })

    test(`${kind}: a stuck transaction is replaced every 48 s by one that pays enough more, until it lands`, async () => {
      const { sender, l1, clock, run, waiting } = await setup()
      await begin(sender, requests[kind](1))
      const first = waiting()[0]!
      for (let second = 0; second < 47; second++) {
        await clock.advance(1_000)
        await sender.poll()
      }
      assert.equal(waiting()[0]!.hash, first.hash)
      await clock.advance(1_000)
      await sender.poll()
      const second = waiting()[0]!
      assert.notEqual(second.hash, first.hash)
      assert.equal(second.nonce, first.nonce)
      const factor = kind === 'blobs' ? 200n : 110n
      assert.ok(second.maxFee * 100n >= first.maxFee * factor && second.maxTip * 100n >= first.maxTip * factor)
      if (kind === 'blobs') assert.ok(second.blobs!.maxFee >= 2n * first.blobs!.maxFee)
      assert.equal(sender.status().inFlight?.attempts, 2)
      l1.fees = { ...l1.fees }
      assert.equal((await run(1)).state, 'landed')
      assert.equal(sender.status().replacements, 1)
    })

    test(`${kind}: what the pool forgot is offered again within 12 s`, async () => {
      const { sender, l1, clock, waiting } = await setup()
      await begin(sender, requests[kind](1))
      l1.pool.drop()
      await clock.advance(6_000)
      await sender.poll()
      assert.equal(waiting().length, 0)
      await clock.advance(6_000)
      await sender.poll()
      assert.equal(waiting().length, 1)
      assert.equal(sender.status().attempts, 1)
    })

    test(`${kind}: killed after the journal, before sending: the next start sends exactly that`, async () => {
      let isAlive = false
      const world = await setup({
        wrap: (wallet) => ({
          ...wallet,
          send: async (raw) => {
            if (!isAlive) throw new Killed()
            return wallet.send(raw)
          },
        }),
      })
      await assert.rejects(world.sender.begin(requests[kind](1)), Killed)
      const [entry] = world.journal.entries()
      isAlive = true
      await world.restart()
      assert.equal(await world.sender.begin(requests[kind](2)), 'busy')
      assert.equal((await world.sender.poll()).state, 'pending')
      assert.equal(world.waiting()[0]?.hash, entry?.attempts[0]?.hash)
      const flight = await world.run(1)
      assert.equal(flight.state, 'landed')
      assert.equal(memoOf(flight), 1)
      assert.equal(world.included().length, 1)
    })

    test(`${kind}: killed before the journal: nothing was sent`, async () => {
      const memory = createMemoryJournal()
      const journal: SendJournal = {
        ...memory,
        put: async () => {
          throw new Killed()
        },
      }
      const world = await setup({ journal })
      await assert.rejects(world.sender.begin(requests[kind](1)), Killed)
      assert.equal(world.waiting().length, 0)
      assert.equal((await world.sender.poll()).state, 'idle')
    })

    test(`${kind}: killed after sending, and after inclusion: the next start finds it`, async () => {
      const world = await setup()
      await begin(world.sender, requests[kind](1))
      await world.restart()
      assert.equal((await world.sender.poll()).state, 'pending')
      assert.equal(world.waiting().length, 1)
      await world.l1.mine()
      await world.restart()
      const flight = await world.sender.poll()
      assert.equal(flight.state, 'landed')
      await world.restart()
      assert.equal((await world.sender.poll()).state, 'landed', 'nobody acknowledged it')
      await world.sender.acknowledge()
      await world.restart()
      assert.equal((await world.sender.poll()).state, 'idle')
      assert.equal(world.included().length, 1)
    })

    test(`${kind}: killed in the middle of a replacement: whichever version lands counts`, async () => {
      let isAlive = true
      const world = await setup({
        wrap: (wallet) => ({
          ...wallet,
          send: async (raw) => {
            if (!isAlive) throw new Killed()
            return wallet.send(raw)
          },
        }),
      })
      await begin(world.sender, requests[kind](1))
      await world.clock.advance(48_000)
      isAlive = false
      await assert.rejects(world.sender.poll(), Killed)
      isAlive = true
      const [entry] = world.journal.entries()
      assert.equal(entry?.attempts.length, 2)
      // The first version is what L1 knows, and includes before the next start.
      await world.l1.mine()
      await world.restart()
      const flight = await world.sender.poll()
      assert.ok(flight.state === 'landed' && flight.hash === entry?.attempts[0]?.hash)
    })

    test(`${kind}: a reply that is lost is no second transaction`, async () => {
      const world = await setup()
      world.faults.lostReplies = 1
      await assert.rejects(world.sender.begin(requests[kind](1)), { code: 'l1_unreachable' })
      assert.equal((await world.sender.poll()).state, 'pending')
      assert.equal(world.waiting().length, 1)
      assert.equal((await world.run(1)).state, 'landed')
      assert.equal(world.included().length, 1)
    })

    test(`${kind}: out of funds: an alarm, nothing sent, and it goes on when refilled`, async () => {
      const world = await setup({ balance: 1_000n })
      assert.equal(await world.sender.begin(requests[kind](1)), 'insufficient_funds')
      for (let minute = 0; minute < 240; minute++) {
        await world.clock.advance(60_000)
        assert.equal(await world.sender.begin(requests[kind](1)), 'insufficient_funds')
      }
      assert.equal(world.waiting().length, 0)
      assert.equal(world.sender.status().trouble, 'insufficient_funds')
      const alarms = world.codes().filter((code) => code === 'insufficient_funds').length
      assert.ok(alarms >= 20 && alarms <= 26, `one alarm in ten minutes, not ${alarms}`)
      world.l1.inject({ from: inbox, to: self, credit: ether })
      await world.l1.mine()
      await begin(world.sender, requests[kind](1))
      assert.equal(world.sender.status().trouble, undefined)
      assert.equal((await world.run(1)).state, 'landed')
    })

    test(`${kind}: fees that rise tenfold every ten blocks are followed up to the limits, then waited out`, async () => {
      const limits = { maxFeePerGas: 300n * gwei, maxBlobFee: 300n * gwei, maxCostWei: ether }
      const world = await setup({ limits, balance: 1_000n * ether })
      let label = 1
      let capped = 0
      for (let block = 0; block < 60; block++) {
        const rises = block < 40 && block % 10 === 9
        const falls = block >= 40 && block % 3 === 2
        const { baseFee, blobBaseFee, tip } = world.l1.fees
        if (rises) world.l1.fees = { baseFee: baseFee * 10n, blobBaseFee: blobBaseFee * 100n, tip }
        if (falls) world.l1.fees = { baseFee: max(baseFee / 10n, gwei), blobBaseFee: max(blobBaseFee / 100n, 1n), tip }
        const flight = await world.run(1)
        if (flight.state === 'landed') await world.sender.acknowledge()
        if (flight.state !== 'pending') {
          const refusal = await world.sender.begin(requests[kind](label))
          if (refusal === undefined) label++
          else assert.equal(refusal, 'fee_cap')
        }
        if (world.sender.status().trouble === 'fee_cap') capped++
        for (const tx of world.waiting()) {
          assert.ok(tx.maxFee <= limits.maxFeePerGas && (tx.blobs?.maxFee ?? 0n) <= limits.maxBlobFee)
        }
      }
      assert.ok(capped > 5, 'for a while L1 was dearer than the limits')
      assert.ok(world.codes().includes('fee_cap'))
      assert.ok(label > 25, `${label} sent`)
      assert.equal(new Set(world.included().map(({ hash }) => hash)).size, world.included().length)
    })

    test(`${kind}: a foreign transaction that took the nonce is found out, and the next request has the next nonce`, async () => {
      const world = await setup()
      await begin(world.sender, requests[kind](1))
      world.l1.pool.drop()
      world.l1.transact(key, { to: inbox })
      await world.l1.mine()
      const states = new Set<string>()
      for (let second = 0; second <= 70; second += 6) {
        states.add((await world.sender.poll()).state)
        await world.clock.advance(6_000)
      }
      assert.deepEqual([...states], ['pending', 'displaced'])
      assert.ok(world.codes().includes('displaced'))
      await world.sender.acknowledge()
      assert.deepEqual(world.journal.entries(), [])
      await begin(world.sender, requests[kind](2))
      const flight = await world.run(1)
      assert.ok(flight.state === 'landed' && memoOf(flight) === 2)
    })

    test(`${kind}: pending transactions from elsewhere are waited for`, async () => {
      const world = await setup()
      world.l1.transact(key, { to: inbox, value: 1n })
      assert.equal(await world.sender.begin(requests[kind](1)), 'foreign_pending')
      assert.equal(world.sender.status().trouble, 'foreign_pending')
      await world.l1.mine()
      await begin(world.sender, requests[kind](1))
      assert.equal(world.sender.status().trouble, undefined)
      assert.equal((await world.run(1)).state, 'landed')
    })

    test(`${kind}: what L1 drops again is offered again as it is; it lands once`, async () => {
      const world = await setup()
      await begin(world.sender, requests[kind](1))
      await world.run(1)
      const [before] = world.included()
      await world.sender.acknowledge()
      await world.l1.reorg(1, { blocks: 2 })
      assert.equal(world.waiting().length, 0)
      const flight = await world.sender.poll()
      assert.ok(flight.state === 'pending' && memoOf(flight) === 1)
      assert.equal(await world.sender.begin(requests[kind](2)), 'busy')
      const again = await world.run(1)
      assert.ok(again.state === 'landed' && again.hash === before?.hash)
      assert.equal(world.included().length, 1)
      assert.equal(world.sender.status().landed, 1)
    })

    test(`${kind}: a landed transaction that L1 moves to another block is told from there`, async () => {
      const world = await setup()
      await begin(world.sender, requests[kind](1))
      const first = await world.run(1)
      await world.l1.reorg(1, { keep: true })
      const second = await world.sender.poll()
      assert.ok(first.state === 'landed' && second.state === 'landed')
      assert.equal(second.hash, first.hash)
      assert.notEqual(second.receipt.blockHash, first.receipt.blockHash)
    })

    test(`${kind}: the two newest dropped by L1 come back in order`, async () => {
      const world = await setup()
      for (const label of [1, 2]) {
        await begin(world.sender, requests[kind](label))
        await world.run(1)
        await world.sender.acknowledge()
      }
      await world.l1.reorg(2, { blocks: 3 })
      const back: (number | undefined)[] = []
      for (let block = 0; block < 8 && back.length < 2; block++) {
        const flight = await world.sender.poll()
        if (flight.state === 'landed') {
          back.push(memoOf(flight))
          await world.sender.acknowledge()
        }
        await world.l1.mine()
      }
      assert.deepEqual(back, [1, 2])
      assert.equal(world.included().length, 2)
    })

    test(`${kind}: a gap that nothing fills voids what waits behind it`, async () => {
      const world = await setup({ limits: { retainMs: 0 } })
      for (const label of [1, 2]) {
        await begin(world.sender, requests[kind](label))
        if (label === 1) {
          await world.run(1)
          await world.sender.acknowledge()
          await world.sender.poll()
        }
      }
      world.l1.rollback(1)
      world.l1.pool.drop()
      const states: string[] = []
      for (let second = 0; second <= 66; second += 6) {
        states.push((await world.sender.poll()).state)
        await world.clock.advance(6_000)
      }
      assert.equal(states.at(-1), 'displaced')
      assert.ok(world.codes().includes('nonce_gap'))
      await world.sender.acknowledge()
      await begin(world.sender, requests[kind](3))
      assert.equal(memoOf(await world.run(1)), 3)
    })

    test(`${kind}: superseded by a request that takes its nonce: one of them lands and says which`, async () => {
      const world = await setup()
      await begin(world.sender, requests[kind](1))
      assert.equal(await world.sender.supersede(requests[kind](2)), undefined)
      assert.equal(memoOf(await world.sender.poll()), 2)
      const flight = await world.run(1)
      assert.ok(flight.state === 'landed' && flight.isRequest)
      assert.equal(memoOf(flight), 2)
      assert.equal(world.included().length, 1)
    })

    test(`${kind}: cancelled: the nonce is used, the request never lands`, async () => {
      const world = await setup()
      await begin(world.sender, requests[kind](1))
      assert.equal(await world.sender.cancel(), undefined)
      const flight = await world.run(1)
      assert.ok(flight.state === 'landed' && !flight.isRequest)
      const [only, ...others] = world.included()
      assert.deepEqual(others, [])
      assert.equal(world.l1.included(only!.hash)?.raw.to, self)
    })
  }

  test('a request that the limits keep from being replaced is given up after ten minutes', async () => {
    // Six blobs at twice the price are beyond the cost limit, one is not.
    const limits = { maxCostWei: (ether * 3n) / 100n, maxFeePerGas: 400n * gwei }
    const world = await setup({ limits })
    world.l1.fees = { ...world.l1.fees, blobBaseFee: 10n * gwei }
    await begin(world.sender, blobRequest(1, 6))
    assert.equal(world.waiting()[0]!.blobs!.hashes.length, 6)
    world.l1.fees = { ...world.l1.fees, blobBaseFee: 60n * gwei }
    const flight = await world.run(60)
    assert.ok(world.codes().includes('fee_cap'))
    assert.ok(flight.state === 'landed' && !flight.isRequest)
    assert.ok(flight.receipt.blockNumber <= 52n, 'about ten minutes')
    assert.ok(world.sender.status().spentWei <= limits.maxCostWei)
  })

  test('the other kind waits until the last one is settled', async () => {
    const world = await setup()
    await begin(world.sender, blobRequest(1))
    await world.run(1)
    await world.sender.acknowledge()
    assert.equal(await world.sender.begin(callRequest(2)), 'settling')
    assert.equal(await world.sender.check({ kind: 'call', gas: 21_000n, blobs: 0, value: 0n }), 'settling')
    assert.equal(await world.sender.check({ kind: 'blobs', gas: 21_000n, blobs: 1, value: 0n }), undefined)
    await world.l1.mineMany(10)
    await begin(world.sender, callRequest(2))
  })

  for (const mine of kinds) {
    test(`a forgotten transaction of the other kind is cleared away, then ${mine} goes on`, async () => {
      const theirs = mine === 'call' ? 'blobs' : 'call'
      const world = await setup()
      // Another process sent this one, and nothing of it is left but what waits in the pool.
      await begin(await world.open(createMemoryJournal()), requests[theirs](9))
      const states: string[] = []
      for (let second = 0; second < 600; second += 6) {
        const flight = await world.sender.poll()
        states.push(flight.state)
        if (flight.state === 'idle') await world.sender.begin(requests[mine](1))
        await world.clock.advance(6_000)
      }
      assert.ok(world.codes().includes('foreign_pending') && world.codes().includes('other_kind_pending'))
      assert.equal(world.waiting().length, 1)
      const flight = await world.run(1)
      assert.ok(flight.state === 'landed' && !flight.isRequest)
      await world.sender.acknowledge()
      await world.l1.mineMany(11)
      await begin(world.sender, requests[mine](1))
      assert.equal(memoOf(await world.run(1)), 1)
      assert.equal(world.included().length, 2)
    })
  }

  test('a forgotten transaction of the same kind is outbid', async () => {
    const world = await setup()
    const unsigned = {
      type: 2,
      chainId: l1ChainId,
      nonce: 0n,
      to: inbox,
      value: 0n,
      gas: 30_000n,
      data: new Uint8Array(0),
    } as const
    const fees = { maxFeePerGas: 8n * gwei, maxPriorityFeePerGas: 2n * gwei }
    await world.wallet.send(signTx({ ...unsigned, ...fees, accessList: [] }, key).raw)
    for (let second = 0; second < 300; second += 6) {
      if ((await world.sender.poll()).state === 'idle') await world.sender.begin(callRequest(1))
      await world.clock.advance(6_000)
    }
    const [waiting] = world.waiting()
    assert.ok(waiting !== undefined && waiting.maxTip >= (22n * gwei) / 10n)
    assert.equal(memoOf(await world.run(1)), 1)
  })

  test('a call that would revert is not sent', async () => {
    const world = await setup({ wrap: (wallet) => ({ ...wallet, estimateGas: async () => undefined }) })
    const request = {
      kind: 'call',
      to: inbox,
      memo: new Uint8Array(0),
      data: new Uint8Array(0),
      value: 0n,
      gas: undefined,
    } as const
    assert.equal(await world.sender.begin(request), 'would_revert')
    assert.equal(world.waiting().length, 0)
  })

  test('a provider that lags makes nothing landed forgotten or doubled', async () => {
    let lags = false
    const world = await setup({
      wrap: (wallet) => ({
        ...wallet,
        nonce: async (address, at) => (lags ? 0n : wallet.nonce(address, at)),
        receipt: async (hash) => (lags ? undefined : wallet.receipt(hash)),
      }),
    })
    await begin(world.sender, callRequest(1))
    await world.run(1)
    await world.sender.acknowledge()
    lags = true
    assert.equal(await world.sender.begin(callRequest(2)), 'l1_behind')
    assert.equal((await world.sender.poll()).state, 'pending')
    lags = false
    assert.equal((await world.sender.poll()).state, 'landed')
    assert.equal(world.included().length, 1)
  })

  test('without L1 nothing changes, and everything goes on when it is back', async () => {
    const world = await setup()
    world.faults.down = true
    await assert.rejects(world.sender.begin(callRequest(1)), NodeError)
    world.faults.down = false
    await begin(world.sender, callRequest(1))
    world.faults.down = true
    for (let minute = 0; minute < 60; minute++) {
      await assert.rejects(world.sender.poll(), { code: 'l1_unreachable' })
      await world.clock.advance(60_000)
    }
    world.faults.down = false
    assert.equal((await world.run(1)).state, 'landed')
    assert.ok(world.sender.status().attempts <= 2)
  })

  test('what landed long ago leaves the journal', async () => {
    const world = await setup()
    for (let label = 1; label <= 12; label++) {
      await begin(world.sender, callRequest(label))
      await world.run(1)
      await world.sender.acknowledge()
    }
    await world.sender.poll()
    assert.equal(world.journal.entries().length, 8)
    await world.clock.advance(900_000)
    await world.sender.poll()
    assert.equal(world.journal.entries().length, 0)
  })
})

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
