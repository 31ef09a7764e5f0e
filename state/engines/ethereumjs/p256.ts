import { createECDH, createHash, createPublicKey, verify } from 'node:crypto'
import { EVMError, type ExecResult, type PrecompileInput } from '@ethereumjs/evm'
import { invert, mod } from '@noble/curves/abstract/modular.js'
import { bigintToFixed, bytesToBigint, concatBytes, emptyBytes, hexToBytes } from '../../../core/hex.ts'

const gas = 6_900n
const inputBytes = 160
const valid = bigintToFixed(1n, 32)

/** The curve y² = x³ - 3x + b over the integers modulo `p`, with `n` points (FIPS 186-4, P-256). */
const p = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn
const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn

/** A public key in X.509 up to its point (RFC 5480), then the mark of an uncompressed point. */
const keyPrefix = hexToBytes('0x3059301306072a8648ce3d020106082a8648ce3d03010703420004')

/**
 * Messages with hashes known beforehand. Three, because one of them may lead to a sum of points that the plain formula
 * cannot add, and a second one to its opposite; a third then does not.
 */
const messages = [0, 1, 2].map((byte) => {
  const message = Uint8Array.of(byte)
  return { message, hash: bytesToBigint(createHash('sha256').update(message).digest()) }
})

type Point = { readonly x: bigint; readonly y: bigint }

/** The precompile 0x100 (EIP-7951): 32-byte 1 for a valid signature over P-256, nothing for everything else. */
export function p256Verify({ data, gasLimit }: PrecompileInput): ExecResult {
  if (gasLimit < gas) {
    const exceptionError = new EVMError(EVMError.errorMessages.OUT_OF_GAS)
    return { returnValue: emptyBytes, executionGasUsed: gasLimit, exceptionError }
  }
  return { returnValue: isValidP256(data) ? valid.slice() : emptyBytes, executionGasUsed: gas }
}

/**
 * Whether `input` is a digest, r, s and the coordinates of a public key, 32 bytes each, and the signature is valid
 * (EIP-7951; a high s is fine).
 *
 * Native code checks signatures of messages only, not of digests. So a message with hash h is checked under another key:
 * for the digest e the point compared with r is (e/s)G + (r/s)Q = (h/s)G + (r/s)(Q + tG) with t = (e - h)/r, which is
 * what the same signature means for this message under the key Q + tG.
 */
export function isValidP256(input: Uint8Array): boolean {
  if (input.length !== inputBytes) return false
  const word = (index: number): bigint => bytesToBigint(input.subarray(32 * index, 32 * index + 32))
  const [digest, r, s, x, y] = [word(0), word(1), word(2), word(3), word(4)]
  if (r === 0n || r >= n || s === 0n || s >= n) return false
  // The point at infinity, (0, 0), is not on the curve.
  if (x >= p || y >= p || mod(y * y - (x * x - 3n) * x - b, p) !== 0n) return false
  const inverse = invert(r, n)
  for (const { message, hash } of messages) {
    const key = shift({ x, y }, mod((digest - hash) * inverse, n))
    if (key !== undefined) return verify('sha256', message, keyOf(key), input.subarray(32, 96))
  }
  return false
}

/** `point` + tG; undefined where tG is the point or its opposite. */
function shift(point: Point, t: bigint): Point | undefined {
  if (t === 0n) return point
  const multiplier = createECDH('prime256v1')
  multiplier.setPrivateKey(bigintToFixed(t, 32))
  const multiple = multiplier.getPublicKey()
  const x = bytesToBigint(multiple.subarray(1, 33))
  if (x === point.x) return undefined
  const slope = mod((bytesToBigint(multiple.subarray(33)) - point.y) * invert(mod(x - point.x, p), p), p)
  const sumX = mod(slope * slope - x - point.x, p)
  return { x: sumX, y: mod(slope * (point.x - sumX) - point.y, p) }
}

function keyOf({ x, y }: Point) {
  const der = Buffer.from(concatBytes(keyPrefix, bigintToFixed(x, 32), bigintToFixed(y, 32)))
  return { key: createPublicKey({ key: der, format: 'der', type: 'spki' }), dsaEncoding: 'ieee-p1363' } as const
}
