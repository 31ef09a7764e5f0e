import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { parseTransaction, recoverTransactionAddress, serializeTransaction } from 'viem'
import { bytesToHex, emptyBytes, hexToBytes } from '../../../core/hex.ts'
import { sign } from '../../../core/secp256k1.ts'
import { openKzg } from '../../../l1/kzg/kzg.ts'
import { cancelRequest } from '../../../sequencer/sender/cancel.ts'
import { encodeOffer, encodeSigned, signingDigest } from '../../../sequencer/sender/encode.ts'
import type { Content } from '../../../sequencer/sender/request.ts'
import { decodeL1Tx } from '../../rollup/l1/wire.ts'
import { blobRequest, gwei, inbox, key, self } from './fixtures.ts'

const price = { maxFeePerGas: 30n * gwei, tip: 2n * gwei, maxBlobFee: 7n * gwei }
const request = blobRequest(3, 2)
assert.ok(request.kind === 'blobs')
const blobs: Content = {
  kind: 'blobs',
  to: inbox,
  data: emptyBytes,
  value: 0n,
  gas: 21_000n,
  sidecars: request.sidecars,
}
const call: Content = { kind: 'call', to: inbox, data: Uint8Array.of(1, 2, 3), value: 5n, gas: 50_000n, sidecars: [] }

test('a call is the type-2 transaction that viem makes of it', async () => {
  const tx = { chainId: 900n, nonce: 4n, content: call, price: { ...price, maxBlobFee: 0n } }
  const signature = sign(hexToBytes(signingDigest(tx)), key)
  const { raw } = encodeSigned(tx, signature)
  const fields = {
    type: 'eip1559' as const,
    chainId: 900,
    nonce: 4,
    to: inbox,
    value: 5n,
    gas: 50_000n,
    data: '0x010203' as const,
    maxFeePerGas: price.maxFeePerGas,
    maxPriorityFeePerGas: price.tip,
  }
  const rs = { r: hex32(signature.r), s: hex32(signature.s), yParity: signature.yParity }
  assert.equal(bytesToHex(raw), serializeTransaction(fields, rs))
  assert.deepEqual(encodeOffer(tx, signature, 'eip7594'), raw)
  const from = await recoverTransactionAddress({ serializedTransaction: bytesToHex(raw) as `0x02${string}` })
  assert.equal(from.toLowerCase(), self)
})

test('a blob transaction is the type-3 transaction that viem makes of it, with the sidecar of EIP-4844', async () => {
  const tx = { chainId: 900n, nonce: 4n, content: blobs, price }
  const signature = sign(hexToBytes(signingDigest(tx)), key)
  const { raw, hash } = encodeSigned(tx, signature)
  const rs = { r: hex32(signature.r), s: hex32(signature.s), yParity: signature.yParity }
  const fields = {
    type: 'eip4844' as const,
    chainId: 900,
    nonce: 4,
    to: inbox,
    gas: 21_000n,
    maxFeePerGas: price.maxFeePerGas,
    maxPriorityFeePerGas: price.tip,
    maxFeePerBlobGas: price.maxBlobFee,
    blobVersionedHashes: request.sidecars.map((one) => one.hash),
  }
  assert.equal(bytesToHex(raw), serializeTransaction(fields, rs))
  const sidecars = request.sidecars.map((one) => ({
    blob: bytesToHex(one.blob),
    commitment: bytesToHex(one.commitment),
    proof: bytesToHex(one.proofs[0]!),
  }))
  const older = {
    ...tx,
    content: { ...blobs, sidecars: request.sidecars.map((one) => ({ ...one, proofs: one.proofs.slice(0, 1) })) },
  }
  const offer = encodeOffer(older, signature, 'eip4844')
  assert.equal(bytesToHex(offer), serializeTransaction({ ...fields, sidecars }, rs))
  assert.deepEqual(parseTransaction(bytesToHex(offer) as `0x03${string}`).sidecars?.length, 2)
  const decoded = decodeL1Tx(encodeOffer(tx, signature, 'eip7594'), 'eip7594')
  assert.equal(decoded?.hash, hash)
  assert.equal(decoded?.from, self)
})

test('the blob of a cancellation is the zero blob, whose commitment and proofs need no computation', async () => {
  const kzg = openKzg()
  after(() => kzg.close())
  const cancel = cancelRequest('blobs', { self, form: 'eip4844', memo: emptyBytes })
  assert.ok(cancel.kind === 'blobs' && cancel.to === self)
  const [sidecar] = cancel.sidecars
  assert.ok(sidecar !== undefined)
  assert.deepEqual(await kzg.commitment(sidecar.blob), sidecar.commitment)
  assert.deepEqual(await kzg.proofs(sidecar.blob, sidecar.commitment, 'eip4844'), sidecar.proofs)
  assert.equal(sidecar.hash, '0x010657f37554c781402a22917dee2f75def7ab966d7b770905398eba3c444014')
  const cells = cancelRequest('blobs', { self, form: 'eip7594', memo: emptyBytes })
  assert.ok(cells.kind === 'blobs' && cells.sidecars[0]?.proofs.length === 128)
})

function hex32(value: bigint): `0x${string}` {
  return `0x${value.toString(16).padStart(64, '0')}`
}
