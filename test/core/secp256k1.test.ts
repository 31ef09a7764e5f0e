import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { bigintToFixed, bytesToBigint, concatBytes } from '../../core/hex.ts'
import {
  type CurveBackend,
  createNativeBackend,
  createNobleBackend,
  curveBackendName,
  curveOrder,
  isPrivateKey,
  maxLowS,
  privateKeyToAddress,
  publicKeyToAddress,
  recoverAddress,
  recoverPublicKey,
  sign,
} from '../../core/secp256k1.ts'
import { createRandom } from './random.ts'

const native = createNativeBackend()
const noble = createNobleBackend()
const withoutNative = native === undefined ? 'skipped: no native addon on this machine' : false

test('uses the native addon where it loads', { skip: withoutNative }, () => {
  assert.equal(curveBackendName, 'native')
})

test('both backends sign and derive keys alike on 3,000 random cases', { skip: withoutNative }, (t) => {
  t.diagnostic('seed 1')
  const random = createRandom(1)
  for (let index = 0; index < 3_000; index++) {
    const [digest, key] = [random(), random()]
    const signature = noble.sign(digest, key)
    assert.deepEqual(plain(native!.sign(digest, key)), plain(signature))
    if (index % 10 === 0) assert.deepEqual([...native!.publicKey(key)], [...noble.publicKey(key)])
  }
})

test('both backends recover the signer alike on 4,000 random signatures', { skip: withoutNative }, (t) => {
  t.diagnostic('seed 2')
  const random = createRandom(2)
  for (let index = 0; index < 4_000; index++) {
    const [digest, key] = [random(), random()]
    const { compact, recovery } = native!.sign(digest, key)
    const expected = native!.publicKey(key)
    assert.deepEqual(recovered(native!, digest, compact, recovery), [...expected])
    assert.deepEqual(recovered(noble, digest, compact, recovery), [...expected])
  }
})

test('both backends take or refuse 3,000 random non-signatures alike', { skip: withoutNative }, (t) => {
  t.diagnostic('seed 3')
  const random = createRandom(3)
  let accepted = 0
  for (let index = 0; index < 3_000; index++) {
    const digest = index % 7 === 0 ? new Uint8Array(32).fill(index) : random()
    const compact = garbage(index, random)
    const recovery = (index & 1) as 0 | 1
    const result = recovered(native!, digest, compact, recovery)
    assert.deepEqual(recovered(noble, digest, compact, recovery), result)
    if (result !== undefined) accepted++
  }
  // Half of all x coordinates are on the curve: both outcomes must have been seen often.
  assert.ok(accepted > 500 && accepted < 2_500, `${accepted} accepted`)
})

/** r and s of which some are out of range, tiny, high, or off the curve. */
function garbage(index: number, random: () => Uint8Array): Uint8Array {
  const edges = [0n, 1n, 2n, curveOrder - 1n, curveOrder, curveOrder + 1n, 2n ** 256n - 1n, maxLowS, maxLowS + 1n]
  const edge = () => bigintToFixed(edges[random()[0]! % edges.length]!, 32)
  const kind = index % 6
  return concatBytes(kind === 0 ? edge() : random(), kind <= 1 ? edge() : random())
}

test('a signature recovers to its signer, has low s and is deterministic', () => {
  const random = createRandom(4)
  for (let index = 0; index < 200; index++) {
    const [digest, key] = [random(), random()]
    const signature = sign(digest, key)
    assert.ok(signature.s <= maxLowS)
    assert.deepEqual(sign(digest, key), signature)
    assert.equal(recoverAddress(digest, signature), privateKeyToAddress(key))
  }
})

test('recovers no address from the high-s twin of a signature, though it has the same key', () => {
  const random = createRandom(5)
  const [digest, key] = [random(), random()]
  const { r, s, yParity } = sign(digest, key)
  const twin = { r, s: curveOrder - s, yParity: yParity === 0 ? 1 : 0 } as const
  assert.equal(recoverAddress(digest, twin), undefined)
  const publicKey = recoverPublicKey(digest, twin)
  assert.ok(publicKey !== undefined)
  assert.equal(publicKeyToAddress(publicKey), privateKeyToAddress(key))
})

test('recovers nothing from r or s out of range', () => {
  const digest = new Uint8Array(32).fill(1)
  for (const bad of [0n, -1n, curveOrder, 2n ** 256n, 2n ** 300n]) {
    assert.equal(recoverPublicKey(digest, { r: bad, s: 1n, yParity: 0 }), undefined)
    assert.equal(recoverPublicKey(digest, { r: 1n, s: bad, yParity: 0 }), undefined)
    assert.equal(recoverAddress(digest, { r: bad, s: 1n, yParity: 0 }), undefined)
    assert.equal(recoverAddress(digest, { r: 1n, s: bad, yParity: 0 }), undefined)
  }
})

test('knows a private key from other bytes', () => {
  assert.ok(isPrivateKey(bigintToFixed(1n, 32)))
  assert.ok(isPrivateKey(bigintToFixed(curveOrder - 1n, 32)))
  assert.ok(!isPrivateKey(bigintToFixed(0n, 32)))
  assert.ok(!isPrivateKey(bigintToFixed(curveOrder, 32)))
  assert.ok(!isPrivateKey(new Uint8Array(31).fill(1)))
  assert.throws(() => sign(new Uint8Array(32), new Uint8Array(32)))
})

test('derives the well-known first development address', () => {
  const key = 0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80n
  assert.equal(privateKeyToAddress(bigintToFixed(key, 32)), '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266')
})

test('does without the native addon: no backend rather than an error', () => {
  const unavailable = () => {
    throw new Error('no prebuilt addon')
  }
  assert.equal(createNativeBackend(unavailable), undefined)
})

const core = join(import.meta.dirname, '..', '..', 'core')

test('never loads elliptic: with the native addon', { skip: withoutNative }, () => {
  const { backend, loaded } = loadCore('')
  assert.equal(backend, 'native')
  assert.ok(loaded.some((path) => path.endsWith('.node')))
  assert.deepEqual(loaded.filter(isElliptic), [])
})

test('never loads elliptic: without the native addon', () => {
  // The addon's file cannot be opened, as on a platform without a build of it.
  const { backend, loaded } = loadCore(`
    require('node:module')._extensions['.node'] = () => { throw new Error('no addon') }
  `)
  assert.equal(backend, 'noble')
  assert.deepEqual(loaded.filter(isElliptic), [])
})

function isElliptic(path: string): boolean {
  return path.includes('elliptic')
}

/** Loads every file of core in a process of its own, signs and recovers, and lists the CommonJS modules it loaded. */
function loadCore(prelude: string): { backend: string; loaded: readonly string[] } {
  const files = readdirSync(core, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  const urls = files.map((file) => pathToFileURL(join(core, file)).href)
  const script = `
    const { createRequire } = await import('node:module')
    const require = createRequire(${JSON.stringify(join(core, 'index.js'))})
    ${prelude}
    for (const url of ${JSON.stringify(urls)}) await import(url)
    const { curveBackendName, sign, recoverAddress } = await import(${JSON.stringify(pathToFileURL(join(core, 'secp256k1.ts')).href)})
    const bytes = new Uint8Array(32).fill(1)
    if (recoverAddress(bytes, sign(bytes, bytes)) === undefined) throw new Error('no sender')
    console.log(JSON.stringify({ backend: curveBackendName, loaded: Object.keys(require.cache) }))
  `
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' })
  return JSON.parse(output) as { backend: string; loaded: readonly string[] }
}

function plain({ compact, recovery }: ReturnType<CurveBackend['sign']>) {
  return { r: bytesToBigint(compact.subarray(0, 32)), s: bytesToBigint(compact.subarray(32)), recovery }
}

function recovered(backend: CurveBackend, digest: Uint8Array, compact: Uint8Array, recovery: number) {
  const publicKey = backend.recover(digest, compact, recovery as 0 | 1)
  return publicKey === undefined ? undefined : [...publicKey]
}
