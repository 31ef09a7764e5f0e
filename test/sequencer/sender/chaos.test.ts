import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NodeError } from '../../../core/errors.ts'
import type { L1Wallet } from '../../../l1/wallet.ts'
import { createDice, type Dice } from '../../rollup/dice.ts'
import { ether, gwei, inbox, Killed, key, memoOf, requests, self, setup } from './fixtures.ts'

const seeds = [1, 2, 3, 4, 5, 6, 7, 8, ...(process.env.SENDER_SEEDS ?? '').split(',').filter(Boolean).map(Number)]

/** The process dies before or after any call that changes something; what it did until then stays. */
function mortal(wallet: L1Wallet, dice: Dice, isMortal: () => boolean): L1Wallet {
  return {
    ...wallet,
    send: async (raw) => {
      if (isMortal() && dice.once(20)) throw new Killed()
      const answer = await wallet.send(raw)
      if (isMortal() && dice.once(20)) throw new Killed()
      return answer
    },
  }
}

for (const foreign of [false, true]) {
  for (const seed of seeds) {
    const text = foreign ? 'with transactions of the same key from elsewhere, ' : ''
    test(`${text}whatever fails, every request lands exactly once (seed ${seed})`, async () => {
      const dice = createDice(seed)
      let isTrouble = true
      const world = await setup({
        wrap: (wallet) => mortal(wallet, dice, () => isTrouble),
        balance: 10_000n * ether,
        limits: { settleMs: 24_000 },
      })
      const wanted = 12
      const waiting: number[] = Array.from({ length: wanted }, (_, index) => index + 1)

      async function step(): Promise<void> {
        const flight = await world.sender.poll()
        if (flight.state === 'idle') {
          const label = waiting[0]
          // The label decides on the kind: runs of three.
          const kind = label !== undefined && Math.floor(label / 3) % 2 === 0 ? 'call' : 'blobs'
          if (label !== undefined) await world.sender.begin(requests[kind](label))
        } else if (flight.state !== 'pending') {
          const label = memoOf(flight)
          assert.ok(label !== undefined)
          if (flight.state === 'landed' && flight.isRequest) remove(waiting, label)
          else if (!waiting.includes(label)) waiting.unshift(label)
          await world.sender.acknowledge()
        }
        const { inFlight } = world.sender.status()
        if (inFlight === undefined) return
        for (const tx of world.waiting().filter(({ nonce }) => nonce === inFlight.nonce)) {
          assert.ok(tx.maxFee <= 500n * gwei && tx.maxTip <= 100n * gwei)
        }
      }

      for (let round = 0; round < 400 && (round < 180 || waiting.length > 0); round++) {
        isTrouble = round < 150
        if (isTrouble) await disturb()
        else Object.assign(world.faults, { down: false, failNext: 0, lostReplies: 0 })
        try {
          await step()
        } catch (error) {
          if (error instanceof Killed) await world.restart()
          else assert.ok(error instanceof NodeError && error.severity === 'retry', String(error))
        }
        const kinds = new Set(world.waiting().map(({ blobs }) => blobs === undefined))
        assert.ok(kinds.size <= 1, 'two kinds in flight')
        if (dice.below(10) < 6) await world.l1.mine()
        else await world.clock.advance(6_000)
      }

      async function disturb(): Promise<void> {
        if (dice.once(20)) world.faults.failNext = dice.below(4)
        if (dice.once(20)) world.faults.lostReplies = 1
        if (dice.once(20)) world.l1.pool.drop()
        if (dice.once(20)) await world.restart()
        if (dice.once(20)) {
          const depth = Math.min(1 + dice.below(3), Number(world.l1.head().block.number))
          if (depth > 0) await world.l1.reorg(depth, { keep: dice.once(2) })
        }
        if (dice.once(10)) {
          const [baseFee, blobBaseFee] = [BigInt(1 + dice.below(40)) * gwei, BigInt(1 + dice.below(60_000)) * 10n ** 6n]
          world.l1.fees = { baseFee, blobBaseFee, tip: gwei }
        }
        // Only when nothing of ours waits: the simulated wallet of the other process would be refused.
        if (foreign && dice.once(20) && world.waiting().length === 0) world.l1.transact(key, { to: self, gas: 21_000n })
      }

      assert.deepEqual(waiting, [], 'everything lands in the end')
      const landed = new Map<string, number>()
      for (let number = 1n; number <= world.l1.head().block.number; number++) {
        for (const { raw } of world.l1.at(number)!.included) {
          if (raw.from !== self || raw.to !== inbox) continue
          const what = raw.isBlob ? raw.blobHashes.join() : String(raw.input[0])
          landed.set(what, (landed.get(what) ?? 0) + 1)
        }
      }
      assert.equal(landed.size, wanted, 'every request is on L1')
      const doubles = [...landed.values()].filter((count) => count > 1).length
      assert.ok(doubles <= (foreign ? 1 : 0), `${doubles} requests landed twice`)
    })
  }
}

function remove(list: number[], label: number): void {
  const at = list.indexOf(label)
  if (at >= 0) list.splice(at, 1)
}
