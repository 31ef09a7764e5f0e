import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keccak_256 } from '@noble/hashes/sha3.js'
import fc from 'fast-check'
import { emptyCodeHash, emptyOmmersHash, emptyTrieRoot } from '../../core/account.ts'
import { emptyBytes } from '../../core/hex.ts'
import { keccak256, keccakHash } from '../../core/keccak.ts'
import { encodeRlp } from '../../core/rlp.ts'
import { bytes } from './arbitrary.ts'
import { check } from './random.ts'

test('hashes the known constants', () => {
  assert.equal(keccakHash(emptyBytes), emptyCodeHash)
  assert.equal(keccakHash(encodeRlp(emptyBytes)), emptyTrieRoot)
  assert.equal(keccakHash(encodeRlp([])), emptyOmmersHash)
})

test('agrees with another implementation on any bytes, and around its block and buffer sizes', (t) => {
  check(
    t,
    fc.property(bytes(1_000), (input) => assert.deepEqual(keccak256(input), keccak_256(input))),
  )
  for (const length of [135, 136, 137, 272, 16_383, 16_384, 16_385, 100_000]) {
    const input = new Uint8Array(length).fill(7)
    assert.deepEqual(keccak256(input), keccak_256(input))
  }
})

test('hashes a view as its own bytes and gives an array of its own', () => {
  const input = Uint8Array.of(9, 1, 2, 3, 9)
  const hash = keccak256(input.subarray(1, 4))
  assert.deepEqual(hash, keccak_256(Uint8Array.of(1, 2, 3)))
  keccak256(input)
  assert.deepEqual(hash, keccak_256(Uint8Array.of(1, 2, 3)))
  assert.equal(hash.buffer.byteLength, 32)
})
