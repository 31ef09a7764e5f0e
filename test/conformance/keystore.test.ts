import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { decryptKey } from '../../node/keys/keystore.ts'

const vectors = process.env.OPENLEDGER_VECTORS ?? join(import.meta.dirname, '..', '..', '..', 'shared', 'vectors')
const file = join(vectors, 'ethereum-tests', 'KeyStoreTests', 'basic_tests.json')
type Vector = { readonly json: unknown; readonly password: string; readonly priv: string }

test('opens every public KeyStore vector', { skip: existsSync(file) ? false : 'skipped: no vectors' }, async (t) => {
  const cases = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Vector>
  assert.ok(Object.keys(cases).length > 0)
  for (const [name, { json, password, priv }] of Object.entries(cases)) {
    await t.test(name, async () => {
      const key = await decryptKey(JSON.stringify(json), password)
      assert.ok(key instanceof Uint8Array)
      assert.equal(Buffer.from(key).toString('hex'), priv)
      const wrong = await decryptKey(JSON.stringify(json), `${password} `)
      assert.ok('reject' in wrong && wrong.reject === 'wrong_password')
    })
  }
})
