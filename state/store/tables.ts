import { type Address, bytesToHex, type Hash, type Hex } from '../../core/hex.ts'

/**
 * Every kind of entry in the database: a one-byte key prefix, what follows it in the key, and the value. Numbers are
 * big-endian, so keys sort by number. `isSealed`: the value ends in a CRC-32C of key and value, because LevelDB does not
 * verify what it reads; the others are named by the hash of their value and are checked against it.
 */
export const tables = {
  meta: { prefix: 0x00, key: '', value: 'schema version, chain id, genesis hash, mode', isSealed: true },
  heads: { prefix: 0x01, key: '', value: 'unsafe, safe and finalized block', isSealed: true },
  commit: { prefix: 0x02, key: 'u64 number', value: 'commit record of the canonical block', isSealed: true },
  canonical: { prefix: 0x03, key: 'u64 number', value: 'hash of the canonical block', isSealed: true },
  number: { prefix: 0x04, key: 'block hash', value: 'u64 number', isSealed: true },
  header: { prefix: 0x05, key: 'u64 number, block hash', value: 'header RLP', isSealed: false },
  body: { prefix: 0x06, key: 'u64 number, block hash', value: 'body RLP', isSealed: true },
  senders: { prefix: 0x07, key: 'u64 number, block hash', value: '20 bytes per transaction', isSealed: true },
  receipts: { prefix: 0x08, key: 'u64 number, block hash', value: 'receipts RLP without blooms', isSealed: true },
  bloom: { prefix: 0x09, key: 'u64 number', value: 'logs bloom, only of blocks with logs', isSealed: true },
  tx: { prefix: 0x0a, key: 'transaction hash', value: 'u64 block number, u32 index', isSealed: true },
  log: { prefix: 0x0b, key: 'address, u64 number, u32 log index', value: 'what eth_getLogs answers', isSealed: true },
  side: { prefix: 0x0c, key: 'u64 number, block hash', value: 'nothing: a block that left the chain', isSealed: true },
  node: { prefix: 0x10, key: 'node hash', value: 'trie node RLP', isSealed: false },
  code: { prefix: 0x11, key: 'code hash', value: 'contract code', isSealed: false },
  l1: { prefix: 0x20, key: 'u64 L1 number', value: 'state of derivation after that L1 block', isSealed: true },
  blob: { prefix: 0x21, key: 'versioned hash', value: 'blob of a batch', isSealed: true },
  batch: { prefix: 0x22, key: 'u64 L1 number, u32 index', value: 'what a batch was', isSealed: true },
  l1Tip: { prefix: 0x23, key: '', value: 'newest L1 block folded, newest one known to be final', isSealed: true },
  seal: { prefix: 0x24, key: 'block hash', value: 'what the sequencer signed of a gossiped block', isSealed: true },
  evidence: { prefix: 0x25, key: 'u64 time, hash', value: 'bundle of evidence, JSON', isSealed: true },
  attested: {
    prefix: 0x26,
    key: 'nothing, or signer address',
    value: 'newest claim of two thirds of the stake, with signatures; or nothing: the signer has a journal',
    isSealed: true,
  },
} as const satisfies Readonly<Record<string, Table>>

export type Table = {
  readonly prefix: number
  readonly key: string
  readonly value: string
  readonly isSealed: boolean
}
export type TableName = keyof typeof tables

/** Tables of derivation and of the peers: the chain keeps them and does not read them. */
export const auxiliaryTables = [
  'l1',
  'blob',
  'batch',
  'l1Tip',
  'seal',
  'evidence',
  'attested',
] as const satisfies readonly TableName[]
export type AuxiliaryTable = (typeof auxiliaryTables)[number]

/** A key of a table: the prefix and the parts in order; numbers take eight bytes. */
export function keyOf(table: TableName, ...parts: readonly (bigint | Hex)[]): Uint8Array {
  let length = 1
  for (const part of parts) length += typeof part === 'bigint' ? 8 : (part.length - 2) >> 1
  const key = Buffer.allocUnsafeSlow(length)
  key[0] = tables[table].prefix
  let at = 1
  for (const part of parts) {
    if (typeof part === 'bigint') at = key.writeBigUInt64BE(part, at)
    else at += key.write(part.slice(2), at, 'hex')
  }
  return plain(key)
}

/** The key of one entry of the log index. */
export function logKey(address: Address, number: bigint, logIndex: number): Uint8Array {
  const key = Buffer.allocUnsafeSlow(33)
  key[0] = tables.log.prefix
  key.write(address.slice(2), 1, 'hex')
  key.writeBigUInt64BE(number, 21)
  key.writeUInt32BE(logIndex, 29)
  return plain(key)
}

/** The key of one entry of the table of batches. */
export function batchKey(l1Number: bigint, index: number): Uint8Array {
  const key = Buffer.allocUnsafeSlow(13)
  key[0] = tables.batch.prefix
  key.writeBigUInt64BE(l1Number, 1)
  key.writeUInt32BE(index, 9)
  return plain(key)
}

/** The first number in a key, `offset` bytes after the prefix. */
export function numberIn(key: Uint8Array, offset = 0): bigint {
  return new DataView(key.buffer, key.byteOffset, key.length).getBigUint64(1 + offset)
}

/** The hash at the end of a key. */
export function hashIn(key: Uint8Array): Hash {
  return bytesToHex(key.subarray(key.length - 32)) as Hash
}

/** All entries of a table whose keys go on with numbers `from` to `to`, both included (after `address`, if given). */
export function rangeOf(
  table: TableName,
  { from, to, address }: { readonly from: bigint; readonly to: bigint; readonly address?: Address },
): { readonly gte: Uint8Array; readonly lt: Uint8Array } {
  const parts: readonly Hex[] = address === undefined ? [] : [address]
  return { gte: keyOf(table, ...parts, from), lt: keyOf(table, ...parts, to + 1n) }
}

/** All entries of a table. */
export function wholeTable(table: TableName): { readonly gte: Uint8Array; readonly lt: Uint8Array } {
  const { prefix } = tables[table]
  return { gte: Uint8Array.of(prefix), lt: Uint8Array.of(prefix + 1) }
}

/** A key for people: its table and the bytes after the prefix. */
export function describeKey(key: Uint8Array): string {
  const name = Object.entries(tables).find(([, { prefix }]) => prefix === key[0])?.[0] ?? 'unknown'
  return `${name} ${bytesToHex(key)}`
}

function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}
