import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Hash } from '../../../core/hex.ts'
import { keyOf, numbersOf, openRegistry, ownerOf, validatorOf, type Weight } from './registry.ts'
import { minStake } from './rollup.ts'
import { bob, ether } from './testL1.ts'

const seed = 5_151
const owners = 4

test('stake adds up and L2 knows every weight, after any sequence of acts', async () => {
  const act = fc.record({
    kind: fc.oneof(
      { arbitrary: fc.constantFrom('register', 'increase', 'unbond', 'withdraw'), weight: 4 },
      { arbitrary: fc.constantFrom('rotate', 'account', 'sync'), weight: 2 },
      { arbitrary: fc.constantFrom('slash', 'send', 'pass'), weight: 1 },
    ),
    who: fc.nat(owners - 1),
    at: fc.nat(5),
    wei: fc.oneof(fc.bigInt(0n, 3n * minStake), fc.constantFrom(minStake, 2n * minStake)),
  })
  const done = new Map<string, number>()
  const one = await openRegistry()
  const { l1, registry, open } = one
  for (let who = 0; who < owners; who++) await one.fund(ownerOf(who), 2_000n * ether)
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 25, maxLength: 45 }), async (acts) => {
      l1.world.checkpoint()
      const weights = new Map<string, Weight>()
      const keys: ReturnType<typeof keyOf>[] = []
      let [sent, rewards] = [0n, 0n]
      for (const [step, { kind, who, at, wei }] of acts.entries()) {
        l1.pass(12n)
        const owner = ownerOf(who)
        const count = (await registry.get('validatorCount')) as bigint
        const id = 1n + (BigInt(at) % (count || 1n))
        const attempt = async (from: typeof owner, functionName: string, args: readonly unknown[]) => {
          const result = await l1.send({ from, to: registry.address, data: registry.data(functionName, args) })
          if (!result.succeeded) return false
          done.set(kind, (done.get(kind) ?? 0) + 1)
          for (const weight of one.told(result)) weights.set(weight.signer, weight)
          return true
        }
        const theirs = (await validatorOf(registry, id)) as { owner: typeof owner; signer: string; unbonding: bigint }
        const key = keyOf(100 + keys.length)
        switch (kind) {
          case 'register':
            if (await attempt(owner, 'register', [key.address, bob, wei, one.consent(key, owner)])) keys.push(key)
            break
          case 'increase':
            await attempt(theirs.owner, 'increase', [id, wei])
            break
          case 'unbond':
            await attempt(theirs.owner, 'unbond', [id, wei])
            break
          case 'withdraw':
            l1.pass(2n * 86_400n * BigInt(at))
            await attempt(at < 6 ? theirs.owner : owner, 'withdraw', [id])
            break
          case 'pass':
            l1.pass(2n * 86_400n * BigInt(at))
            break
          case 'rotate':
            if (await attempt(theirs.owner, 'setSigner', [id, key.address, one.consent(key, theirs.owner)]))
              keys.push(key)
            break
          case 'account':
            await attempt(theirs.owner, 'setAccount', [id, owner])
            break
          case 'sync':
            await attempt(bob, 'sync', [(keys[at] ?? key).address])
            break
          case 'slash': {
            const liar = keys[at % (keys.length || 1)] ?? key
            const [first, second] = ['71', '72'].map((byte) =>
              one.attest(
                { l2BlockNumber: 1n, outputRoot: `0x${byte.repeat(32)}` as Hash, l1BlockHash: l1.hashOf(1n) },
                liar,
              ),
            )
            const before = await one.held(bob)
            if (await attempt(bob, 'slash', [first, second])) rewards += (await one.held(bob)) - before
            break
          }
          case 'send':
            await open.send(owner, 'transfer', [registry.address, wei])
            sent += wei
        }
        if (step % 4 !== 3 && step !== acts.length - 1) continue
        const { totalStake, totalUnbonding, burned } = (await numbersOf(one)) as Record<string, bigint>
        // The equation of the contract, to the wei.
        assert.equal(await one.held(registry.address), totalStake! + totalUnbonding! + burned! + sent)
        let [stakes, unbonding, active] = [0n, 0n, 0]
        for (let each = 1n; each <= ((await registry.get('validatorCount')) as bigint); each++) {
          const found = (await validatorOf(registry, each)) as Record<'stake' | 'unbonding', bigint>
          stakes += found.stake
          unbonding += found.unbonding
          if (found.stake > 0n) active++
          assert(found.stake === 0n || found.stake >= minStake)
        }
        assert.deepEqual([totalStake, totalUnbonding], [stakes, unbonding])
        const set = (await registry.get('validatorSet')) as readonly {
          signer: string
          account: string
          stake: bigint
        }[]
        assert.equal(set.length, active)
        // What L2 was told last is what the registry has: for signers of now and for those before.
        const listed = new Map(set.map(({ signer, ...rest }) => [signer.toLowerCase(), rest]))
        for (const { address } of keys) {
          const here = listed.get(address)
          const there = weights.get(address)
          assert.equal(BigInt(there?.weight ?? 0), (here?.stake ?? 0n) / ether)
          if (here !== undefined) assert.equal(there?.account, here.account.toLowerCase())
          assert.equal(await one.stakeOf({ address, privateKey: new Uint8Array() }), here?.stake ?? 0n)
        }
        // The last to have it all: owners, who proved, and the registry.
        const held = await Promise.all(Array.from({ length: owners }, (_, place) => one.held(ownerOf(place))))
        const all = held.reduce((sum, amount) => sum + amount, (await one.held(registry.address)) + rewards)
        assert.equal(all, BigInt(owners) * 2_000n * ether)
      }
      l1.world.revert()
    }),
    { seed, numRuns: 20 },
  )
  for (const kind of ['register', 'increase', 'unbond', 'withdraw', 'rotate', 'account', 'sync', 'slash'])
    assert((done.get(kind) ?? 0) > 5, `${kind} had an effect ${done.get(kind)} times`)
})
