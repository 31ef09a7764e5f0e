import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { claimDigest, registrationDigest, signatureBytes } from '../../core/attestation.ts'
import { bytesToHex, type Hash, hexToBytes } from '../../core/hex.ts'
import { sign } from '../../core/secp256k1.ts'
import { readValidators } from '../../genesis/validators.ts'
import { openTokenAbi } from '../../l1/abi.ts'
import { outputRoot } from '../../l1/output.ts'
import { bondWei, contractOn, submissionIntervalSec } from './contracts.ts'
import { l1ChainId } from './l1/simL1.ts'
import { roles } from './spec.ts'
import { alice, bob, ether, openSystem } from './system.ts'

const lie = `0x${'66'.repeat(32)}` as Hash

/** A system in which some outputs are on L1. */
async function open() {
  const one = await openSystem()
  for (let round = 0; round < 8; round++) await one.round()
  const latest = async () => (await one.oracle.get('latestOutputIndex')) as bigint
  assert.ok((await latest()) >= 1n)
  return { ...one, latest }
}

describe('outputs that somebody doubts', () => {
  test('a wrong one is noticed by whoever derives the chain, challenged, and goes, its bond with it', async () => {
    const one = await open()
    const { oracle, l1, validator, proposer } = one
    // The proposer's key in the wrong hands, while its own node looks on.
    await one.passOnL1(submissionIntervalSec)
    const { block, safe } = validator.follower.tip()
    const args = [lie, safe.number, block.hash, block.number]
    assert.ok(await one.sends(oracle.send(roles.proposer.privateKey, 'proposeL2Output', args)))
    const index = await one.latest()
    await proposer.propose()
    assert.equal(proposer.proposer.status().trouble, 'output_mismatch')
    assert.ok(await one.sends(oracle.send(bob.privateKey, 'challenge', [index], bondWei)))
    assert.equal(await oracle.get('isFrozen', index), true)
    assert.ok(await oracle.reverts(bob.address, 'resolve', [index]), 'the verifier has time yet')
    await one.passOnL1(301n)
    assert.ok(await one.sends(oracle.send(bob.privateKey, 'resolve', [index])))
    assert.equal(await one.latest(), index - 1n)
    assert.ok(
      ((await oracle.get('bondOf', bob.address)) as bigint) > bondWei,
      'the challenger gets its own and a reward',
    )
    assert.equal(await oracle.get('bondOf', roles.proposer.address), 0n)
    // The bond is not put up again without anybody looking why; somebody does, and it goes on.
    await one.round()
    assert.equal(proposer.proposer.status().trouble, 'bond_lost')
    assert.ok(await one.sends(oracle.send(roles.proposer.privateKey, 'depositBond', [], bondWei)))
    for (let round = 0; round < 8; round++) await one.round()
    assert.ok((await one.latest()) >= index)
    assert.equal(proposer.proposer.status().trouble, undefined)
    assert.ok(l1.head().block.number > block.number)
    await one.finish()
  })

  test('a right one that is challenged is upheld by two thirds of the stake, and proposing goes on', async () => {
    const one = await open()
    const { oracle, registry, spec, validator } = one
    const { validatorRegistry } = spec.l1.rollup!
    const domain = { l1ChainId, registry: validatorRegistry, chainId: spec.chainId }
    // Bob stakes too, just more than a third of it all: without him there is no majority.
    const stakeWei = 800n * ether
    const agreed = signatureOf(registrationDigest(domain, bob.address), bob.privateKey)
    assert.ok(await one.sends(one.open.send(bob.privateKey, 'approve', [validatorRegistry, stakeWei])))
    const args = [bob.address, alice.address, stakeWei, agreed]
    assert.ok(await one.sends(registry.send(bob.privateKey, 'register', args)))
    const index = await one.latest()
    assert.ok(await one.sends(oracle.send(bob.privateKey, 'challenge', [index], bondWei)))

    // What both have derived themselves.
    const [l1BlockNumber] = (await oracle.get('outputL1Block', index)) as readonly [bigint, Hash]
    const { l2BlockNumber } = (await oracle.get('getL2Output', index)) as { readonly l2BlockNumber: bigint }
    const hash = validator.chain.reader.hashByNumber(l2BlockNumber)!
    const { stateRoot, withdrawalsRoot } = validator.chain.reader.headerByHash(hash)!
    const root = outputRoot({ stateRoot, withdrawalsRoot, hash })
    const claim = { l2BlockNumber, outputRoot: root, l1BlockHash: one.l1.at(l1BlockNumber)!.block.hash }
    const signed = [roles.signer, bob]
      .sort((a, b) => (a.address < b.address ? -1 : 1))
      .map(({ privateKey }) => signatureOf(claimDigest(domain, claim), privateKey))
    const alone = signatureOf(claimDigest(domain, claim), roles.signer.privateKey)
    assert.ok(await registry.reverts(alice.address, 'uphold', [index, [alone]]), 'less than two thirds')
    assert.ok(await one.sends(registry.send(alice.privateKey, 'uphold', [index, signed])))
    assert.equal(await oracle.get('isFrozen', index), false)
    assert.equal(await oracle.get('isUpheld', index), true)
    for (let round = 0; round < 8; round++) await one.round()
    assert.ok((await one.latest()) > index)
    await one.finish()
  })

  test('a lie that a validator attested beside the truth costs its stake, and its weight on L2', async () => {
    const one = await open()
    const { registry, spec, validator } = one
    const { validatorRegistry, open: token } = spec.l1.rollup!
    const domain = { l1ChainId, registry: validatorRegistry, chainId: spec.chainId }
    const { signer } = roles
    // The deployment registered it: its weight came to L2 in a deposit.
    const weights = () => readValidators(validator.chain.state())
    assert.deepEqual(weights(), [{ signer: signer.address, account: alice.address, weight: 1_500n }])
    const { block, safe } = validator.follower.tip()
    const attested = (root: Hash) => {
      const claim = { l2BlockNumber: safe.number, outputRoot: root, l1BlockHash: block.hash }
      return { ...claim, signature: signatureOf(claimDigest(domain, claim), signer.privateKey) }
    }
    const held = () => contractOn(one.l1, token, openTokenAbi).get('balanceOf', bob.address) as Promise<bigint>
    const before = await held()
    const truth = attested(`0x${'77'.repeat(32)}` as Hash)
    assert.ok(await one.sends(registry.send(bob.privateKey, 'slash', [truth, attested(lie)])))
    assert.equal((await held()) - before, 75n * ether)
    assert.equal(await registry.get('burned'), 1_425n * ether)
    for (let round = 0; round < 3; round++) await one.round()
    assert.deepEqual(weights(), [])
    await one.finish()
  })
})

function signatureOf(digest: Hash, privateKey: Uint8Array) {
  return bytesToHex(signatureBytes(sign(hexToBytes(digest), privateKey)))
}
