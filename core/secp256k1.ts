import { createRequire } from 'node:module'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { assert } from './errors.ts'
import { type Address, bigintToFixed, bytesToAddress, bytesToBigint } from './hex.ts'
import { keccak256 } from './keccak.ts'
import type { Signature } from './tx.ts'

/** Order of the curve: r, s and private keys lie in [1, order - 1]. */
export const curveOrder = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** Largest s a transaction or authorization may have (EIP-2). */
export const maxLowS = curveOrder / 2n

/** What the curve is asked for. Digests and keys are 32 bytes, public keys 65 (0x04, x, y), signatures r, s in 64. */
export type CurveBackend = {
  readonly name: 'native' | 'noble'
  /** Deterministic (RFC 6979) with low s. The key is valid. */
  sign(digest: Uint8Array, key: Uint8Array): { readonly compact: Uint8Array; readonly recovery: number }
  /** Undefined if r or s is out of range or no key exists for the signature. High s is accepted. */
  recover(digest: Uint8Array, compact: Uint8Array, recovery: 0 | 1): Uint8Array | undefined
  publicKey(key: Uint8Array): Uint8Array
}

/** libsecp256k1 through its Node addon: sixteen thousand recoveries a second. Undefined where the addon cannot load. */
export function createNativeBackend(
  load: (id: string) => unknown = createRequire(import.meta.url),
): CurveBackend | undefined {
  let addon: NativeAddon
  try {
    // The package's main entry would fall back to `elliptic`; its `bindings.js` never does.
    addon = load('secp256k1/bindings.js') as NativeAddon
  } catch {
    return undefined
  }
  return {
    name: 'native',
    sign: (digest, key) => {
      const { signature, recid } = addon.ecdsaSign(digest, key)
      return { compact: signature, recovery: recid }
    },
    recover: (digest, compact, recovery) => {
      try {
        return addon.ecdsaRecover(compact, recovery, digest, false)
      } catch {
        return undefined
      }
    },
    publicKey: (key) => addon.publicKeyCreate(key, false),
  }
}

type NativeAddon = {
  ecdsaSign(digest: Uint8Array, key: Uint8Array): { signature: Uint8Array; recid: number }
  ecdsaRecover(signature: Uint8Array, recid: number, digest: Uint8Array, compressed: boolean): Uint8Array
  publicKeyCreate(key: Uint8Array, compressed: boolean): Uint8Array
}

/** The same in JavaScript (@noble/curves): works everywhere, about twenty times slower. */
export function createNobleBackend(): CurveBackend {
  return {
    name: 'noble',
    sign: (digest, key) => {
      const bytes = secp256k1.sign(digest, key, { prehash: false, format: 'recovered', lowS: true })
      return { compact: bytes.slice(1), recovery: bytes[0]! }
    },
    recover: (digest, compact, recovery) => {
      try {
        const signature = secp256k1.Signature.fromBytes(compact, 'compact').addRecoveryBit(recovery)
        return signature.recoverPublicKey(digest).toBytes(false)
      } catch {
        return undefined
      }
    },
    publicKey: (key) => secp256k1.getPublicKey(key, false),
  }
}

const backend = createNativeBackend() ?? createNobleBackend()

/** Which backend this process uses. */
export const curveBackendName = backend.name

/** Signs a 32-byte digest: deterministic, low s. The key must be valid (see `isPrivateKey`). */
export function sign(digest: Uint8Array, key: Uint8Array): Signature {
  assert(digest.length === 32, 'a digest is 32 bytes')
  assert(isPrivateKey(key), 'invalid private key')
  const { compact, recovery } = backend.sign(digest, key)
  // Recovery ids 2 and 3 need r >= the order's distance to the field prime: probability 2^-127.
  assert(recovery === 0 || recovery === 1, 'signature with r beyond the curve order')
  return { r: bytesToBigint(compact.subarray(0, 32)), s: bytesToBigint(compact.subarray(32)), yParity: recovery }
}

/** The signer's public key in 65 bytes; undefined if r or s is out of range or no key fits. High s is accepted. */
export function recoverPublicKey(digest: Uint8Array, { r, s, yParity }: Signature): Uint8Array | undefined {
  assert(digest.length === 32, 'a digest is 32 bytes')
  if (r <= 0n || s <= 0n || r >= curveOrder || s >= curveOrder) return undefined
  return backend.recover(digest, bigintToFixed((r << 256n) | s, 64), yParity)
}

/** The signer's address; undefined for what `recoverPublicKey` refuses and for high s (EIP-2). */
export function recoverAddress(digest: Uint8Array, signature: Signature): Address | undefined {
  if (!hasValidRange(signature)) return undefined
  const publicKey = recoverPublicKey(digest, signature)
  return publicKey === undefined ? undefined : publicKeyToAddress(publicKey)
}

/** True if r and s are in range and s is low: the check that needs no curve arithmetic. */
export function hasValidRange({ r, s }: { readonly r: bigint; readonly s: bigint }): boolean {
  return r > 0n && r < curveOrder && s > 0n && s <= maxLowS
}

/** True for 32 bytes in [1, order - 1]. */
export function isPrivateKey(key: Uint8Array): boolean {
  if (key.length !== 32) return false
  const scalar = bytesToBigint(key)
  return scalar > 0n && scalar < curveOrder
}

/** The address of a private key. The key must be valid (see `isPrivateKey`). */
export function privateKeyToAddress(key: Uint8Array): Address {
  assert(isPrivateKey(key), 'invalid private key')
  return publicKeyToAddress(backend.publicKey(key))
}

/** The address of a 65-byte public key: the last 20 bytes of the hash of x and y. */
export function publicKeyToAddress(publicKey: Uint8Array): Address {
  return bytesToAddress(keccak256(publicKey.subarray(1)).subarray(12))
}
