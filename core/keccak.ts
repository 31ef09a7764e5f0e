import { createKeccak } from 'hash-wasm'
import { bytesToHash, type Hash } from './hex.ts'

// One WebAssembly hasher per thread: a call never suspends, so two of them cannot interleave.
const hasher = await createKeccak(256)

// Arrays of up to 64 bytes live on the JavaScript heap, where the hasher cannot read without moving them first: they
// are copied into memory off the heap, one view per length.
const maxHeapBytes = 64
const memory = new ArrayBuffer(maxHeapBytes)
const views = Array.from({ length: maxHeapBytes + 1 }, (_, length) => new Uint8Array(memory, 0, length))

/** Keccak-256 (the hash of Ethereum, not NIST SHA3-256): 32 bytes. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  return hasher.init().update(offHeap(bytes)).digest('binary')
}

/** Keccak-256 as a hash. */
export function keccakHash(bytes: Uint8Array): Hash {
  return bytesToHash(keccak256(bytes))
}

function offHeap(bytes: Uint8Array): Uint8Array {
  if (bytes.length > maxHeapBytes) return bytes
  const view = views[bytes.length]!
  view.set(bytes)
  return view
}
