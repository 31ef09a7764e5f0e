import { createHash } from 'node:crypto'
import type { CustomCrypto } from '@ethereumjs/common'
import { type EVMBLSInterface, type EVMBN254Interface, MCLBLS, RustBN254 } from '@ethereumjs/evm'
import * as mcl from 'mcl-wasm'
import { initRustBN } from 'rustbn-wasm'
import { bytesToBigint } from '../../../core/hex.ts'
import { keccak256 } from '../../../core/keccak.ts'
import { recoverPublicKey } from '../../../core/secp256k1.ts'
import { createPointEvaluation } from './kzg.ts'

/** Fast replacements for the curves and hashes that the library would do in JavaScript. */
export type Crypto = {
  readonly custom: CustomCrypto
  readonly bls: EVMBLSInterface
  readonly bn254: EVMBN254Interface
}

let loading: Promise<Crypto> | undefined

/** The WebAssembly libraries of this thread, loaded once. */
export function loadCrypto(): Promise<Crypto> {
  loading ??= load()
  return loading
}

async function load(): Promise<Crypto> {
  await mcl.init(mcl.BLS12_381)
  return {
    custom: { keccak256, ecrecover, sha256, kzg: createPointEvaluation(mcl) },
    bls: new MCLBLS(mcl),
    bn254: new RustBN254(await initRustBN()),
  }
}

/** The 64-byte public key, as precompile 0x01 wants it; throws where the library does: no such key. High s is fine. */
function ecrecover(digest: Uint8Array, v: bigint, r: Uint8Array, s: Uint8Array): Uint8Array {
  const signature = { r: bytesToBigint(r), s: bytesToBigint(s), yParity: v === 27n ? 0 : 1 } as const
  const publicKey = recoverPublicKey(digest, signature)
  if (publicKey === undefined) throw new Error('no key recovers from this signature')
  return publicKey.subarray(1)
}

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest())
}
