import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Address, zeroAddress } from '../../../core/hex.ts'
import type { TestContract } from '../../genesis/contract.ts'
import { contractOn } from '../../genesis/contract.ts'
import { aliasOf, alice, type Bridges, bob, type Deposit, openBridges, type Withdrawal, word } from './bridges.ts'

/** A token of L1, and what stands for it on L2. */
type Pair = {
  readonly local: Address
  readonly token: TestContract | undefined
  readonly remote: TestContract
}

const moods = [0, 0, 0, 1, 2, 3]
const person = fc.constantFrom(alice, bob)
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('deposit'), pair: fc.nat(2), to: person, amount: fc.nat(50) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('withdraw'), pair: fc.nat(2), to: person, amount: fc.nat(50) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('arrive', 'finalize'),
      pair: fc.nat(2),
      to: person,
      amount: fc.nat(9),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('mood1', 'mood2'), pair: fc.nat(2), to: person, amount: fc.nat(5) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('claim1', 'claim2', 'back'),
      pair: fc.nat(2),
      to: person,
      amount: fc.nat(0),
    }),
  },
)

/** ETH, a token whose L1 side misbehaves, and one whose L2 side does. */
async function openPairs(bridges: Bridges): Promise<readonly Pair[]> {
  const plain = await bridges.token()
  const local = contractOn(bridges.l1, 'MoodyToken', await bridges.create(bridges.l1, 'MoodyToken', word(zeroAddress)))
  const moody = await bridges.create(bridges.l2, 'MoodyToken', word(local.address))
  return [
    { local: zeroAddress, token: undefined, remote: bridges.ether },
    { local: plain.local.address, token: plain.local, remote: plain.remote },
    { local: local.address, token: local, remote: contractOn(bridges.l2, 'MoodyToken', moody) },
  ]
}

test('whatever tokens do, what the bridge on L1 holds is what is on L2, on its way, or waiting', async (t) => {
  const seed = Number(process.env.BRIDGE_SEED ?? 7)
  t.diagnostic(`seed ${seed}`)
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
      const bridges = await openBridges()
      const pairs = await openPairs(bridges)
      const { l1, l2, bridge1, bridge2 } = bridges
      const deposits: (readonly [Deposit, number, bigint])[] = []
      const withdrawals: (readonly [Withdrawal, number, bigint])[] = []
      const tryOn = async (
        chain: typeof l1,
        contract: TestContract,
        from: Address,
        name: string,
        args: readonly unknown[],
        value = 0n,
      ) => await chain.send({ from, to: contract.address, data: contract.data(name, args), value })

      for (const { kind, pair: at, to, amount } of steps) {
        const { local, token, remote } = pairs[at]!
        const wei = BigInt(amount)
        if (kind === 'deposit') {
          if (token !== undefined) {
            await tryOn(l1, token, bob, 'mint', [alice, wei])
            await tryOn(l1, token, alice, 'approve', [bridge1.address, wei])
          }
          const sent =
            token === undefined
              ? await tryOn(l1, bridge1, alice, 'bridgeETHTo', [to, 0, '0x'], wei)
              : await tryOn(l1, bridge1, alice, 'bridgeERC20To', [local, remote.address, to, wei, 0, '0x'])
          if (sent.succeeded) for (const deposit of bridges.deposits(sent)) deposits.push([deposit, at, wei])
        } else if (kind === 'withdraw') {
          const sent = await tryOn(l2, bridge2, to, 'withdrawTo', [remote.address, alice, wei, 0, '0x'])
          if (sent.succeeded) for (const message of bridges.withdrawals(sent)) withdrawals.push([message, at, wei])
        } else if (kind === 'arrive') {
          const [next] = deposits.splice(amount % Math.max(deposits.length, 1), 1)
          if (next !== undefined) assert((await bridges.arrive(next[0])).succeeded, 'a deposit never reverts')
        } else if (kind === 'finalize') {
          const [next] = withdrawals.splice(amount % Math.max(withdrawals.length, 1), 1)
          if (next !== undefined) assert((await bridges.finalize(next[0])).succeeded, 'a withdrawal never reverts')
        } else if (kind === 'mood1' && token !== undefined) await token.send(bob, 'setMood', [moods[amount]])
        else if (kind === 'mood2' && at === 2) await remote.send(bob, 'setMood', [moods[amount]])
        else if (kind === 'claim1') await tryOn(l1, bridge1, bob, 'claim', [local, to])
        else if (kind === 'claim2') await tryOn(l2, bridge2, bob, 'claim', [remote.address, local, alice, to])
        else if (kind === 'back') {
          const waits = (await bridge2.ok(bob, 'waiting', [remote.address, local, alice, to])) as bigint
          const sent = await tryOn(l2, bridge2, aliasOf(alice), 'giveBack', [remote.address, local, alice, to, 0])
          if (sent.succeeded) for (const message of bridges.withdrawals(sent)) withdrawals.push([message, at, waits])
        }
        await assertConserved(bridges, pairs, deposits, withdrawals)
      }
    }),
    { seed, numRuns: 8 },
  )
})

async function assertConserved(
  { l1, bridge1, bridge2 }: Bridges,
  pairs: readonly Pair[],
  deposits: readonly (readonly [Deposit, number, bigint])[],
  withdrawals: readonly (readonly [Withdrawal, number, bigint])[],
): Promise<void> {
  for (const [at, { local, token, remote }] of pairs.entries()) {
    const flying = [...deposits, ...withdrawals].reduce((sum, [, of, wei]) => (of === at ? sum + wei : sum), 0n)
    let [waiting, claimable] = [0n, 0n]
    for (const to of [alice, bob]) {
      waiting += (await bridge2.ok(bob, 'waiting', [remote.address, local, alice, to])) as bigint
      claimable += (await bridge1.ok(bob, 'claimable', [local, to])) as bigint
    }
    const held = (await bridge1.ok(bob, 'deposits', [local, remote.address])) as bigint
    const supply = (await remote.ok(bob, 'totalSupply')) as bigint
    assert.equal(held, supply + waiting + flying)
    const owned =
      token === undefined ? l1.balance(bridge1.address) : await token.ok(bob, 'balanceOf', [bridge1.address])
    assert.equal(owned, held + claimable)
  }
}
