import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, keccak256 } from 'viem'
import { bytesToHash } from '../../core/hex.ts'
import { outputRoot } from '../../l1/output.ts'

test('an output root is the hash of version, state root, withdrawals root and block hash', () => {
  const [stateRoot, withdrawalsRoot, hash] = [1, 2, 3].map((byte) => bytesToHash(new Uint8Array(32).fill(byte)))
  assert.ok(stateRoot !== undefined && withdrawalsRoot !== undefined && hash !== undefined)
  const expected = keccak256(concat([`0x${'00'.repeat(32)}`, stateRoot, withdrawalsRoot, hash]))
  assert.equal(outputRoot({ stateRoot, withdrawalsRoot, hash }), expected)
})
