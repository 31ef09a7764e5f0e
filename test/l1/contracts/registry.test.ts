import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { hashTypedData, recoverAddress } from 'viem'
import { attestationDomainName, attestationTypes, registerTypes } from '../../../core/attestation.ts'
import { type Hash, zeroAddress } from '../../../core/hex.ts'
import {
  accountOf,
  keyOf,
  numbersOf,
  openRegistry,
  ownerOf,
  type Registry,
  refusal,
  validatorOf,
  whole,
} from './registry.ts'
import { finalization, l2ChainId, minStake, verifierPeriod } from './rollup.ts'
import { alice, bob } from './testL1.ts'

let one: Registry
beforeEach(async () => {
  one = await openRegistry()
})
const [owner, stranger] = [ownerOf(0), bob]
const fails = (problem: string, from: typeof owner, name: string, args: readonly unknown[]) =>
  one.registry.fails(refusal(problem), from, name, args)
const total = () => one.registry.get('totalStake')
const unbondingSec = finalization + verifierPeriod

describe('a validator', () => {
  test('registers with stake of its owner and the consent of its key, and L2 hears of its weight', async () => {
    const { registry } = one
    const [key, account] = [keyOf(0), accountOf(0)]
    await one.fund(owner, whole(150n))
    // What is below a whole OPEN does not count on L2.
    const stake = whole(149n) + 999n
    const result = await registry.send(owner, 'register', [key.address, account, stake, one.consent(key, owner)])
    assert.deepEqual(one.told(result), [{ account, signer: key.address, weight: 149 }])
    assert.deepEqual(registry.events(result, 'StakeChanged'), [{ id: 1n, stake }])
    assert.equal(registry.events(result, 'Registered').length, 1)
    assert.deepEqual(await validatorOf(registry, 1n), {
      owner,
      unbondedAt: 0n,
      isSlashed: false,
      signer: key.address,
      stake,
      account,
      unbonding: 0n,
    })
    assert.deepEqual([await one.held(registry.address), await total()], [stake, stake])
    const [listed] = (await registry.get('validatorSet')) as readonly Record<string, unknown>[]
    assert.deepEqual(
      { ...listed, owner: String(listed?.owner).toLowerCase(), signer: String(listed?.signer).toLowerCase() },
      { id: 1n, owner, signer: key.address, account: listed?.account, stake },
    )
  })

  test('is refused without enough stake, an account, an unused key, and its consent', async () => {
    const { registry } = one
    await one.register(1)
    const [key, account] = [keyOf(0), accountOf(0)]
    await one.fund(owner, whole(2_000n))
    const before = await numbersOf(one)
    const agreed = one.consent(key, owner)
    const used = keyOf(1)
    const tries: readonly (readonly [string, readonly unknown[]])[] = [
      ['stake too small', [key.address, account, minStake - 1n, agreed]],
      ['stake too small', [key.address, account, 0n, agreed]],
      ['stake too large', [key.address, account, whole(1_000_000_000n) + 1n, agreed]],
      ['no account', [key.address, zeroAddress, minStake, agreed]],
      ['the key was used before', [used.address, account, minStake, one.consent(used, owner)]],
      // Agreed with another owner; another key; no signature.
      ['the signer does not agree', [key.address, account, minStake, one.consent(key, stranger)]],
      ['the signer does not agree', [key.address, account, minStake, one.consent(keyOf(7), owner)]],
      ['the signer does not agree', [zeroAddress, account, minStake, agreed]],
      ['invalid signature', [key.address, account, minStake, '0x']],
      ['invalid signature', [key.address, account, minStake, agreed.slice(0, -2)]],
      ['invalid signature', [key.address, account, minStake, `${agreed}00`]],
    ]
    for (const [problem, args] of tries) await fails(problem, owner, 'register', args)
    // The consent of a key is for one owner.
    await one.fund(stranger, minStake)
    await fails('the signer does not agree', stranger, 'register', [key.address, account, minStake, agreed])
    await one.open.send(owner, 'approve', [registry.address, minStake - 1n])
    const args = [key.address, account, minStake, agreed]
    await registry.fails('ERC20InsufficientAllowance', owner, 'register', args)
    assert.deepEqual(await numbersOf(one), before)
    await one.open.send(owner, 'approve', [registry.address, minStake])
    await registry.send(owner, 'register', args)
  })

  test('finds room only while there are fewer than 64', async () => {
    const { registry } = one
    for (let at = 0; at < 64; at++) {
      await one.register(at)
      one.l1.pass(12n)
    }
    await one.fund(ownerOf(64), minStake)
    const args = [keyOf(64).address, accountOf(64), minStake, one.consent(keyOf(64), ownerOf(64))]
    await fails('no room for more validators', ownerOf(64), 'register', args)
    // One in the middle leaves; its place is taken, by one that comes back as well.
    await registry.send(ownerOf(20), 'unbond', [21n, minStake])
    await registry.send(ownerOf(64), 'register', args)
    one.l1.pass(unbondingSec)
    await registry.send(ownerOf(20), 'withdraw', [21n])
    await one.open.send(ownerOf(20), 'approve', [registry.address, minStake])
    await fails('no room for more validators', ownerOf(20), 'increase', [21n, minStake])
    await registry.send(ownerOf(63), 'unbond', [64n, minStake])
    await registry.send(ownerOf(20), 'increase', [21n, minStake])
    const set = (await registry.get('validatorSet')) as readonly { id: bigint; stake: bigint }[]
    const ids = set.map(({ id }) => id).sort((a, b) => (a < b ? -1 : 1))
    assert.deepEqual(
      ids,
      Array.from({ length: 65 }, (_, at) => BigInt(at + 1)).filter((id) => id !== 64n),
    )
    assert.equal(await total(), 64n * minStake)
  })

  test('stakes more, and its owner alone', async () => {
    const { registry } = one
    const { id, key, account } = await one.register(0)
    await one.fund(owner, whole(50n))
    await one.fund(stranger, whole(50n))
    await fails('only the owner of the validator', stranger, 'increase', [id, whole(50n)])
    await fails('only the owner of the validator', owner, 'increase', [2n, whole(50n)])
    await fails('no amount', owner, 'increase', [id, 0n])
    await fails('stake too large', owner, 'increase', [id, whole(1_000_000_000n)])
    const result = await registry.send(owner, 'increase', [id, whole(50n)])
    assert.deepEqual(one.told(result), [{ account, signer: key.address, weight: 150 }])
    assert.deepEqual([await total(), await one.stakeOf(key)], [whole(150n), whole(150n)])
  })

  test('unbonds stake: it counts no longer, and is paid when no output that it attested can be doubted', async () => {
    const { registry, l1 } = one
    const { id, key, account } = await one.register(0, whole(250n))
    await fails('only the owner of the validator', stranger, 'unbond', [id, whole(50n)])
    await fails('amount out of range', owner, 'unbond', [id, 0n])
    await fails('amount out of range', owner, 'unbond', [id, whole(250n) + 1n])
    await fails('stake too small', owner, 'unbond', [id, whole(150n) + 1n])
    await fails('nothing to withdraw', owner, 'withdraw', [id])
    const result = await registry.send(owner, 'unbond', [id, whole(150n)])
    const unbondedAt = l1.now() + unbondingSec
    assert.deepEqual(registry.events(result, 'Unbonding'), [{ id, amount: whole(150n), unbondedAt }])
    assert.deepEqual(one.told(result), [{ account, signer: key.address, weight: 100 }])
    assert.deepEqual([await total(), await registry.get('totalUnbonding')], [whole(100n), whole(150n)])

    // More of it makes all of it wait anew.
    l1.pass(unbondingSec - 1n)
    await fails('too early to withdraw', owner, 'withdraw', [id])
    const rest = await registry.send(owner, 'unbond', [id, whole(100n)])
    assert.deepEqual(one.told(rest), [{ account, signer: key.address, weight: 0 }])
    assert.deepEqual(await registry.get('validatorSet'), [])
    l1.pass(unbondingSec - 1n)
    await fails('too early to withdraw', owner, 'withdraw', [id])
    l1.pass(1n)
    await fails('only the owner of the validator', stranger, 'withdraw', [id])
    assert.equal(await one.held(registry.address), whole(250n))
    await registry.send(owner, 'withdraw', [id])
    assert.deepEqual([await one.held(owner), await one.held(registry.address)], [whole(250n), 0n])
    await fails('nothing to withdraw', owner, 'withdraw', [id])
    assert.deepEqual([await total(), await registry.get('totalUnbonding')], [0n, 0n])

    // It may come back, as the same one.
    await one.open.send(owner, 'approve', [registry.address, whole(250n)])
    await fails('stake too small', owner, 'increase', [id, minStake - 1n])
    await registry.send(owner, 'increase', [id, minStake])
    assert.equal(await one.stakeOf(key), minStake)
  })

  test('waits as long as the registry wants, if that is longer', async () => {
    const [shorter, longer] = await Promise.all(
      [unbondingSec - 1n, unbondingSec + 1n].map((sec) => openRegistry({ unbondingSec: sec })),
    )
    assert.equal(await shorter!.registry.get('unbondingSeconds'), unbondingSec)
    assert.equal(await longer!.registry.get('unbondingSeconds'), unbondingSec + 1n)
    assert.equal(await one.registry.get('unbondingSeconds'), unbondingSec)
  })

  test('gets another key: the one before has no weight any more, and is nobody else’s', async () => {
    const { registry } = one
    const { id, key, account } = await one.register(0)
    await one.register(1)
    const [next, used] = [keyOf(30), keyOf(1)]
    const args = [id, next.address, one.consent(next, owner)]
    await fails('only the owner of the validator', stranger, 'setSigner', args)
    await fails('the key was used before', owner, 'setSigner', [id, used.address, one.consent(used, owner)])
    await fails('the key was used before', owner, 'setSigner', [id, key.address, one.consent(key, owner)])
    await fails('the signer does not agree', owner, 'setSigner', [id, next.address, one.consent(next, stranger)])
    const result = await registry.send(owner, 'setSigner', args)
    assert.deepEqual(one.told(result), [
      { account, signer: key.address, weight: 0 },
      { account, signer: next.address, weight: 100 },
    ])
    assert.deepEqual([await one.stakeOf(key), await one.stakeOf(next)], [0n, minStake])
    assert.equal(await registry.get('slashableUntil', [key.address]), one.l1.now() + unbondingSec)
    await fails('the key was used before', owner, 'setSigner', [id, key.address, one.consent(key, owner)])
    assert.equal(await total(), 2n * minStake)
    await registry.send(owner, 'unbond', [id, minStake])
    await fails('not active', owner, 'setSigner', [id, keyOf(31).address, one.consent(keyOf(31), owner)])
  })

  test('has another account paid', async () => {
    const { registry } = one
    const { id, key } = await one.register(0)
    await fails('only the owner of the validator', stranger, 'setAccount', [id, alice])
    await fails('no account', owner, 'setAccount', [id, zeroAddress])
    const result = await registry.send(owner, 'setAccount', [id, alice])
    assert.deepEqual(one.told(result), [{ account: alice, signer: key.address, weight: 100 }])
    assert.equal(registry.events(result, 'AccountChanged').length, 1)
    await registry.send(owner, 'unbond', [id, minStake])
    await fails('not active', owner, 'setAccount', [id, bob])
  })

  test('has its weight told again by anyone', async () => {
    const { registry } = one
    const { key, account, id } = await one.register(0, whole(321n))
    const again = async (signer = key.address) => one.told(await registry.send(stranger, 'sync', [signer]))
    assert.deepEqual(await again(), [{ account, signer: key.address, weight: 321 }])
    await registry.send(owner, 'setSigner', [id, keyOf(9).address, one.consent(keyOf(9), owner)])
    assert.deepEqual(await again(), [{ account, signer: key.address, weight: 0 }])
    assert.deepEqual(await again(alice), [{ account: zeroAddress, signer: alice, weight: 0 }])
    assert.deepEqual(await again(zeroAddress), [{ account: zeroAddress, signer: zeroAddress, weight: 0 }])
  })

  test('changes nothing while L2 has no gas for the message', async () => {
    const { registry, portal } = one
    const { id } = await one.register(0, whole(250n))
    await portal.send(alice, 'depositTransaction', [alice, 0n, 3_500_000n, false, '0x'])
    const before = await numbersOf(one)
    const full = 'ResourceMetering: cannot buy more gas than available gas limit'
    await registry.fails(full, owner, 'unbond', [id, whole(50n)])
    assert.deepEqual(await numbersOf(one), before)
    one.l1.pass(12n)
    await registry.send(owner, 'unbond', [id, whole(50n)])
  })
})

describe('the registry', () => {
  test('has the hashes that the node and wallets sign', async () => {
    const { registry, domain } = one
    const claim = { l2BlockNumber: 77n, outputRoot: `0x${'12'.repeat(32)}` as Hash, l1BlockHash: one.l1.hashOf(4n) }
    const typed = { ...attestationDomainName, chainId: 900, verifyingContract: registry.address }
    const hash = hashTypedData({
      domain: typed,
      types: attestationTypes,
      primaryType: 'Attestation',
      message: { ...claim, chainId: l2ChainId },
    })
    assert.equal(await registry.get('attestationHash', [77n, claim.outputRoot, claim.l1BlockHash]), hash)
    const { attest } = one
    // The node's own hash: its signature is the key's over the contract's.
    const { signature } = attest(claim, keyOf(3))
    assert.equal((await recoverAddress({ hash, signature })).toLowerCase(), keyOf(3).address)
    const registration = hashTypedData({
      domain: typed,
      types: registerTypes,
      primaryType: 'Register',
      message: { owner },
    })
    assert.equal(await registry.get('registrationHash', [owner]), registration)
    assert.equal(
      (await recoverAddress({ hash: registration, signature: one.consent(keyOf(3), owner) })).toLowerCase(),
      keyOf(3).address,
    )
    assert.equal(domain.registry, registry.address)
  })

  test('is not built with terms that make no sense', async () => {
    const { l1, oracle, portal, open } = one
    const build = (least: bigint, unbonding: bigint) =>
      l1.create('ValidatorRegistry', [oracle.address, portal.address, open.address, l2ChainId, least, unbonding])
    const year = 365n * 86_400n
    for (const [least, unbonding, problem] of [
      [whole(1n) - 1n, 0n, /least stake out of range/],
      [whole(1_000_000_000n) + 1n, 0n, /least stake out of range/],
      [whole(1n), year + 1n, /time out of range/],
    ] as const)
      await assert.rejects(build(least, unbonding), problem)
    await build(whole(1_000_000_000n), 0n)
    const built = await build(whole(1n), year)
    assert.deepEqual([await built.get('MIN_STAKE'), await built.get('UNBONDING_SECONDS')], [whole(1n), year])
  })

  test('counts what is merely sent to it for nothing', async () => {
    const { id } = await one.register(0)
    await one.open.send(alice, 'transfer', [one.registry.address, whole(7n)])
    assert.equal(await total(), minStake)
    await one.registry.send(owner, 'unbond', [id, minStake])
    one.l1.pass(unbondingSec)
    await one.registry.send(owner, 'withdraw', [id])
    assert.deepEqual([await one.held(owner), await one.held(one.registry.address)], [minStake, whole(7n)])
  })
})
