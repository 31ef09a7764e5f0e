import assert from 'node:assert/strict'
import {
  fstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Wallet } from 'ethers'
import { decryptKey, encryptKey } from '../../node/keys/keystore.ts'
import { listKeys, storeKey } from '../../node/keys/store.ts'
import { run } from './spawn.ts'

const folder = mkdtempSync(join(tmpdir(), 'ol-keys-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const cheap = { n: 1024, r: 8, p: 1 }
const key = Uint8Array.from({ length: 32 }, (_, i) => i + 1)
const devKey = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'

test('a key survives encryption, and other wallets read the file', async () => {
  const text = await encryptKey(key, 'пароль', cheap)
  assert.deepEqual(await decryptKey(text, 'пароль'), key)
  const wallet = await Wallet.fromEncryptedJson(text, 'пароль')
  assert.equal(wallet.privateKey, `0x${Buffer.from(key).toString('hex')}`)
  assert.doesNotMatch(text, new RegExp(Buffer.from(key).toString('hex')))
})

test('a wrong password and damaged files are refused as data', async () => {
  const text = await encryptKey(key, 'right', cheap)
  assert.deepEqual(await decryptKey(text, 'wrong'), { reject: 'wrong_password', detail: 'the password does not fit' })
  const file = JSON.parse(text)
  const cases: [unknown, string][] = [
    ['{', 'not_a_keystore'],
    ['null', 'not_a_keystore'],
    [{ ...file, version: 1 }, 'not_a_keystore'],
    [{ ...file, crypto: { ...file.crypto, cipher: 'aes-256-gcm' } }, 'unsupported'],
    [{ ...file, crypto: { ...file.crypto, kdf: 'argon2' } }, 'unsupported'],
    [{ ...file, crypto: { ...file.crypto, kdfparams: { ...file.crypto.kdfparams, n: 1000 } } }, 'not_a_keystore'],
    [{ ...file, crypto: { ...file.crypto, kdfparams: { ...file.crypto.kdfparams, n: 2 ** 30 } } }, 'unsupported'],
    [{ ...file, crypto: { ...file.crypto, ciphertext: '00'.repeat(33) } }, 'not_a_keystore'],
    [{ ...file, crypto: { ...file.crypto, cipherparams: { iv: '00' } } }, 'not_a_keystore'],
  ]
  for (const [changed, reject] of cases) {
    const opened = await decryptKey(typeof changed === 'string' ? changed : JSON.stringify(changed), 'right')
    assert.ok('reject' in opened)
    assert.equal(opened.reject, reject)
  }
})

test('key files are for their owner only, and an address is stored once', async () => {
  const place = join(folder, 'private')
  const { file } = await storeKey(place, key, 'x', cheap)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(statSync(place).mode & 0o777, 0o700)
  await assert.rejects(storeKey(place, key, 'x', cheap), /is there already/)
})

test('a key file and its name are on disk before the key counts as stored', async (context) => {
  const handle = await open(folder, 'r')
  const methods = Object.getPrototypeOf(handle) as typeof handle
  await handle.close()
  const synced: string[] = []
  const sync = methods.sync
  context.mock.method(methods, 'sync', function (this: typeof handle) {
    synced.push(fstatSync(this.fd).isDirectory() ? 'folder' : 'file')
    return sync.call(this)
  })
  await storeKey(join(folder, 'synced'), key, 'x', cheap)
  assert.deepEqual(synced, ['file', 'folder'])
})

test('a key file that cannot be read is named with cause and fix', async () => {
  const place = join(folder, 'dangling')
  await storeKey(place, key, 'x', cheap)
  symlinkSync(join(place, 'nowhere'), join(place, 'UTC--link'))
  assert.throws(() => listKeys(place), { code: 'keystore', message: /UTC--link is a link to a file/, fix: /delete/ })
})

test('key new, import and list work from the command line', async () => {
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, 'secret\n')
  const place = join(folder, 'cli')
  const common = ['--keystore', place, '--password-file', passwordFile, '--json']
  const made = await run(['key', 'new', ...common])
  assert.equal(made.code, 0, made.stderr)
  const imported = await run(['key', 'import', '-', ...common], {}, Buffer.from(key).toString('hex'))
  assert.equal(imported.code, 0, imported.stderr)
  const listed = JSON.parse((await run(['key', 'list', ...common])).stdout) as { address: string }[]
  assert.equal(listed.length, 2)
  assert.ok(listed.some(({ address }) => address === JSON.parse(made.stdout).address))
  for (const name of readdirSync(place)) {
    assert.doesNotMatch(readFileSync(join(place, name), 'utf8'), new RegExp(Buffer.from(key).toString('hex')))
  }
})

test('a public key is refused outside the development chain', async () => {
  const place = join(folder, 'public')
  const env = { OPENLEDGER_PASSWORD: 'x' }
  const refused = await run(['key', 'import', '-', '--keystore', place, '--chain', 'mainnet'], env, devKey)
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /^openledger: the key of 0xf39f\w+ is public: [^\n]+ Fix: [^\n]+\n$/)
  const accepted = await run(['key', 'import', '-', '--keystore', place, '--chain', 'devnet'], env, devKey)
  assert.equal(accepted.code, 0, accepted.stderr)
})

test('without a password and a terminal the fix names both ways', async () => {
  const { code, stderr } = await run(['key', 'new', '--keystore', join(folder, 'none')])
  assert.equal(code, 1)
  assert.match(stderr, /Fix: use --password-file or OPENLEDGER_PASSWORD\.\n$/)
})
