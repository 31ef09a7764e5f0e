import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { emptyCodeHash, emptyTrieRoot } from '../../core/account.ts'
import { decodeAccount, encodeAccount } from '../../core/accountRlp.ts'
import { crc32c } from '../../core/crc32c.ts'
import {
  bigintToBytes,
  bigintToFixed,
  bytesToBigint,
  bytesToHex,
  hexToBytes,
  parseAddress,
  parseHash,
  parseHex,
  trimZeros,
} from '../../core/hex.ts'
import { account, bytes, mutation, uint256 } from './arbitrary.ts'
import { check } from './random.ts'

test('numbers survive the way through their shortest and their fixed-width bytes', (t) => {
  check(
    t,
    fc.property(uint256, (value) => {
      const short = bigintToBytes(value)
      assert.notEqual(short[0], 0)
      assert.equal(bytesToBigint(short), value)
      const fixed = bigintToFixed(value, 32)
      assert.equal(fixed.length, 32)
      assert.equal(bytesToBigint(fixed), value)
      assert.deepEqual([...trimZeros(fixed)], [...short])
    }),
    { numRuns: 1_000 },
  )
  for (let bits = 0n; bits <= 256n; bits++) {
    for (const value of [2n ** bits - 1n, 2n ** bits, 2n ** bits + 1n]) {
      assert.equal(bytesToBigint(bigintToBytes(value)), value)
      assert.equal(
        bytesToHex(bigintToBytes(value)),
        value === 0n ? '0x' : `0x${value.toString(16).padStart(bigintToBytes(value).length * 2, '0')}`,
      )
    }
  }
})

test('reads hex of even length only', (t) => {
  check(
    t,
    fc.property(bytes(), (value) => {
      assert.deepEqual([...(parseHex(bytesToHex(value)) ?? [])], [...value])
      assert.deepEqual([...hexToBytes(bytesToHex(value))], [...value])
    }),
  )
  for (const bad of ['', '0', '0x0', '0x0g', '0X00', '00', ' 0x00', '0x00 ', 5, null, undefined, {}]) {
    assert.equal(parseHex(bad), undefined)
  }
})

test('gives bytes read from hex memory of their own', () => {
  for (const length of [0, 1, 32, 64, 65, 110, 5_000]) {
    const value = Uint8Array.from({ length }, (_, index) => index)
    const read = hexToBytes(bytesToHex(value))
    assert.deepEqual(read, value)
    assert.equal(read.buffer.byteLength, length)
  }
})

test('reads addresses and hashes of their exact length, in any case, as lower case', () => {
  assert.equal(parseAddress(`0x${'Ab'.repeat(20)}`), `0x${'ab'.repeat(20)}`)
  assert.equal(parseHash(`0x${'Ab'.repeat(32)}`), `0x${'ab'.repeat(32)}`)
  for (const bad of [`0x${'ab'.repeat(19)}`, `0x${'ab'.repeat(21)}`, `${'ab'.repeat(20)}`, `0x${'zz'.repeat(20)}`, 1]) {
    assert.equal(parseAddress(bad), undefined)
  }
  assert.equal(parseHash(`0x${'ab'.repeat(20)}`), undefined)
})

test('an account decodes to what was encoded, and from nothing else', (t) => {
  check(
    t,
    fc.property(account, (value) => assert.deepEqual(decodeAccount(encodeAccount(value)), value)),
  )
  const property = fc.property(fc.oneof(mutation(account.map(encodeAccount)), bytes(120)), (raw) => {
    const decoded = decodeAccount(raw)
    if (decoded !== undefined) assert.deepEqual(encodeAccount(decoded), raw)
  })
  check(t, property, { numRuns: 1_000 })
})

test('computes the published CRC-32C checksums, at once or in parts', () => {
  // RFC 3720, appendix B.4; the last is the check value of the CRC catalogue.
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa)
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43)
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e)
  const digits = new TextEncoder().encode('123456789')
  assert.equal(crc32c(digits), 0xe3069283)
  assert.equal(crc32c(digits.subarray(4), crc32c(digits.subarray(0, 4))), 0xe3069283)
})

test('encodes no account whose balance or nonce does not fit', () => {
  const account = {
    nonce: 2n ** 64n - 1n,
    balance: 2n ** 256n - 1n,
    storageRoot: emptyTrieRoot,
    codeHash: emptyCodeHash,
  }
  assert.deepEqual(decodeAccount(encodeAccount(account)), account)
  assert.throws(() => encodeAccount({ ...account, balance: 2n ** 256n }), /balance out of range/)
  assert.throws(() => encodeAccount({ ...account, balance: -1n }), /balance out of range/)
  assert.throws(() => encodeAccount({ ...account, nonce: 2n ** 64n }), /nonce out of range/)
})
