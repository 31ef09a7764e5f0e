import { openFields, takeBytes, takeHashes, takeRecipient, takeUint64, takeUint256 } from '../../../core/fields.ts'
import { type Address, bigintToBytes, concatBytes, equalBytes, type Hash, hexToBytes } from '../../../core/hex.ts'
import { keccak256, keccakHash } from '../../../core/keccak.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '../../../core/rlp.ts'
import { recoverAddress } from '../../../core/secp256k1.ts'
import type { SignedTx, TxEnvelope } from '../../../core/tx.ts'
import { openEnvelope } from '../../../core/txEnvelope.ts'
import { maxFee, maxTip } from '../../../core/txFees.ts'
import { fakeCommitment, fakeProofs, type ProofForm, versionedHashOf } from './fakeKzg.ts'

/** A transaction as the simulated L1 holds it. Fees in wei per gas and per blob gas. */
export type L1Tx = {
  readonly hash: Hash
  readonly from: Address
  readonly chainId: bigint | undefined
  readonly nonce: bigint
  readonly to: Address | undefined
  readonly value: bigint
  readonly gas: bigint
  readonly maxFee: bigint
  readonly maxTip: bigint
  readonly data: Uint8Array
  /** Of a blob transaction. */
  readonly blobs: BlobPart | undefined
  /** Of any other one: what the engine executes. */
  readonly envelope: TxEnvelope<SignedTx> | undefined
}

export type BlobPart = {
  readonly maxFee: bigint
  readonly hashes: readonly Hash[]
  readonly blobs: readonly Uint8Array[]
}

/** A transaction of types 0 to 4 from its wire form, a blob transaction with its sidecar; undefined if it is wrong. */
export function decodeL1Tx(raw: Uint8Array, form: ProofForm): L1Tx | undefined {
  if (raw[0] === 3) return decodeBlobTx(raw, form)
  const opened = openEnvelope(raw)
  if ('reject' in opened || opened.tx.type === 0x7e) return undefined
  const { tx } = opened as TxEnvelope<SignedTx>
  const { chainId, nonce, to, value, gas, data } = tx
  return {
    hash: opened.hash,
    from: opened.from,
    ...{ chainId, nonce, to, value, gas, data },
    maxFee: maxFee(tx),
    maxTip: maxTip(tx),
    blobs: undefined,
    envelope: opened as TxEnvelope<SignedTx>,
  }
}

/** `0x03 ‖ rlp([tx, blobs, commitments, proofs])` (EIP-4844), or with the byte 1 after tx and cell proofs (EIP-7594). */
function decodeBlobTx(raw: Uint8Array, form: ProofForm): L1Tx | undefined {
  const outer = decodeRlp(raw.subarray(1))
  const wrapper = form === 'eip4844' ? openFields(outer, 4) : openFields(outer, 5)
  const [body, ...rest] = wrapper.items
  if (form === 'eip7594') {
    const version = rest.shift()
    if (!(version instanceof Uint8Array) || version.length !== 1 || version[0] !== 1) return undefined
  }
  const [blobs, commitments, proofs] = rest.map(byteStrings)
  if (blobs === undefined || commitments === undefined || proofs === undefined) return undefined
  const fields = openFields(body, 14)
  if (fields.malformed || body === undefined || body instanceof Uint8Array) return undefined
  const chainId = takeUint256(fields)
  const nonce = takeUint64(fields)
  const tip = takeUint256(fields)
  const fee = takeUint256(fields)
  const gas = takeUint64(fields)
  const to = takeRecipient(fields)
  const value = takeUint256(fields)
  const data = takeBytes(fields)
  fields.at++
  const maxBlobFee = takeUint256(fields)
  const hashes = takeHashes(fields)
  const yParity = takeUint64(fields) === 1n ? 1 : 0
  const [r, s] = [takeUint256(fields), takeUint256(fields)]
  if (fields.malformed || to === undefined || hashes.length === 0) return undefined
  if (!isSidecar({ hashes, blobs, commitments, proofs }, form)) return undefined
  const from = recoverAddress(keccak256(typed(body.slice(0, 11))), { r, s, yParity })
  if (from === undefined) return undefined
  return {
    hash: keccakHash(typed(body)),
    ...{ from, chainId, nonce, to, value, gas, data },
    maxFee: fee,
    maxTip: tip,
    blobs: { maxFee: maxBlobFee, hashes, blobs },
    envelope: undefined,
  }
}

type Sidecar = {
  readonly hashes: readonly Hash[]
  readonly blobs: readonly Uint8Array[]
  readonly commitments: readonly Uint8Array[]
  readonly proofs: readonly Uint8Array[]
}

function isSidecar({ hashes, blobs, commitments, proofs }: Sidecar, form: ProofForm): boolean {
  if (blobs.length !== hashes.length || commitments.length !== hashes.length) return false
  const isRight = blobs.every((blob, index) => {
    const commitment = fakeCommitment(blob)
    const claimed = commitments[index]!
    return blob.length === 131_072 && equalBytes(commitment, claimed) && versionedHashOf(claimed) === hashes[index]
  })
  const wanted = commitments.flatMap((commitment) => fakeProofs(commitment, form))
  return isRight && wanted.length === proofs.length && wanted.every((proof, index) => equalBytes(proof, proofs[index]!))
}

/** Fields of a blob transaction to be signed in a test. */
export type BlobTxFields = Pick<L1Tx, 'nonce' | 'gas' | 'maxFee' | 'maxTip'> & {
  readonly chainId: bigint
  readonly to: Address
  readonly maxBlobFee: bigint
  readonly blobs: readonly Uint8Array[]
}

/** The wire form of a blob transaction with its sidecar, signed by `sign` over the digest. */
export function encodeBlobTx(
  fields: BlobTxFields,
  sign: (digest: Uint8Array) => { readonly r: bigint; readonly s: bigint; readonly yParity: 0 | 1 },
  form: ProofForm,
): Uint8Array {
  const commitments = fields.blobs.map(fakeCommitment)
  const unsigned: RlpItem[] = [
    ...[fields.chainId, fields.nonce, fields.maxTip, fields.maxFee, fields.gas].map(bigintToBytes),
    hexToBytes(fields.to),
    new Uint8Array(0),
    new Uint8Array(0),
    [],
    bigintToBytes(fields.maxBlobFee),
    commitments.map((commitment) => hexToBytes(versionedHashOf(commitment))),
  ]
  const { yParity, r, s } = sign(keccak256(typed(unsigned)))
  const body = [...unsigned, ...[BigInt(yParity), r, s].map(bigintToBytes)]
  const proofs = commitments.flatMap((commitment) => fakeProofs(commitment, form))
  const version = form === 'eip7594' ? [Uint8Array.of(1)] : []
  return typed([body, ...version, fields.blobs, commitments, proofs])
}

function typed(item: RlpItem): Uint8Array {
  return concatBytes(Uint8Array.of(3), encodeRlp(item))
}

function byteStrings(item: RlpItem): readonly Uint8Array[] | undefined {
  if (item instanceof Uint8Array) return undefined
  return item.every((entry) => entry instanceof Uint8Array) ? (item as readonly Uint8Array[]) : undefined
}
