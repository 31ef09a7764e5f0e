import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { type Claim, claimDigest, signatureBytes } from '../../../core/attestation.ts'
import { bytesToHex, type Hash, hexToBytes } from '../../../core/hex.ts'
import { curveOrder, sign } from '../../../core/secp256k1.ts'

import {
  keyOf,
  numbersOf,
  openRegistry,
  ownerOf,
  type Registered,
  type Registry,
  refusal,
  validatorOf,
  whole,
} from './registry.ts'
import { finalization, minStake, verifierPeriod } from './rollup.ts'
import { alice, bob } from './testL1.ts'

const hash = (byte: string) => `0x${byte.repeat(32)}` as Hash
const claim: Claim = { l2BlockNumber: 700n, outputRoot: hash('71'), l1BlockHash: hash('a1') }
const lie: Claim = { ...claim, outputRoot: hash('72') }
const unbondingSec = finalization + verifierPeriod

let one: Registry
let culprit: Registered
beforeEach(async () => {
  one = await openRegistry()
  culprit = await one.register(0, whole(1_000n))
  await one.register(1, whole(300n))
})

const both = (first: Claim = claim, second: Claim = lie, key = culprit.key) => [
  one.attest(first, key),
  one.attest(second, key),
]
const fails = (problem: string, args: readonly unknown[]) => one.registry.fails(refusal(problem), bob, 'slash', args)

describe('two attestations that cannot both be true', () => {
  test('cost all of the stake: a part for who proves it, the rest for nobody', async () => {
    const { registry } = one
    const result = await registry.send(bob, 'slash', both())
    const { id, key, account } = culprit
    const [event] = registry.events(result, 'Slashed')
    assert.deepEqual([event?.id, event?.amount, event?.reward], [id, whole(1_000n), whole(50n)])
    assert.deepEqual(one.told(result), [{ account, signer: key.address, weight: 0 }])
    assert.equal(await one.held(bob), whole(50n))
    assert.deepEqual(
      [await registry.get('burned'), await registry.get('totalStake'), await one.held(registry.address)],
      [whole(950n), whole(300n), whole(1_250n)],
    )
    const { stake, unbonding, isSlashed } = await validatorOf(registry, id)
    assert.deepEqual([stake, unbonding, isSlashed], [0n, 0n, true])
    assert.equal(((await registry.get('validatorSet')) as readonly unknown[]).length, 1)
  })

  test('cost it also where the lie names another L2 block: one L1 block has one safe head', async () => {
    const { registry } = one
    await fails('attestations that agree', both(claim, claim))
    for (const other of [
      { ...lie, l2BlockNumber: 701n },
      { ...claim, l2BlockNumber: 699n },
    ]) {
      one.l1.world.checkpoint()
      await registry.send(bob, 'slash', both(claim, other))
      assert.equal(await one.stakeOf(culprit.key), 0n)
      one.l1.world.revert()
    }
  })

  test('end it for ever: neither validator nor key come back, and it is not slashed twice', async () => {
    const { registry } = one
    const { id, owner, key } = culprit
    await registry.send(bob, 'slash', both())
    await one.fund(owner, whole(1_000n))
    const before = await numbersOf(one)
    const next = keyOf(40)
    await registry.fails(refusal('slashed'), owner, 'increase', [id, whole(1_000n)])
    await registry.fails(refusal('amount out of range'), owner, 'unbond', [id, 1n])
    await registry.fails(refusal('nothing to withdraw'), owner, 'withdraw', [id])
    await registry.fails(refusal('not active'), owner, 'setSigner', [id, next.address, one.consent(next, owner)])
    const again = [key.address, owner, minStake, one.consent(key, owner)]
    await registry.fails(refusal('the key was used before'), owner, 'register', again)
    await fails('nothing at stake', both())
    assert.deepEqual(await numbersOf(one), before)
    await registry.send(owner, 'register', [next.address, owner, minStake, one.consent(next, owner)])
  })

  test('must be of one key and one L1 block, and differ', async () => {
    const { registry } = one
    const before = await numbersOf(one)
    await fails('attestations that agree', both(claim, claim))
    // What L1 drops may say something else: no fault.
    await fails('attestations of different L1 blocks', both(claim, { ...lie, l1BlockHash: hash('a2') }))
    const [first] = both()
    await fails('attestations of two signers', [first, one.attest(lie, keyOf(1))])
    await fails('not a signer', both(claim, lie, keyOf(33)))
    // A signature of something else is somebody else's.
    await fails('attestations of two signers', [
      first,
      { ...one.attest(claim, culprit.key), ...lie, signature: first?.signature },
    ])
    assert.deepEqual(await numbersOf(one), before)
    await registry.send(bob, 'slash', both().reverse())
  })

  test('must be signed for this registry and this chain, in the one form of a signature', async () => {
    const { registry, domain } = one
    const { signature } = one.attest(claim, culprit.key)
    const invalid = [
      '0x',
      signature.slice(0, -2),
      `${signature}00`,
      `${signature.slice(0, -2)}02`,
      `0x${'00'.repeat(65)}`,
    ]
    const bytes = hexToBytes(signature)
    const s = curveOrder - BigInt(`0x${signature.slice(66, 130)}`)
    invalid.push(`${signature.slice(0, 66)}${s.toString(16).padStart(64, '0')}${bytes[64] === 27 ? '1c' : '1b'}`)
    for (const bad of invalid)
      await fails('invalid signature', [{ ...claim, signature: bad }, one.attest(lie, culprit.key)])
    for (const other of [
      { ...domain, l1ChainId: 1n },
      { ...domain, chainId: 1n },
      { ...domain, registry: one.oracle.address },
    ]) {
      const attested = [claim, lie].map((said) => {
        const made = signatureBytes(sign(hexToBytes(claimDigest(other, said)), culprit.key.privateKey))
        return { ...said, signature: bytesToHex(made) }
      })
      const result = await one.l1.send({ from: bob, to: registry.address, data: registry.data('slash', attested) })
      assert.equal(result.succeeded, false)
    }
    assert.equal(await one.stakeOf(culprit.key), whole(1_000n))
  })

  test('cost what is unbonding too, until it is paid out', async () => {
    const { registry, l1 } = one
    const { id, owner } = culprit
    await registry.send(owner, 'unbond', [id, whole(1_000n)])
    l1.pass(unbondingSec - 1n)
    l1.world.checkpoint()
    const result = await registry.send(bob, 'slash', both())
    // Its weight is gone already.
    assert.deepEqual(one.told(result), [])
    assert.deepEqual([await one.held(bob), await registry.get('burned')], [whole(50n), whole(950n)])
    assert.deepEqual([await registry.get('totalStake'), await registry.get('totalUnbonding')], [whole(300n), 0n])
    await registry.fails(refusal('nothing to withdraw'), owner, 'withdraw', [id])
    l1.world.revert()
    // Still there to be lost while nobody has taken it out.
    l1.pass(10n * unbondingSec)
    l1.world.checkpoint()
    await registry.send(bob, 'slash', both())
    l1.world.revert()
    await registry.send(owner, 'withdraw', [id])
    await fails('nothing at stake', both())
  })

  test('cost stake and what is unbonding together', async () => {
    const { registry } = one
    await registry.send(culprit.owner, 'unbond', [culprit.id, whole(400n)])
    await registry.send(bob, 'slash', both())
    assert.deepEqual([await registry.get('burned'), await registry.get('totalUnbonding')], [whole(950n), 0n])
    assert.equal(await registry.get('totalStake'), whole(300n))
  })

  test('of a key that was replaced count until its time is over', async () => {
    const { registry, l1 } = one
    const { id, owner, account } = culprit
    const next = keyOf(40)
    await registry.send(owner, 'setSigner', [id, next.address, one.consent(next, owner)])
    l1.pass(unbondingSec)
    await fails('too late to slash', both())
    // One second earlier, by the key before; the key of now loses its weight.
    l1.pass(-1n)
    l1.world.checkpoint()
    const result = await registry.send(bob, 'slash', both())
    assert.deepEqual(one.told(result), [{ account, signer: next.address, weight: 0 }])
    l1.world.revert()
    l1.pass(100n * unbondingSec)
    await registry.send(alice, 'slash', both(claim, lie, next))
    assert.equal(await one.held(ownerOf(0)), 0n)
  })
})
