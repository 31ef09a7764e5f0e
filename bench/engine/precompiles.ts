import { generateKeyPairSync, sign as signBytes } from 'node:crypto'
import { NobleBLS } from '@ethereumjs/evm'
import { type Address, bigintToFixed, concatBytes, hexToBytes } from '../../core/hex.ts'
import { keccak256 } from '../../core/keccak.ts'
import { sign } from '../../core/secp256k1.ts'

/** A precompile with an input that makes it work hard for its gas. */
export type PrecompileCase = {
  readonly name: string
  readonly address: Address
  readonly input: Uint8Array
  /** Enough for a few calls, where one is expensive. */
  readonly minGas?: bigint
}

const at = (index: number) => `0x${index.toString(16).padStart(40, '0')}` as Address
const word = (value: bigint | number) => bigintToFixed(BigInt(value), 32)
const full = (length: number) => new Uint8Array(length).fill(0xff)
const times = (count: number, part: Uint8Array) => concatBytes(...Array.from({ length: count }, () => part))

/** All precompiles of the fork, cheap and costly inputs. */
export function precompileCases(): readonly PrecompileCase[] {
  const bls = new NobleBLS()
  const g1 = bls.mapFPtoG1(fieldElement(1))
  const g2 = bls.mapFP2toG2(concatBytes(fieldElement(2), fieldElement(3)))
  const scalar = full(32)
  const bnG1 = concatBytes(word(1), word(2))
  return [
    { name: 'ecrecover', address: at(1), input: ecrecoverInput() },
    { name: 'sha256, 32 bytes', address: at(2), input: full(32) },
    { name: 'sha256, 32,768 bytes', address: at(2), input: full(32_768) },
    { name: 'ripemd160, 32 bytes', address: at(3), input: full(32) },
    { name: 'ripemd160, 32,768 bytes', address: at(3), input: full(32_768) },
    { name: 'identity, 32,768 bytes', address: at(4), input: full(32_768) },
    { name: 'modexp, 32 / 32 / 32 bytes', address: at(5), input: modexpInput(32, 32, 32) },
    { name: 'modexp, 8 / 1,024 / 8 bytes', address: at(5), input: modexpInput(8, 1_024, 8), minGas: 4_000_000n },
    {
      name: 'modexp, 1,024 / 1 / 1,024 bytes',
      address: at(5),
      input: modexpInput(1_024, 1, 1_024),
      minGas: 4_000_000n,
    },
    { name: 'modexp, 256 / 256 / 256 bytes', address: at(5), input: modexpInput(256, 256, 256), minGas: 40_000_000n },
    { name: 'modexp, 32 / 256 / 32 bytes', address: at(5), input: modexpInput(32, 256, 32), minGas: 4_000_000n },
    { name: 'modexp, 8 / 8 / 8 bytes', address: at(5), input: modexpInput(8, 8, 8) },
    { name: 'modexp, empty', address: at(5), input: modexpInput(0, 0, 1) },
    { name: 'bn254 add', address: at(6), input: concatBytes(bnG1, bnG1) },
    { name: 'bn254 mul', address: at(7), input: concatBytes(bnG1, scalar) },
    { name: 'bn254 pairing, 1 pair', address: at(8), input: concatBytes(bnG1, bnG2) },
    { name: 'bn254 pairing, 10 pairs', address: at(8), input: times(10, concatBytes(bnG1, bnG2)) },
    { name: 'blake2f, 1 round', address: at(9), input: blakeInput(1) },
    { name: 'blake2f, 100,000 rounds', address: at(9), input: blakeInput(100_000) },
    { name: 'point evaluation', address: at(10), input: pointEvaluationInput() },
    { name: 'bls12 g1 add', address: at(11), input: concatBytes(g1, g1) },
    { name: 'bls12 g1 msm, 1 point', address: at(12), input: concatBytes(g1, scalar) },
    { name: 'bls12 g1 msm, 64 points', address: at(12), input: times(64, concatBytes(g1, scalar)) },
    { name: 'bls12 g2 add', address: at(13), input: concatBytes(g2, g2) },
    { name: 'bls12 g2 msm, 1 point', address: at(14), input: concatBytes(g2, scalar) },
    { name: 'bls12 g2 msm, 64 points', address: at(14), input: times(64, concatBytes(g2, scalar)) },
    { name: 'bls12 pairing, 1 pair', address: at(15), input: concatBytes(g1, g2) },
    { name: 'bls12 pairing, 8 pairs', address: at(15), input: times(8, concatBytes(g1, g2)) },
    { name: 'bls12 map fp to g1', address: at(16), input: fieldElement(4) },
    { name: 'bls12 map fp2 to g2', address: at(17), input: concatBytes(fieldElement(5), fieldElement(6)) },
    { name: 'p256 verify', address: at(0x100), input: p256Input() },
  ]
}

/** The generator of bn254's second group, as the precompile takes it. */
const bnG2 = hexToBytes(
  `0x${[
    '198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2',
    '1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed',
    '090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b',
    '12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa',
  ].join('')}`,
)

function fieldElement(seed: number): Uint8Array {
  return concatBytes(new Uint8Array(17), keccak256(Uint8Array.of(seed)), keccak256(Uint8Array.of(seed, 1)).subarray(17))
}

function ecrecoverInput(): Uint8Array {
  const digest = keccak256(full(32))
  const { r, s, yParity } = sign(digest, word(0x1234567890abcdefn))
  return concatBytes(digest, word(27 + yParity), word(r), word(s))
}

function modexpInput(base: number, exponent: number, modulus: number): Uint8Array {
  const operand = new Uint8Array(base).fill(0xa7)
  return concatBytes(word(base), word(exponent), word(modulus), operand, full(exponent), full(modulus))
}

function blakeInput(rounds: number): Uint8Array {
  return concatBytes(bigintToFixed(BigInt(rounds), 4), full(208), Uint8Array.of(1))
}

/** The zero polynomial at 0: commitment and proof are the point at infinity. */
function pointEvaluationInput(): Uint8Array {
  const infinity = new Uint8Array(48).with(0, 0xc0)
  const versionedHash = hexToBytes('0x010657f37554c781402a22917dee2f75def7ab966d7b770905398eba3c444014')
  return concatBytes(versionedHash, word(0), word(0), infinity, infinity)
}

function p256Input(): Uint8Array {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const message = full(32)
  const signature = signBytes('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const digest = hexToBytes('0xaf9613760f72635fbdb44a5a0a63c39f12af30f950a6ee5c971be188e89c4051')
  return concatBytes(digest, signature, Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url'))
}
