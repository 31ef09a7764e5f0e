import { createHash } from 'node:crypto'
import { bytesToHash, concatBytes, equalBytes, type Hash } from '../../../core/hex.ts'

/** Forms of blob proofs that L1 takes. */
export type ProofForm = 'eip4844' | 'eip7594'

const cellsPerBlob = 128
const zeroBlob = new Uint8Array(131_072)

/** The point at infinity: what a blob of zeros really has as commitment and proofs. */
const infinity = concatBytes(Uint8Array.of(0xc0), new Uint8Array(47))

/** 48 bytes that only this blob has, in place of its KZG commitment. */
export function fakeCommitment(blob: Uint8Array): Uint8Array {
  if (equalBytes(blob, zeroBlob)) return infinity
  const digest = sha256(blob)
  return concatBytes(Uint8Array.of(0xc0), digest, digest.subarray(0, 15))
}

/** The versioned hash of a commitment (EIP-4844). */
export function versionedHashOf(commitment: Uint8Array): Hash {
  const digest = sha256(commitment)
  digest[0] = 1
  return bytesToHash(digest)
}

/** Stand-ins for the proofs of a blob: one, or one per cell. */
export function fakeProofs(commitment: Uint8Array, form: ProofForm): readonly Uint8Array[] {
  const count = form === 'eip4844' ? 1 : cellsPerBlob
  if (equalBytes(commitment, infinity)) return Array.from({ length: count }, () => infinity)
  return Array.from({ length: count }, (_, index) =>
    concatBytes(Uint8Array.of(0xf0, index), commitment.subarray(0, 46)),
  )
}

/** The KZG port with hashes in place of curve points: right lengths, different values for different blobs, fast. */
export function createFakeKzg() {
  return {
    commitment: async (blob: Uint8Array): Promise<Uint8Array> => fakeCommitment(blob),
    proofs: async (_blob: Uint8Array, commitment: Uint8Array, form: ProofForm): Promise<readonly Uint8Array[]> =>
      fakeProofs(commitment, form),
    close: async (): Promise<void> => {},
  }
}

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest())
}
