import { emptyCodeHash } from '../../core/account.ts'
import { type Block, decodeBody } from '../../core/block.ts'
import { decodeHeader, type Header } from '../../core/header.ts'
import { type Address, bytesToAddress, bytesToBigint, bytesToHash, emptyBytes, type Hash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import type { Kv } from '../../core/ports/kv.ts'
import type { Receipt } from '../../core/receipt.ts'
import { createCache } from '../cache.ts'
import type { Heads } from '../heads.ts'
import { codeMissing, nodeMissing, type ReadCode, type ReadNode } from '../trie/readNode.ts'
import { entryDamaged, entryMissing, getSealed, unseal } from './entry.ts'
import { decodeLogEntry, type LogEntry } from './logIndex.ts'
import { decodeStoredReceipts } from './receipts.ts'
import {
  type CommitRecord,
  decodeCommit,
  decodeHeads,
  decodeMeta,
  decodePlace,
  type Meta,
  type TxPlace,
} from './records.ts'
import { keyOf, numberIn, rangeOf } from './tables.ts'

/** Block numbers of a query, both included. */
export type BlockRange = { readonly from: bigint; readonly to: bigint }

/**
 * Typed reads of one database, synchronous where a value is one entry. The chain reads through it and so do other
 * threads on their own handle: whatever is named by a hash never changes, so a reader that starts from one block hash
 * sees one state, whatever is committed meanwhile. A block read while it leaves the chain stays readable by hash until
 * a block at its height is finalized. Every value is checked; a damaged one throws a fatal `NodeError` naming its key.
 */
export type BlockReader = {
  /** undefined: the database is empty. */
  meta(): Meta | undefined
  heads(): Heads
  headerByHash(hash: Hash): Header | undefined
  /** Of the canonical block. */
  hashByNumber(number: bigint): Hash | undefined
  /** With the senders that were recovered when the block was made. */
  blockByHash(hash: Hash): Block | undefined
  receiptsByHash(hash: Hash): readonly Receipt[] | undefined
  /** Of a transaction of the canonical chain. */
  txPlace(hash: Hash): TxPlace | undefined
  commitRecord(number: bigint): CommitRecord | undefined
  /** Logs of one contract on the canonical chain, in chain order, over one snapshot of the database. */
  logsByAddress(query: BlockRange & { readonly address: Address }): AsyncIterable<LogEntry>
  /** Blooms (256 bytes) of canonical blocks that have logs, in chain order. */
  blooms(range: BlockRange): AsyncIterable<{ readonly number: bigint; readonly bloom: Uint8Array }>
  readonly readNode: ReadNode
  readonly readCode: ReadCode
  /** Gives nodes just written to the cache of `readNode`. */
  keepNodes(nodes: ReadonlyMap<Hash, Uint8Array>): void
}

export type ReaderCaches = { readonly nodeBytes?: number; readonly codeBytes?: number }

export function createBlockReader(kv: Kv, caches: ReaderCaches = {}): BlockReader {
  // A node in memory costs about 200 bytes more than its RLP.
  const nodes = createCache<Hash, Uint8Array>(caches.nodeBytes ?? 64 << 20, (raw) => raw.length + 200)
  const codes = createCache<Hash, Uint8Array>(caches.codeBytes ?? 16 << 20, (code) => code.length + 200)

  /** The entry that says where a block is; its number is part of the keys of its parts. */
  function numberOf(hash: Hash): bigint | undefined {
    const bytes = getSealed(kv, keyOf('number', hash))
    return bytes === undefined ? undefined : bytesToBigint(bytes)
  }

  function header(number: bigint, hash: Hash): Header {
    const key = keyOf('header', number, hash)
    const raw = kv.get(key)
    if (raw === undefined) throw entryMissing(key)
    const decoded = keccakHash(raw) === hash ? decodeHeader(raw) : undefined
    if (decoded === undefined) throw entryDamaged(key)
    return decoded
  }

  function decoded<T>(key: Uint8Array, decode: (bytes: Uint8Array) => T | undefined): T | undefined {
    const bytes = getSealed(kv, key)
    if (bytes === undefined) return undefined
    const value = decode(bytes)
    if (value === undefined) throw entryDamaged(key)
    return value
  }

  function required<T>(key: Uint8Array, decode: (bytes: Uint8Array) => T | undefined): T {
    const value = decoded(key, decode)
    if (value === undefined) throw entryMissing(key)
    return value
  }

  return {
    meta: () => decoded(keyOf('meta'), decodeMeta),
    heads: () => required(keyOf('heads'), decodeHeads),
    headerByHash(hash) {
      const number = numberOf(hash)
      return number === undefined ? undefined : header(number, hash)
    },
    hashByNumber: (number) => decoded(keyOf('canonical', number), decodeHash),
    blockByHash(hash) {
      const number = numberOf(hash)
      if (number === undefined) return undefined
      const senders = required(keyOf('senders', number, hash), decodeSenders)
      const transactions = required(keyOf('body', number, hash), (bytes) => {
        // Impersonated senders were judged by the rules when the block was appended.
        const body = decodeBody(bytes, { senders, impersonation: true })
        return 'reject' in body ? undefined : body
      })
      return { header: header(number, hash), hash, transactions }
    },
    receiptsByHash(hash) {
      const number = numberOf(hash)
      return number === undefined ? undefined : required(keyOf('receipts', number, hash), decodeStoredReceipts)
    },
    txPlace: (hash) => decoded(keyOf('tx', hash), decodePlace),
    commitRecord: (number) => decoded(keyOf('commit', number), decodeCommit),
    async *logsByAddress({ address, from, to }) {
      for await (const [key, sealed] of kv.entries(rangeOf('log', { from, to, address }))) {
        const value = unseal(key, sealed)
        const entry = value === undefined ? undefined : decodeLogEntry(key, value)
        if (entry === undefined) throw entryDamaged(key)
        yield entry
      }
    },
    async *blooms(range) {
      for await (const [key, sealed] of kv.entries(rangeOf('bloom', range))) {
        const bloom = unseal(key, sealed)
        if (bloom?.length !== 256) throw entryDamaged(key)
        yield { number: numberIn(key), bloom }
      }
    },
    readNode(hash) {
      const cached = nodes.get(hash)
      if (cached !== undefined) return cached
      const key = keyOf('node', hash)
      const raw = kv.get(key)
      if (raw === undefined) throw nodeMissing(hash)
      if (keccakHash(raw) !== hash) throw entryDamaged(key)
      nodes.set(hash, raw)
      return raw
    },
    readCode(hash) {
      if (hash === emptyCodeHash) return emptyBytes
      const cached = codes.get(hash)
      if (cached !== undefined) return cached
      const key = keyOf('code', hash)
      const code = kv.get(key)
      if (code === undefined) throw codeMissing(hash)
      if (keccakHash(code) !== hash) throw entryDamaged(key)
      codes.set(hash, code)
      return code
    },
    keepNodes(added) {
      for (const [hash, raw] of added) nodes.set(hash, raw)
    },
  }
}

function decodeHash(bytes: Uint8Array): Hash | undefined {
  return bytes.length === 32 ? bytesToHash(bytes) : undefined
}

function decodeSenders(bytes: Uint8Array): readonly Address[] | undefined {
  if (bytes.length % 20 !== 0) return undefined
  const senders: Address[] = []
  for (let at = 0; at < bytes.length; at += 20) senders.push(bytesToAddress(bytes.subarray(at, at + 20)))
  return senders
}
