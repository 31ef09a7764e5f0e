import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { type Address, bigintToFixed, concatBytes, hexToBytes } from '../../core/hex.ts'
import { openTestBlock } from './execution.ts'
import { addressOf } from './memoryReader.ts'
import { senders } from './testChain.ts'

const { execution } = openTestBlock({})

async function succeeds(precompile: number, ...parts: Uint8Array[]): Promise<boolean> {
  const result = await execution.call({
    from: senders[0] as Address,
    to: addressOf(precompile),
    value: 0n,
    gas: 500_000n,
    gasPrice: 0n,
    data: concatBytes(...parts),
    checkBalance: true,
  })
  assert(!('reject' in result))
  return result.kind === 'success'
}

// KZG point evaluation (EIP-4844).

const infinity = new Uint8Array(48).with(0, 0xc0)
const generator = hexToBytes(
  '0x97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb',
)

/** Whether the precompile takes this as a proof that the polynomial of `commitment` is `y` at 0. */
function evaluates(commitment: Uint8Array, proof: Uint8Array, y = 0n): Promise<boolean> {
  const versioned = Uint8Array.from(createHash('sha256').update(commitment).digest()).with(0, 1)
  return succeeds(0x0a, versioned, new Uint8Array(32), bigintToFixed(y, 32), commitment, proof)
}

test('point evaluation takes points in their one encoding', async () => {
  // Constant polynomials: 0, whose commitment is infinity, and 1, whose commitment is the generator.
  assert(await evaluates(infinity, infinity))
  assert(await evaluates(generator, infinity, 1n))
  assert(!(await evaluates(generator, infinity, 2n)))
  assert(!(await evaluates(generator.with(0, 0xb7), infinity, 1n)), 'the other square root is another point')
  assert(!(await evaluates(generator.with(0, 0x17), infinity, 1n)), 'without the flag of compression')
})

test('point evaluation refuses a point at infinity with any other bit set', async () => {
  const accepted: string[] = []
  for (let at = 0; at < 48; at++) {
    for (let bit = 1; bit < 256; bit *= 2) {
      if (at === 0 && (bit === 0x40 || bit === 0x80)) continue
      const bent = infinity.with(at, infinity[at]! | bit)
      if (await evaluates(bent, infinity)) accepted.push(`commitment ${at}:${bit}`)
      if (await evaluates(infinity, bent)) accepted.push(`proof ${at}:${bit}`)
    }
  }
  assert.deepEqual(accepted, [])
})

// BLS12-381 (EIP-2537).

const modulus = 0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn
const g1 = [
  0x17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bbn,
  0x08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1n,
]
const g2 = [
  0x024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8n,
  0x13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7en,
  0x0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801n,
  0x0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79ben,
]
const encode = (fields: readonly bigint[]) => concatBytes(...fields.map((field) => bigintToFixed(field, 64)))
const one = bigintToFixed(1n, 32)

test('BLS12-381 takes field elements below the modulus with zeros before them', async () => {
  for (const [fields, operations] of [
    [
      g1,
      [
        [0x0b, (point) => [point, encode(g1)]],
        [0x0b, (point) => [encode(g1), point]],
        [0x0c, (point) => [point, one]],
        [0x0f, (point) => [point, encode(g2)]],
      ],
    ],
    [
      g2,
      [
        [0x0d, (point) => [point, encode(g2)]],
        [0x0d, (point) => [encode(g2), point]],
        [0x0e, (point) => [point, one]],
        [0x0f, (point) => [encode(g1), point]],
      ],
    ],
  ] as [bigint[], [number, (point: Uint8Array) => Uint8Array[]][]][]) {
    for (const [address, input] of operations) {
      const name = `0x${address.toString(16)}`
      assert(await succeeds(address, ...input(encode(fields))), name)
      assert(await succeeds(address, ...input(encode(fields.map(() => 0n)))), `${name}: infinity is zeros`)
      for (let index = 0; index < fields.length; index++) {
        const bent = (value: bigint, base = fields) => encode(base.map((field, at) => (at === index ? value : field)))
        const zeros = fields.map(() => 0n)
        assert(!(await succeeds(address, ...input(bent(fields[index]! + modulus)))), `${name}: plus the modulus`)
        assert(!(await succeeds(address, ...input(bent(modulus, zeros)))), `${name}: the modulus for zero`)
        for (const shift of [384n, 511n]) {
          assert(!(await succeeds(address, ...input(bent(fields[index]! + (1n << shift))))), `${name}: a high bit`)
          assert(!(await succeeds(address, ...input(bent(1n << shift, zeros)))), `${name}: infinity with a high bit`)
        }
      }
    }
  }
  const zeroField = new Uint8Array(64)
  assert(await succeeds(0x10, zeroField))
  assert(await succeeds(0x11, zeroField, zeroField))
  for (const bad of [modulus, modulus + 1n, 1n << 384n]) {
    const field = bigintToFixed(bad, 64)
    assert(!(await succeeds(0x10, field)))
    assert(!(await succeeds(0x11, field, zeroField)))
    assert(!(await succeeds(0x11, zeroField, field)))
  }
})

test('BLS12-381 sums points outside the subgroup, but does not multiply or pair them', async () => {
  // (0, 2) is on y² = x³ + 4, with order 3.
  const small = encode([0n, 2n])
  assert(await succeeds(0x0b, small, small))
  assert(!(await succeeds(0x0c, small, one)))
  assert(!(await succeeds(0x0f, small, encode(g2))))
  assert(!(await succeeds(0x0b, encode([1n, 2n]), small)), 'off the curve')
})
