import { bigintToBytes, type Hash, hexToBytes, zeroHash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { encodeRlp } from '../../core/rlp.ts'
import { address, bytes, has, hash, type JsonFields, openJson, quantity } from './fields.ts'

/** What is read of an L1 header; `hash` is computed from all of its fields. */
export type L1Header = {
  readonly number: bigint
  readonly hash: Hash
  readonly parentHash: Hash
  readonly timestamp: bigint
  readonly baseFee: bigint
  /** Absent before Cancun. */
  readonly excessBlobGas: bigint | undefined
  readonly mixHash: Hash
  /** Zero before Cancun. */
  readonly parentBeaconBlockRoot: Hash
  readonly transactionsRoot: Hash
  readonly receiptsRoot: Hash
  readonly logsBloom: Uint8Array
}

/**
 * The header part of a block as JSON-RPC gives it; undefined if a field is malformed or its fields do not hash to its
 * hash, which is also the answer for a header of a fork with fields that are not known here.
 */
export function parseHeader(json: unknown): L1Header | undefined {
  const fields = openJson(json)
  const claimed = hash(fields, 'hash')
  const items = [
    ...known.map((read) => read(fields)),
    // Each fork appended fields: they are there up to one of them.
    ...appended.filter(({ name }) => has(fields, name)).map(({ name, read }) => read(fields, name)),
  ]
  const header: L1Header = {
    number: quantity(fields, 'number'),
    hash: claimed,
    parentHash: hash(fields, 'parentHash'),
    timestamp: quantity(fields, 'timestamp'),
    baseFee: quantity(fields, 'baseFeePerGas'),
    excessBlobGas: has(fields, 'excessBlobGas') ? quantity(fields, 'excessBlobGas') : undefined,
    mixHash: hash(fields, 'mixHash'),
    parentBeaconBlockRoot: has(fields, 'parentBeaconBlockRoot') ? hash(fields, 'parentBeaconBlockRoot') : zeroHash,
    transactionsRoot: hash(fields, 'transactionsRoot'),
    receiptsRoot: hash(fields, 'receiptsRoot'),
    logsBloom: bytes(fields, 'logsBloom'),
  }
  if (fields.malformed || header.number > maxUint64 || header.timestamp > maxUint64) return undefined
  return keccakHash(encodeRlp(items)) === claimed ? header : undefined
}

const maxUint64 = 2n ** 64n - 1n

function takeHash(fields: JsonFields, name: string): Uint8Array {
  return hexToBytes(hash(fields, name))
}

function takeNumber(fields: JsonFields, name: string): Uint8Array {
  return bigintToBytes(quantity(fields, name))
}

/** In the order of the RLP (Yellow Paper, section 4.4; EIP-1559). */
const known: readonly ((fields: JsonFields) => Uint8Array)[] = [
  (fields) => takeHash(fields, 'parentHash'),
  (fields) => takeHash(fields, 'sha3Uncles'),
  (fields) => hexToBytes(address(fields, 'miner')),
  (fields) => takeHash(fields, 'stateRoot'),
  (fields) => takeHash(fields, 'transactionsRoot'),
  (fields) => takeHash(fields, 'receiptsRoot'),
  (fields) => bytes(fields, 'logsBloom'),
  (fields) => takeNumber(fields, 'difficulty'),
  (fields) => takeNumber(fields, 'number'),
  (fields) => takeNumber(fields, 'gasLimit'),
  (fields) => takeNumber(fields, 'gasUsed'),
  (fields) => takeNumber(fields, 'timestamp'),
  (fields) => bytes(fields, 'extraData'),
  (fields) => takeHash(fields, 'mixHash'),
  (fields) => bytes(fields, 'nonce'),
  (fields) => takeNumber(fields, 'baseFeePerGas'),
]

/** What Shanghai, Cancun (EIP-4844, EIP-4788), Prague (EIP-7685) and Amsterdam (EIP-7928, EIP-7843) appended. */
const appended: readonly { readonly name: string; readonly read: (fields: JsonFields, name: string) => Uint8Array }[] =
  [
    { name: 'withdrawalsRoot', read: takeHash },
    { name: 'blobGasUsed', read: takeNumber },
    { name: 'excessBlobGas', read: takeNumber },
    { name: 'parentBeaconBlockRoot', read: takeHash },
    { name: 'requestsHash', read: takeHash },
    { name: 'blockAccessListHash', read: takeHash },
    { name: 'slotNumber', read: takeNumber },
  ]
