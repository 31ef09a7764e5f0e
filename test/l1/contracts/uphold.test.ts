import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import type { Claim } from '../../../core/attestation.ts'
import type { Hash } from '../../../core/hex.ts'
import { type Key, keyOf, openRegistry, ownerOf, type Registry, refusal, whole } from './registry.ts'
import { bond, guardian, minStake, propose, verifierPeriod } from './rollup.ts'
import { alice, bob } from './testL1.ts'

const root = `0x${'77'.repeat(32)}` as Hash
let one: Registry
/** Ascending by address. */
let keys: readonly Key[]

/** Five validators with equal stake but for the last, and a challenged output at index 1. */
beforeEach(async () => {
  one = await openRegistry()
  const registered = []
  for (let at = 0; at < 5; at++) registered.push(await one.register(at, at === 4 ? whole(200n) : minStake))
  keys = ascending(registered.map(({ key }) => key))
  await propose(one, root)
  await one.oracle.send(alice, 'challenge', [1n], { value: bond })
})

function ascending(list: readonly Key[]): readonly Key[] {
  return [...list].sort((a, b) => (a.address < b.address ? -1 : 1))
}

async function claimOf(index = 1n): Promise<Claim> {
  const output = (await one.oracle.get('getL2Output', [index])) as { outputRoot: Hash; l2BlockNumber: bigint }
  const [, l1BlockHash] = (await one.oracle.get('outputL1Block', [index])) as [bigint, Hash]
  return { l2BlockNumber: output.l2BlockNumber, outputRoot: output.outputRoot, l1BlockHash }
}
async function sign(list: readonly Key[], changes: Partial<Claim> = {}, index = 1n) {
  const claim = { ...(await claimOf(index)), ...changes }
  return list.map((key) => one.attest(claim, key).signature)
}
const uphold = (signatures: readonly string[], index = 1n) => [bob, 'uphold', [index, signatures]] as const
const fails = (problem: string, signatures: readonly string[]) =>
  one.registry.fails(refusal(problem), ...uphold(signatures))
/** All but some of the first validators, by the order of their registration. */
const without = (...places: readonly number[]) =>
  keys.filter(({ address }) => !places.some((place) => keyOf(place).address === address))
const last = 4

describe('a challenged output', () => {
  test('is upheld by two thirds of the stake', async () => {
    // 400 of 600 OPEN.
    const signatures = await sign(without(0, 1))
    const result = await one.registry.send(...uphold(signatures))
    assert.equal(one.oracle.events(result, 'OutputUpheld').length, 1)
    assert.equal(await one.oracle.get('isFrozen', [1n]), false)
  })

  test('is upheld by more than it takes', async () => {
    await one.registry.send(...uphold(await sign(keys)))
    assert.equal(await one.oracle.get('isUpheld', [1n]), true)
  })

  test('is not upheld by a wei less', async () => {
    await fails('less than two thirds of the stake', [])
    // 300 and 400 of 600.
    await fails('less than two thirds of the stake', await sign(without(0, last)))
    const signatures = await sign(without(0, 1))
    await one.fund(ownerOf(0), 1n)
    await one.registry.send(ownerOf(0), 'increase', [1n, 1n])
    await fails('less than two thirds of the stake', signatures)
    assert.equal(await one.oracle.get('isFrozen', [1n]), true)
    await one.fund(ownerOf(last), 2n)
    await one.registry.send(ownerOf(last), 'increase', [5n, 2n])
    await one.registry.send(...uphold(signatures))
  })

  test('counts nobody twice and nobody else', async () => {
    const [a, b, c] = keys
    await fails('signers must ascend', await sign([a!, a!, b!]))
    await fails('signers must ascend', await sign([a!, c!, b!]))
    await fails('signers must ascend', await sign([...keys, a!]))
    await fails('not an active signer', await sign(ascending([...keys, keyOf(50)])))
    await fails('invalid signature', [...(await sign(keys)), '0x'])
    assert.equal(await one.oracle.get('isFrozen', [1n]), true)
  })

  test('goes by the stake and the keys of now', async () => {
    const { registry } = one
    const all = await sign(keys)
    await registry.send(ownerOf(0), 'unbond', [1n, minStake])
    await fails('not an active signer', all)
    // 300 of 500 are not enough; 400 are.
    await fails('less than two thirds of the stake', await sign(without(0, last)))
    const next = keyOf(60)
    await registry.send(ownerOf(1), 'setSigner', [2n, next.address, one.consent(next, ownerOf(1))])
    await fails('not an active signer', await sign(without(0)))
    const claim = await claimOf()
    const liar = keyOf(2)
    await registry.send(bob, 'slash', [
      one.attest(claim, liar),
      one.attest({ ...claim, outputRoot: `0x${'78'.repeat(32)}` as Hash }, liar),
    ])
    await fails('not an active signer', await sign(without(0, 1)))
    await registry.send(...uphold(await sign(ascending([...without(0, 1, 2), next]))))
  })

  test('is upheld by nobody when there is no stake', async () => {
    for (let at = 0; at < 5; at++)
      await one.registry.send(ownerOf(at), 'unbond', [BigInt(at + 1), at === last ? whole(200n) : minStake])
    assert.equal(await one.registry.get('totalStake'), 0n)
    await fails('less than two thirds of the stake', [])
  })

  test('is what was attested, in block, root and L1 block', async () => {
    const other = `0x${'78'.repeat(32)}` as Hash
    for (const change of [{ outputRoot: other }, { l2BlockNumber: 5n }, { l1BlockHash: other }]) {
      const data = one.registry.data('uphold', [1n, await sign(keys, change)])
      // The recovered addresses are random: they are nobody's, or do not ascend.
      assert.equal((await one.l1.send({ from: bob, to: one.registry.address, data })).succeeded, false)
    }
    await one.registry.send(...uphold(await sign(keys)))
  })

  test('is another one once it was replaced: what was attested of the first says nothing of it', async () => {
    const signatures = await sign(keys)
    await one.oracle.send(guardian, 'deleteL2Outputs', [1n])
    await propose(one, `0x${'66'.repeat(32)}`)
    await one.oracle.send(alice, 'challenge', [1n], { value: bond })
    const data = one.registry.data('uphold', [1n, signatures])
    assert.equal((await one.l1.send({ from: bob, to: one.registry.address, data })).succeeded, false)
    assert.equal(await one.oracle.get('isFrozen', [1n]), true)
    await one.registry.send(...uphold(await sign(keys)))
  })

  test('is upheld in time, and only if it is challenged', async () => {
    const { oracle, registry, l1 } = one
    const signatures = await sign(keys)
    l1.pass(verifierPeriod + 1n)
    await registry.fails('L2OutputOracle: too late to uphold the output', ...uphold(signatures))
    await oracle.send(bob, 'resolve', [1n])
    await registry.fails('L2OutputOracle: no such output', ...uphold(signatures))
    await propose(one, root)
    await registry.fails('L2OutputOracle: the output is not challenged', ...uphold(await sign(keys)))
    await registry.fails('L2OutputOracle: the output is not challenged', ...uphold(await sign(keys, {}, 0n), 0n))
  })

  test('by 64 validators is upheld within a transaction', async () => {
    const more: Key[] = []
    for (let at = 5; at < 64; at++) {
      more.push((await one.register(at)).key)
      one.l1.pass(12n)
    }
    const { gasUsed } = await one.registry.send(...uphold(await sign(ascending([...keys, ...more]))))
    assert(gasUsed < 1_500_000n, `${gasUsed}`)
  })
})
