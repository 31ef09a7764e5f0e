import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesToHex, concatBytes, type Hash } from '../../../core/hex.ts'
import { encodeRlp } from '../../../core/rlp.ts'
import { curveOrder, maxLowS } from '../../../core/secp256k1.ts'
import { decodeAttestation, encodeAttestation, maxAttestationBytes } from '../../../p2p/wire/attestation.ts'
import { decodeBlobAnswer, decodeBlobRequest, encodeBlobAnswer, encodeBlobRequest } from '../../../p2p/wire/blob.ts'
import { decodeBlocks, decodeBlocksRequest, encodeBlocks, encodeBlocksRequest } from '../../../p2p/wire/blocks.ts'
import { decodeEnvelope, encodeEnvelope, envelopeHeaderBytes } from '../../../p2p/wire/envelope.ts'
import { protocolName, topicName } from '../../../p2p/wire/names.ts'
import { decodeSignature, encodeSignature } from '../../../p2p/wire/signature.ts'
import { decodeStatus, encodeStatus, maxStatusBytes } from '../../../p2p/wire/status.ts'
import { bytes, hash, mutation } from '../../core/arbitrary.ts'
import { check } from '../../core/random.ts'
import * as values from './values.ts'

const bounds = { maxCount: 4, maxBlockBytes: 1_000 }

/** A codec with values of it; `decode` and `encode` are each other's inverse. */
function codec<T>(
  t: Parameters<typeof check>[0],
  value: fc.Arbitrary<T>,
  encode: (value: T) => Uint8Array,
  decode: (bytes: Uint8Array) => T | undefined,
) {
  check(
    t,
    fc.property(value, (given) => assert.deepEqual(decode(encode(given)), given)),
  )
  const others = fc.oneof(mutation(value.map(encode)), bytes(200))
  const property = fc.property(others, (given) => {
    const decoded = decode(given)
    if (decoded !== undefined) assert.deepEqual(encode(decoded), given)
  })
  check(t, property, { numRuns: 2_000 })
}

test('signatures have one encoding', (t) => codec(t, values.signature, encodeSignature, decodeSignature))
test('envelopes of blocks have one encoding', (t) => codec(t, values.envelope, encodeEnvelope, decodeEnvelope))
test('attestations have one encoding', (t) => codec(t, values.attestation, encodeAttestation, decodeAttestation))
test('statuses have one encoding', (t) => codec(t, values.status, encodeStatus, decodeStatus))
test('requests for blocks have one encoding', (t) => {
  codec(t, values.blocksRequest, encodeBlocksRequest, decodeBlocksRequest)
})
test('answers of blocks have one encoding', (t) => {
  codec(t, values.blocks, encodeBlocks, (given) => decodeBlocks(given, bounds))
})
test('requests for blobs have one encoding', (t) => codec(t, hash, encodeBlobRequest, decodeBlobRequest))

test('an envelope is epoch, number, parent, hash, r, s, parity and content, in that order', () => {
  const of = (byte: number, length = 32) => new Uint8Array(length).fill(byte)
  const message = concatBytes(
    Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 7),
    Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 2),
    ...[0xaa, 0xbb, 0x11, 0x22].map((byte) => of(byte)),
    Uint8Array.of(1),
    Uint8Array.of(9, 9),
  )
  assert.equal(message.length, envelopeHeaderBytes + 2)
  const repeated = (byte: string) => `0x${byte.repeat(32)}` as Hash
  assert.deepEqual(decodeEnvelope(message), {
    epoch: 7n,
    number: 258n,
    parentHash: repeated('aa'),
    hash: repeated('bb'),
    signature: { r: BigInt(repeated('11')), s: BigInt(repeated('22')), yParity: 1 },
    compressed: Uint8Array.of(9, 9),
  })
  assert.equal(decodeEnvelope(message.subarray(0, envelopeHeaderBytes)), undefined, 'no content')
})

test('refuses signatures that are out of range, high, of another parity or another length', () => {
  const good = { r: 5n, s: 6n, yParity: 0 } as const
  const raw = encodeSignature(good)
  assert.deepEqual(decodeSignature(raw), good)
  const refused = [
    encodeSignature({ ...good, r: 0n }),
    encodeSignature({ ...good, r: curveOrder }),
    encodeSignature({ ...good, s: 0n }),
    encodeSignature({ ...good, s: maxLowS + 1n }),
    encodeSignature({ ...good, s: curveOrder - 6n }),
    raw.with(64, 2),
    raw.with(64, 27),
    raw.with(64, 28),
    raw.subarray(0, 64),
    raw.subarray(1),
    concatBytes(raw, Uint8Array.of(0)),
    new Uint8Array(0),
    new Uint8Array(65),
  ]
  for (const given of refused) assert.equal(decodeSignature(given), undefined, bytesToHex(given))
})

test('the longest attestation and the longest status have the length the bounds allow', () => {
  const max = 2n ** 64n - 1n
  const some = `0x${'ff'.repeat(32)}` as Hash
  const signature = { r: 1n, s: 1n, yParity: 0 } as const
  const attestation = encodeAttestation({ l2BlockNumber: max, outputRoot: some, l1BlockHash: some, signature })
  assert.equal(attestation.length, maxAttestationBytes)
  const ref = { number: max, hash: some }
  const status = encodeStatus({ genesis: some, unsafe: ref, safe: ref, finalized: ref })
  assert.equal(status.length, maxStatusBytes)
  assert.ok(decodeAttestation(attestation) && decodeStatus(status))
})

test('refuses a status whose heads are not in order', () => {
  const at = (number: bigint) => ({ number, hash: `0x${'01'.repeat(32)}` as Hash })
  const genesis = at(0n).hash
  const isTaken = (unsafe: bigint, safe: bigint, finalized: bigint) =>
    decodeStatus(encodeStatus({ genesis, unsafe: at(unsafe), safe: at(safe), finalized: at(finalized) })) !== undefined
  assert.deepEqual([isTaken(5n, 5n, 5n), isTaken(5n, 4n, 3n)], [true, true])
  assert.deepEqual([isTaken(4n, 5n, 3n), isTaken(5n, 3n, 4n)], [false, false])
})

test('refuses requests for no blocks and for more than an answer may hold', () => {
  const request = (count: number[]) => decodeBlocksRequest(encodeRlp([Uint8Array.of(9), Uint8Array.from(count)]))
  assert.deepEqual(request([128]), { from: 9n, count: 128 })
  for (const count of [[], [129], [1, 0], [0, 5], [1, 0, 0]]) assert.equal(request(count), undefined, `${count}`)
})

test('a blob is whole or absent', () => {
  const blob = new Uint8Array(131_072).fill(3)
  assert.deepEqual(decodeBlobAnswer(encodeBlobAnswer(blob)), blob)
  assert.equal(decodeBlobAnswer(encodeBlobAnswer(undefined)), 'absent')
  for (const length of [1, 131_071, 131_073]) assert.equal(decodeBlobAnswer(new Uint8Array(length)), undefined)
})

test('names tell chains apart by id and by genesis', () => {
  const genesis = `0xabcdef01${'00'.repeat(28)}` as Hash
  assert.equal(topicName(31_337n, genesis, 'blocks'), '/openledger/31337/abcdef01/blocks')
  assert.equal(protocolName(1_612n, genesis, 'blob'), '/openledger/1612/abcdef01/blob/1')
})
