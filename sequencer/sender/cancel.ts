import { createHash } from 'node:crypto'
import { type Address, bytesToHash, emptyBytes } from '../../core/hex.ts'
import type { SidecarForm } from './encode.ts'
import { type BlobSidecar, type SendRequest, type TxKind, transferGas } from './request.ts'

/**
 * What takes a nonce and does nothing: a transaction of this kind from an account to itself. `memo` is that of the request
 * whose nonce it takes.
 */
export function cancelRequest(
  kind: TxKind,
  { self, form, memo }: { readonly self: Address; readonly form: SidecarForm; readonly memo: Uint8Array },
): SendRequest {
  const to = { to: self, memo }
  if (kind === 'call') return { ...to, kind, data: emptyBytes, value: 0n, gas: transferGas }
  return { ...to, kind, sidecars: [zeroSidecar(form)] }
}

/** Cells of an extended blob (EIP-7594). */
const cells = 128

/** The blob of zeros: commitment and proofs are the point at infinity, so that no KZG is needed. */
function zeroSidecar(form: SidecarForm): BlobSidecar {
  const infinity = new Uint8Array(48)
  infinity[0] = 0xc0
  const hash = new Uint8Array(createHash('sha256').update(infinity).digest())
  hash[0] = 1
  const proofs = Array.from({ length: form === 'eip7594' ? cells : 1 }, () => infinity)
  return { blob: new Uint8Array(131_072), commitment: infinity, hash: bytesToHash(hash), proofs }
}
