import type * as Mcl from 'mcl-wasm'
import { bigintToFixed, type Hex, hexToBytes } from '../../core/hex.ts'
import type { FftOps } from './fft.ts'

/**
 * BLS12-381 in WebAssembly, set for one thread: points in their form on the wire, compressed, 48 bytes; the points of
 * the trusted setup are read without checking that they are in the subgroup, which takes seconds.
 */
export async function loadCurve(): Promise<typeof Mcl> {
  const mcl = await import('mcl-wasm')
  await mcl.init(mcl.BLS12_381)
  mcl.setETHserialization(true)
  mcl.verifyOrderG1(false)
  return mcl
}

/** A compressed point of the trusted setup. */
export function pointOf(mcl: typeof Mcl, bytes: Uint8Array): Mcl.G1 {
  const point = new mcl.G1()
  point.deserialize(bytes)
  return point
}

// Half of the base field's order: of a point and its negative, the one with the larger y has the sign bit.
const halfOrder =
  0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn / 2n

/** A point from its coordinates as "x y" in hex, with or without 0x. */
export function pointOfXY(mcl: typeof Mcl, text: string): Mcl.G1 {
  const [x = '', y = ''] = text.replace('0x', '').split(' ')
  const bytes = hexToBytes(`0x${x.padStart(96, '0')}` as Hex)
  bytes[0]! |= BigInt(`0x${y}`) > halfOrder ? 0xa0 : 0x80
  return pointOf(mcl, bytes)
}

/** A scalar below the order. */
export function scalarOf(mcl: typeof Mcl, value: bigint): Mcl.Fr {
  const scalar = new mcl.Fr()
  scalar.setBigEndianMod(bigintToFixed(value, 32))
  return scalar
}

/** Sum of points times scalars. */
export function sumOfProducts(mcl: typeof Mcl, points: readonly Mcl.G1[], scalars: readonly Mcl.Fr[]): Mcl.G1 {
  return points.length === 0 ? new mcl.G1() : mcl.mulVec([...points], [...scalars])
}

/** Points, for transforms. */
export function pointOps(mcl: typeof Mcl): FftOps<Mcl.G1> {
  return {
    add: (a, b) => mcl.add(a, b),
    sub: (a, b) => mcl.sub(a, b),
    mul: (point, scalar) => mcl.mul(point, scalarOf(mcl, scalar)),
  }
}
