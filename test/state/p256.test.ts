import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { test } from 'node:test'
import { Common, Mainnet } from '@ethereumjs/common'
import { EVM, getActivePrecompiles } from '@ethereumjs/evm'
import { p256 } from '@noble/curves/nist.js'
import fc from 'fast-check'
import { bigintToFixed, bytesToBigint, bytesToHex, concatBytes } from '../../core/hex.ts'
import { isValidP256, p256Verify } from '../../state/engines/ethereumjs/p256.ts'

const { p, n } = p256.Point.CURVE()
const { Fn } = p256.Point
const word = (value: bigint) => bigintToFixed(value, 32)

type Parts = { readonly e: bigint; readonly r: bigint; readonly s: bigint; readonly x: bigint; readonly y: bigint }
const inputOf = ({ e, r, s, x, y }: Parts) => concatBytes(word(e), word(r), word(s), word(x), word(y))

/** The library's own precompile, in JavaScript. */
const common = new Common({ chain: Mainnet, hardfork: 'osaka' })
const evm = new EVM({ common })
const library = getActivePrecompiles(common).get('100'.padStart(40, '0'))
assert.ok(library !== undefined)

function reference(data: Uint8Array): boolean {
  const { returnValue } = library!({ data, gasLimit: 6_900n, common, _EVM: evm }) as { returnValue: Uint8Array }
  return returnValue.length === 32
}

/** A valid signature of the digest `e` by the key `d`, with the nonce `k`; by its equation, so that every part is ours. */
function signed(e: bigint, d: bigint, k: bigint): Parts {
  const { x, y } = p256.Point.BASE.multiply(d).toAffine()
  const r = Fn.create(p256.Point.BASE.multiply(k).toAffine().x)
  const s = Fn.div(Fn.create(e + r * d), k)
  return { e, r, s, x, y }
}

const scalar = fc.bigInt(1n, n - 1n)
const any = fc.bigInt(0n, (1n << 256n) - 1n)
const edge = fc.constantFrom(0n, 1n, 2n, n - 1n, n, n + 1n, p - 1n, p, p + 1n, (1n << 256n) - 1n)

test('a signature is valid where the library says so: whole, with one part changed, and opposite s', {
  timeout: 60_000,
}, () => {
  const part = fc.constantFrom('e', 'r', 's', 'x', 'y')
  const change = fc.option(fc.record({ part, value: fc.oneof(edge, any, scalar) }), { nil: undefined })
  let good = 0
  fc.assert(
    fc.property(fc.oneof(any, edge), scalar, scalar, change, fc.boolean(), (e, d, k, changed, isHigh) => {
      const whole = signed(e, d, k)
      const other = { ...whole, s: isHigh ? n - whole.s : whole.s, ...(changed && { [changed.part]: changed.value }) }
      const input = inputOf(other)
      const expected = reference(input)
      if (changed === undefined) assert.equal(expected, true)
      if (expected) good++
      assert.equal(isValidP256(input), expected)
    }),
    { seed: 7951, numRuns: 1200 },
  )
  assert.ok(good > 150, `${good} valid ones`)
})

/** What node signs itself; thousands, without the slow reference. */
test('every signature of the platform is valid, and with any bit of it turned it is not', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const key = concatBytes(Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url'))
  for (let i = 0; i < 1280; i++) {
    const message = word(BigInt(i))
    const signature = sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' })
    const input = concatBytes(sha256(message), signature, key)
    assert.equal(isValidP256(input), true)
    input[i >> 3]! ^= 1 << (i & 7)
    assert.equal(isValidP256(input), false, `bit ${i}`)
  }
})

const hashes = [0, 1, 2].map((byte) => bytesToBigint(sha256(Uint8Array.of(byte))))

test('keys that the shift by a multiple of the generator hits are judged like others', () => {
  for (const hash of hashes) {
    for (const sign of [1n, -1n]) {
      // The shift is t = (e - h)/r; with k known, e is chosen so that t is d or -d.
      const [d, k] = [0x1234567n, 0x89abcdefn]
      const r = Fn.create(p256.Point.BASE.multiply(k).toAffine().x)
      const whole = signed(Fn.create(hash + sign * r * d), d, k)
      check(whole, true)
      check({ ...whole, s: Fn.create(whole.s + 1n) }, false)
    }
    check(signed(hash, 5n, 7n), true)
    check(signed(Fn.create(hash + n), 5n, 7n), true)
  }
  // Two shifts at once: t of one hash is d, that of another is -d.
  for (const [one, two] of [
    [0, 1],
    [0, 2],
    [1, 2],
  ] as const) {
    const k = 99n
    const r = Fn.create(p256.Point.BASE.multiply(k).toAffine().x)
    const e = Fn.div(Fn.create(hashes[one]! + hashes[two]!), 2n)
    check(signed(e, Fn.div(Fn.create(e - hashes[one]!), r), k), true)
  }
})

test('edges of the equation: the sum at infinity, the generator as the key, r that wraps', () => {
  const { x, y } = p256.Point.BASE.toAffine()
  check(signed(0n, 1n, 1n), true)
  check({ e: 0n, r: x % n, s: x % n, x, y }, true)
  check({ e: 0n, r: x % n, s: x % n, x, y: p - y }, true)
  // (e/s)G + (r/s)Q = infinity for e = -r d.
  for (const d of [1n, 2n, 77n]) {
    const key = p256.Point.BASE.multiply(d).toAffine()
    check({ e: Fn.create(-5n * d), r: 5n, s: 9n, ...key }, false)
  }
  // A point whose x is n or more: r is x - n; found by trying x = n, n + 1, …
  const wrapped = wrappedPoint()
  const [e, s] = [3n, 1n]
  const r = wrapped.toAffine().x - n
  // Q = (s R - e G)/r
  const key = wrapped.multiply(s).subtract(p256.Point.BASE.multiply(e)).multiply(Fn.inv(r)).toAffine()
  check({ e, r, s, ...key }, true)
  check({ e, r: r + n, s, ...key }, false)
})

test('any other length is no signature; gas is 6,900 or all that there is', () => {
  const input = inputOf(signed(1n, 2n, 3n))
  for (const data of [input.subarray(0, 159), concatBytes(input, Uint8Array.of(0)), new Uint8Array()])
    assert.equal(isValidP256(data), false)
  const run = (gasLimit: bigint, data = input) => p256Verify({ data, gasLimit, common, _EVM: evm })
  assert.deepEqual(run(6_900n), { returnValue: word(1n), executionGasUsed: 6_900n })
  assert.deepEqual(run(10_000n, input.subarray(1)), { returnValue: new Uint8Array(), executionGasUsed: 6_900n })
  const out = run(6_899n)
  assert.equal(out.executionGasUsed, 6_899n)
  assert.equal(out.exceptionError?.error, 'out of gas')
})

function check(parts: Parts, expected: boolean): void {
  const input = inputOf(parts)
  assert.equal(reference(input), expected, 'the reference')
  assert.equal(isValidP256(input), expected)
}

function wrappedPoint() {
  for (let x = n; ; x++) {
    try {
      return p256.Point.fromHex(bytesToHex(concatBytes(Uint8Array.of(2), word(x))).slice(2))
    } catch {
      // Not on the curve.
    }
  }
}

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest())
}
