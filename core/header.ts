import { openFields, takeAddress, takeBytes, takeFixed, takeHash, takeUint64, takeUint256 } from './fields.ts'
import { type Address, bigintToBytes, bytesToHex, type Hash, hexToBytes } from './hex.ts'
import { type JsonObject, toQuantity } from './json.ts'
import { keccakHash } from './keccak.ts'
import { decodeRlp, encodeRlp, type RlpItem } from './rlp.ts'

/** A block header with the Osaka fields. Field order is the RLP order. */
export type Header = {
  readonly parentHash: Hash
  readonly ommersHash: Hash
  readonly coinbase: Address
  readonly stateRoot: Hash
  readonly transactionsRoot: Hash
  readonly receiptsRoot: Hash
  /** 256 bytes. */
  readonly logsBloom: Uint8Array
  readonly difficulty: bigint
  readonly number: bigint
  readonly gasLimit: bigint
  readonly gasUsed: bigint
  readonly timestamp: bigint
  readonly extraData: Uint8Array
  readonly mixHash: Hash
  /** 8 bytes. */
  readonly nonce: Uint8Array
  readonly baseFeePerGas: bigint
  readonly withdrawalsRoot: Hash
  readonly blobGasUsed: bigint
  readonly excessBlobGas: bigint
  readonly parentBeaconBlockRoot: Hash
  readonly requestsHash: Hash
}

/** The RLP of a header. */
export function encodeHeader(header: Header): Uint8Array {
  return encodeRlp(headerItems(header))
}

/** The header these bytes encode, with every Osaka field; undefined if they are not its one encoding. */
export function decodeHeader(bytes: Uint8Array): Header | undefined {
  return readHeader(decodeRlp(bytes))
}

/** The hash of a header, which is the hash of its block. */
export function headerHash(header: Header): Hash {
  return keccakHash(encodeHeader(header))
}

function headerItems(header: Header): readonly RlpItem[] {
  return [
    hexToBytes(header.parentHash),
    hexToBytes(header.ommersHash),
    hexToBytes(header.coinbase),
    hexToBytes(header.stateRoot),
    hexToBytes(header.transactionsRoot),
    hexToBytes(header.receiptsRoot),
    header.logsBloom,
    bigintToBytes(header.difficulty),
    bigintToBytes(header.number),
    bigintToBytes(header.gasLimit),
    bigintToBytes(header.gasUsed),
    bigintToBytes(header.timestamp),
    header.extraData,
    hexToBytes(header.mixHash),
    header.nonce,
    bigintToBytes(header.baseFeePerGas),
    hexToBytes(header.withdrawalsRoot),
    bigintToBytes(header.blobGasUsed),
    bigintToBytes(header.excessBlobGas),
    hexToBytes(header.parentBeaconBlockRoot),
    hexToBytes(header.requestsHash),
  ]
}

function readHeader(item: RlpItem | undefined): Header | undefined {
  const fields = openFields(item, 21)
  const header: Header = {
    parentHash: takeHash(fields),
    ommersHash: takeHash(fields),
    coinbase: takeAddress(fields),
    stateRoot: takeHash(fields),
    transactionsRoot: takeHash(fields),
    receiptsRoot: takeHash(fields),
    logsBloom: takeFixed(fields, 256),
    difficulty: takeUint256(fields),
    number: takeUint64(fields),
    gasLimit: takeUint64(fields),
    gasUsed: takeUint64(fields),
    timestamp: takeUint64(fields),
    extraData: takeBytes(fields),
    mixHash: takeHash(fields),
    nonce: takeFixed(fields, 8),
    baseFeePerGas: takeUint256(fields),
    withdrawalsRoot: takeHash(fields),
    blobGasUsed: takeUint64(fields),
    excessBlobGas: takeUint64(fields),
    parentBeaconBlockRoot: takeHash(fields),
    requestsHash: takeHash(fields),
  }
  return fields.malformed || header.extraData.length > maxExtraData ? undefined : header
}

/** Bytes (Yellow Paper, section 4.4.4). */
const maxExtraData = 32

/** A header as geth answers it over JSON-RPC (`newHeads`, and the header part of a block). */
export function headerToJson(header: Header, hash: Hash): JsonObject {
  return {
    baseFeePerGas: toQuantity(header.baseFeePerGas),
    blobGasUsed: toQuantity(header.blobGasUsed),
    difficulty: toQuantity(header.difficulty),
    excessBlobGas: toQuantity(header.excessBlobGas),
    extraData: bytesToHex(header.extraData),
    gasLimit: toQuantity(header.gasLimit),
    gasUsed: toQuantity(header.gasUsed),
    hash,
    logsBloom: bytesToHex(header.logsBloom),
    miner: header.coinbase,
    mixHash: header.mixHash,
    nonce: bytesToHex(header.nonce),
    number: toQuantity(header.number),
    parentBeaconBlockRoot: header.parentBeaconBlockRoot,
    parentHash: header.parentHash,
    receiptsRoot: header.receiptsRoot,
    requestsHash: header.requestsHash,
    sha3Uncles: header.ommersHash,
    stateRoot: header.stateRoot,
    timestamp: toQuantity(header.timestamp),
    transactionsRoot: header.transactionsRoot,
    withdrawalsRoot: header.withdrawalsRoot,
  }
}
