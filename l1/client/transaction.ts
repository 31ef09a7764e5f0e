import {
  type Address,
  bigintToBytes,
  concatBytes,
  emptyBytes,
  type Hash,
  hexToBytes,
  parseHash,
  parseHex,
} from '../../core/hex.ts'
import { keccak256, keccakHash } from '../../core/keccak.ts'
import { encodeRlp, type RlpItem } from '../../core/rlp.ts'
import { recoverAddress } from '../../core/secp256k1.ts'
import { address, bytes, has, type JsonFields, list, openJson, quantity } from './fields.ts'

/** A transaction of L1, rebuilt from JSON: `raw` is its wire form, under the transactions root of its block. */
export type L1Tx = {
  readonly type: number
  readonly raw: Uint8Array
  readonly hash: Hash
  readonly to: Address | undefined
  readonly input: Uint8Array
  /** Of type 3 only, otherwise empty. */
  readonly blobHashes: readonly Hash[]
  /** Most wei per gas that it pays, and most of it that is tip; the same number before EIP-1559. */
  readonly maxFee: bigint
  readonly maxTip: bigint
  /**
   * With its sidecar, as transactions travel before they are in a block, if the JSON has one: development nodes (anvil)
   * have this form under the transactions root.
   */
  readonly withSidecar: () => Uint8Array | undefined
  /** The signer; undefined if there is none. */
  readonly sender: () => Address | undefined
}

/** A transaction as JSON-RPC gives it. Undefined if malformed; `unsupported` for a type that is not known here. */
export function parseTx(json: unknown): L1Tx | 'unsupported' | undefined {
  const fields = openJson(json)
  const type = has(fields, 'type') ? quantity(fields, 'type') : 0n
  if (fields.malformed) return undefined
  if (type > 4n) return 'unsupported'
  const tx = type === 0n ? readLegacy(fields) : readTyped(fields, Number(type))
  return fields.malformed ? undefined : tx
}

function readLegacy(fields: JsonFields): L1Tx {
  const gasPrice = quantity(fields, 'gasPrice')
  const call = readCall(fields)
  const items = [bigintToBytes(quantity(fields, 'nonce')), bigintToBytes(gasPrice), ...call.items]
  const v = quantity(fields, 'v')
  const { r, s } = readSignature(fields)
  // EIP-155: the chain id is part of what is signed, and v is 35 or 36 more than twice of it.
  const signed = v < 35n ? items : [...items, bigintToBytes((v - 35n) >> 1n), emptyBytes, emptyBytes]
  const raw = encodeRlp([...items, bigintToBytes(v), bigintToBytes(r), bigintToBytes(s)])
  const sender = () => recoverAddress(keccak256(encodeRlp(signed)), { r, s, yParity: v & 1n ? 0 : 1 })
  return {
    type: 0,
    raw,
    hash: keccakHash(raw),
    ...call.tx,
    blobHashes: [],
    maxFee: gasPrice,
    maxTip: gasPrice,
    withSidecar: () => undefined,
    sender,
  }
}

function readTyped(fields: JsonFields, type: number): L1Tx {
  const maxTip = quantity(fields, type === 1 ? 'gasPrice' : 'maxPriorityFeePerGas')
  const maxFee = type === 1 ? maxTip : quantity(fields, 'maxFeePerGas')
  const fees = type === 1 ? [maxFee] : [maxTip, maxFee]
  const call = readCall(fields)
  const blobHashes = type === 3 ? list(fields, 'blobVersionedHashes', parseHash) : []
  const items: RlpItem[] = [
    bigintToBytes(quantity(fields, 'chainId')),
    bigintToBytes(quantity(fields, 'nonce')),
    ...fees.map(bigintToBytes),
    ...call.items,
    list(fields, 'accessList', readAccess),
  ]
  if (type === 3) items.push(bigintToBytes(quantity(fields, 'maxFeePerBlobGas')), blobHashes.map(hexToBytes))
  if (type === 4) items.push(list(fields, 'authorizationList', readAuthorization))
  const { r, s } = readSignature(fields)
  const yParity = quantity(fields, has(fields, 'yParity') ? 'yParity' : 'v') === 0n ? 0 : 1
  const prefix = Uint8Array.of(type)
  const body = [...items, bigintToBytes(BigInt(yParity)), bigintToBytes(r), bigintToBytes(s)]
  const raw = concatBytes(prefix, encodeRlp(body))
  const sender = () => recoverAddress(keccak256(concatBytes(prefix, encodeRlp(items))), { r, s, yParity })
  const withSidecar = (): Uint8Array | undefined => {
    const sidecar = readSidecar(fields)
    return sidecar && concatBytes(prefix, encodeRlp([body, ...sidecar]))
  }
  return { type, raw, hash: keccakHash(raw), ...call.tx, blobHashes, maxTip, maxFee, withSidecar, sender }
}

/** Blobs, commitments and proofs (EIP-4844), or a version and proofs of cells (EIP-7594). */
function readSidecar({ values }: JsonFields): readonly RlpItem[] | undefined {
  const fields = openJson(values)
  const version = has(fields, 'cellProofs') ? [Uint8Array.of(1)] : []
  const proofs = list(fields, version.length === 0 ? 'proofs' : 'cellProofs', parseHex)
  const sidecar = [...version, list(fields, 'blobs', parseHex), list(fields, 'commitments', parseHex), proofs]
  return fields.malformed ? undefined : sidecar
}

function readCall(fields: JsonFields) {
  const to = has(fields, 'to') ? address(fields, 'to') : undefined
  const input = bytes(fields, 'input')
  const items: readonly RlpItem[] = [
    bigintToBytes(quantity(fields, 'gas')),
    to === undefined ? emptyBytes : hexToBytes(to),
    bigintToBytes(quantity(fields, 'value')),
    input,
  ]
  return { items, tx: { to, input } }
}

function readSignature(fields: JsonFields) {
  return { r: quantity(fields, 'r'), s: quantity(fields, 's') }
}

function readAccess(json: unknown): RlpItem | undefined {
  const fields = openJson(json)
  const item = [hexToBytes(address(fields, 'address')), list(fields, 'storageKeys', parseHash).map(hexToBytes)]
  return fields.malformed ? undefined : item
}

function readAuthorization(json: unknown): RlpItem | undefined {
  const fields = openJson(json)
  const item = [
    bigintToBytes(quantity(fields, 'chainId')),
    hexToBytes(address(fields, 'address')),
    bigintToBytes(quantity(fields, 'nonce')),
    bigintToBytes(quantity(fields, has(fields, 'yParity') ? 'yParity' : 'v')),
    bigintToBytes(quantity(fields, 'r')),
    bigintToBytes(quantity(fields, 's')),
  ]
  return fields.malformed ? undefined : item
}
