import { crc32c } from '../../core/crc32c.ts'
import {
  type Fields,
  openFields,
  takeAddress,
  takeBool,
  takeBytes,
  takeFixed,
  takeHash,
  takeTuples,
  takeUint64,
  takeUint256,
} from '../../core/fields.ts'
import {
  type Address,
  bigintToBytes,
  bigintToFixed,
  concatBytes,
  emptyBytes,
  equalBytes,
  type Hash,
  hexToBytes,
} from '../../core/hex.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '../../core/rlp.ts'
import type { Signature } from '../../core/tx.ts'
import type { L1Receipt } from '../../l1/wallet.ts'
import type { BlobSidecar, Content, Price } from './request.ts'

/** One signed version of a transaction. All attempts of an entry share its nonce, so that at most one is ever included. */
export type Attempt = {
  readonly hash: Hash
  readonly price: Price
  /** False: it only takes the nonce, so that nothing else of this entry is included any more. */
  readonly isRequest: boolean
  /** Of the request it carries. */
  readonly memo: Uint8Array
}

export type Landed = { readonly hash: Hash; readonly receipt: L1Receipt; readonly atMs: number }

/** One nonce of the account: what was signed for it, from before the first attempt was sent until it cannot matter any more. */
export type Entry = {
  readonly nonce: bigint
  /** Of the newest attempt. */
  readonly content: Content
  readonly signature: Signature
  /** Oldest first; at least one. */
  readonly attempts: readonly Attempt[]
  readonly startedMs: number
  readonly attemptMs: number
  /** The attempt that is in a block of L1. */
  readonly landed: Landed | undefined
  /** Whoever asked for it knows that it landed. */
  readonly acknowledged: boolean
}

export type Owner = { readonly chainId: bigint; readonly address: Address }

const magic = new TextEncoder().encode('OLSEND01')

/** The file of an entry: magic ‖ CRC-32C u32 ‖ RLP. */
export function encodeEntry(entry: Entry, owner: Owner): Uint8Array {
  const body = encodeRlp(entryItems(entry, owner))
  return concatBytes(magic, bigintToFixed(BigInt(crc32c(body)), 4), body)
}

/** The entry of a file; undefined if it is damaged or none. */
export function decodeEntry(bytes: Uint8Array): { readonly entry: Entry; readonly owner: Owner } | undefined {
  const body = bytes.subarray(magic.length + 4)
  const head = concatBytes(magic, bigintToFixed(BigInt(crc32c(body)), 4))
  if (!equalBytes(bytes.subarray(0, head.length), head)) return undefined
  const fields = openFields(decodeRlp(body), 10)
  const owner = { chainId: takeUint64(fields), address: takeAddress(fields) }
  const entry: Entry = {
    nonce: takeUint64(fields),
    content: takeContent(fields),
    signature: takeSignature(fields),
    attempts: takeTuples(fields, 5, takeAttempt),
    startedMs: Number(takeUint64(fields)),
    attemptMs: Number(takeUint64(fields)),
    landed: takeTuples(fields, 6, takeLanded)[0],
    acknowledged: takeBool(fields),
  }
  return fields.malformed || entry.attempts.length === 0 ? undefined : { entry, owner }
}

function entryItems(entry: Entry, { chainId, address }: Owner): RlpItem {
  const { content, signature, landed } = entry
  return [
    bigintToBytes(chainId),
    hexToBytes(address),
    bigintToBytes(entry.nonce),
    [
      flag(content.kind === 'blobs'),
      hexToBytes(content.to),
      content.data,
      bigintToBytes(content.value),
      bigintToBytes(content.gas),
      content.sidecars.map(({ blob, commitment, hash, proofs }) => [blob, commitment, hexToBytes(hash), proofs]),
    ],
    [flag(signature.yParity === 1), bigintToBytes(signature.r), bigintToBytes(signature.s)],
    entry.attempts.map(({ hash, price, isRequest, memo }) => [
      hexToBytes(hash),
      flag(isRequest),
      memo,
      bigintToBytes(price.maxFeePerGas),
      [bigintToBytes(price.tip), bigintToBytes(price.maxBlobFee)],
    ]),
    bigintToBytes(BigInt(entry.startedMs)),
    bigintToBytes(BigInt(entry.attemptMs)),
    landed === undefined ? [] : [landedItem(landed)],
    flag(entry.acknowledged),
  ]
}

function landedItem({ hash, receipt, atMs }: Landed): RlpItem {
  return [
    hexToBytes(hash),
    bigintToBytes(receipt.blockNumber),
    hexToBytes(receipt.blockHash),
    flag(receipt.succeeded),
    bigintToBytes(receipt.costWei),
    bigintToBytes(BigInt(atMs)),
  ]
}

function takeContent(outer: Fields): Content {
  const fields = openFields(outer.items[outer.at++], 6)
  const content: Content = {
    kind: takeBool(fields) ? 'blobs' : 'call',
    to: takeAddress(fields),
    data: takeBytes(fields),
    value: takeUint256(fields),
    gas: takeUint64(fields),
    sidecars: takeTuples(fields, 4, takeSidecar),
  }
  if (fields.malformed) outer.malformed = true
  return content
}

function takeSidecar(fields: Fields): BlobSidecar {
  const blob = takeFixed(fields, 131_072)
  const commitment = takeFixed(fields, 48)
  const hash = takeHash(fields)
  const proofs = fields.items[fields.at++]
  if (proofs === undefined || isBytes(proofs) || !proofs.every(isBytes)) {
    fields.malformed = true
    return { blob, commitment, hash, proofs: [] }
  }
  return { blob, commitment, hash, proofs }
}

function takeSignature(outer: Fields): Signature {
  const fields = openFields(outer.items[outer.at++], 3)
  const signature = { yParity: takeBool(fields) ? 1 : 0, r: takeUint256(fields), s: takeUint256(fields) } as const
  if (fields.malformed) outer.malformed = true
  return signature
}

function takeAttempt(fields: Fields): Attempt {
  const hash = takeHash(fields)
  const isRequest = takeBool(fields)
  const memo = takeBytes(fields)
  const maxFeePerGas = takeUint256(fields)
  const rest = openFields(fields.items[fields.at++], 2)
  const price = { maxFeePerGas, tip: takeUint256(rest), maxBlobFee: takeUint256(rest) }
  if (rest.malformed) fields.malformed = true
  return { hash, price, isRequest, memo }
}

function takeLanded(fields: Fields): Landed {
  const hash = takeHash(fields)
  const receipt = {
    blockNumber: takeUint64(fields),
    blockHash: takeHash(fields),
    succeeded: takeBool(fields),
    costWei: takeUint256(fields),
  }
  return { hash, receipt, atMs: Number(takeUint64(fields)) }
}

function flag(value: boolean): Uint8Array {
  return value ? Uint8Array.of(1) : emptyBytes
}

function isBytes(item: RlpItem): item is Uint8Array {
  return item instanceof Uint8Array
}
