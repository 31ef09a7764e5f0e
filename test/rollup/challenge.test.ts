import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hashTypedData } from 'viem'
import { bigintToFixed, bytesToHex, concatBytes, type Hash, hexToBytes } from '../../core/hex.ts'
import { sign } from '../../core/secp256k1.ts'
import { upholdTypes, verifierAbi } from '../../l1/abi.ts'
import { bondWei, contractOn, submissionIntervalSec } from './contracts.ts'
import { l1ChainId } from './l1/simL1.ts'
import { roles } from './spec.ts'
import { bob, openSystem } from './system.ts'

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

  test('a right one that is challenged is upheld by the signers, and proposing goes on', async () => {
    const one = await open()
    const { oracle, l1, spec } = one
    const index = await one.latest()
    assert.ok(await one.sends(oracle.send(bob.privateKey, 'challenge', [index], bondWei)))
    const output = (await oracle.get('getL2Output', index)) as { outputRoot: Hash; l2BlockNumber: bigint }
    const [l1BlockNumber, l1BlockHash] = (await oracle.get('outputL1Block', index)) as readonly [bigint, Hash]
    const { validatorRegistry: verifyingContract } = spec.l1.rollup!
    const digest = hashTypedData({
      domain: { name: 'OpenLedger SignerVerifier', version: '1', chainId: Number(l1ChainId), verifyingContract },
      types: upholdTypes,
      primaryType: 'Uphold',
      message: { ...output, oracle: oracle.address, outputIndex: index, l1BlockHash, l1BlockNumber },
    })
    const verifier = contractOn(l1, verifyingContract, verifierAbi)
    const { r, s, yParity } = sign(hexToBytes(digest), roles.signer.privateKey)
    const signature = concatBytes(bigintToFixed(r, 32), bigintToFixed(s, 32), Uint8Array.of(27 + yParity))
    assert.ok(await one.sends(verifier.send(bob.privateKey, 'uphold', [index, [bytesToHex(signature)]])))
    assert.equal(await oracle.get('isFrozen', index), false)
    assert.equal(await oracle.get('isUpheld', index), true)
    for (let round = 0; round < 8; round++) await one.round()
    assert.ok((await one.latest()) > index)
    await one.finish()
  })
})
