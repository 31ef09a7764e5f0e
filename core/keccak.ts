import { createKeccak } from 'hash-wasm'
import { bytesToHash, type Hash } from './hex.ts'

// One WebAssembly hasher per thread: a call never suspends, so two of them cannot interleave.
const hasher = await createKeccak(256)

/** Keccak-256 (the hash of Ethereum, not NIST SHA3-256): 32 bytes. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  return hasher.init().update(bytes).digest('binary')
}

/** Keccak-256 as a hash. */
export function keccakHash(bytes: Uint8Array): Hash {
  return bytesToHash(keccak256(bytes))
}
