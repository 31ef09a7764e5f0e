import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { NodeError } from '../../core/errors.ts'
import { bytesToHex } from '../../core/hex.ts'
import { readJwtSecret } from '../../node/keys/jwtSecret.ts'

const folder = mkdtempSync(join(tmpdir(), 'ol-jwt-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const isRefused = (why: RegExp) => (error: unknown) =>
  error instanceof NodeError && error.code === 'jwt_secret' && why.test(error.message) && error.fix !== undefined

test('a secret is made once, for its owner only, and read again', () => {
  const file = join(folder, 'made')
  const secret = readJwtSecret(file, { create: true })
  assert.equal(secret.length, 32)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(readFileSync(file, 'utf8'), `${bytesToHex(secret)}\n`)
  assert.deepEqual(readJwtSecret(file, { create: true }), secret)
  assert.deepEqual(readJwtSecret(file, { create: false }), secret)
  assert.notDeepEqual(readJwtSecret(join(folder, 'other'), { create: true }), secret)
})

test('digits without 0x are taken, as other nodes write them', () => {
  const file = join(folder, 'plain')
  writeFileSync(file, '07'.repeat(32))
  assert.deepEqual(readJwtSecret(file, { create: false }), new Uint8Array(32).fill(7))
})

test('what is no secret is refused, and nothing is made where it is only read', () => {
  assert.throws(() => readJwtSecret(join(folder, 'absent'), { create: false }), isRefused(/cannot be read/))
  assert.throws(() => readJwtSecret(join(folder, 'no/where'), { create: true }), isRefused(/cannot be made/))
  for (const [text, why] of [
    ['', /64 hex digits/],
    ['07'.repeat(31), /64 hex digits/],
    ['0x', /64 hex digits/],
    ['x'.repeat(64), /64 hex digits/],
    ['07'.repeat(600), /too long/],
  ] as const) {
    const file = join(folder, 'wrong')
    writeFileSync(file, text)
    assert.throws(() => readJwtSecret(file, { create: true }), isRefused(why))
  }
})
