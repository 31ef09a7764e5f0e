import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createIdentity, peerIdOf, readIdentity } from '../../../p2p/host/identity.ts'

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'identity-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

test('a missing identity is made, for its owner only, and stays the same', (t) => {
  const dir = folder(t)
  const path = join(dir, 'p2p.key')
  const made = readIdentity(path)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(dir), ['p2p.key'])
  assert.deepEqual(readIdentity(path), made)
  assert.match(peerIdOf(made), /^12D3KooW/)
  assert.notEqual(peerIdOf(createIdentity()), peerIdOf(made))
})

test('a damaged identity stops the node with a fix and is left as it is', (t) => {
  const path = join(folder(t), 'p2p.key')
  const whole = Buffer.from(createIdentity()).toString('base64')
  for (const text of [
    '',
    'not a key',
    whole.slice(0, 60),
    `${whole.slice(0, 20)}AAAA${whole.slice(24)}`,
    `${whole}${whole}`,
  ]) {
    writeFileSync(path, text)
    assert.throws(() => readIdentity(path), { code: 'identity_damaged', severity: 'fatal' })
    assert.equal(readFileSync(path, 'utf8'), text)
  }
})

test('a folder that is missing is named', (t) => {
  const path = join(folder(t), 'none', 'p2p.key')
  assert.throws(() => readIdentity(path), { code: 'identity_file', severity: 'fatal', message: /p2p\.key.*ENOENT/ })
})
