import type { Block } from '../core/block.ts'
import type { Header } from '../core/header.ts'
import type { Hash } from '../core/hex.ts'
import type { Receipt } from '../core/receipt.ts'
import type { StateReader } from '../core/state.ts'
import type { BlockRef, Heads } from '../state/heads.ts'
import { openState } from '../state/reader.ts'
import type { BlockReader } from '../state/store/blockReader.ts'
import type { SafeDispute } from './backend.ts'
import { safeDisputed } from './dispute.ts'
import { failure, type RpcFailure } from './errors.ts'
import { createLru, type Lru } from './lru.ts'
import type { BlockId } from './params/blockId.ts'

/** A block of the chain (or off it, by hash) as reads need it. */
export type Found = { readonly hash: Hash; readonly header: Header }

/** Reads of the database with caches of decoded values. Everything cached is keyed by hash, so it never goes stale. */
export type View = {
  /** The newest committed heads. */
  heads(): Heads
  latest(): Found
  /**
   * A block by tag, number or hash; undefined if it is not known. `pending` means the latest. Throws `safe_disputed` for
   * `safe` and `finalized` while what they name is in dispute.
   */
  find(id: BlockId): Found | undefined
  /** The same for methods that need a state: geth's failure if the block is not known, or not canonical where asked. */
  require(id: BlockId): Found | RpcFailure
  header(hash: Hash): Header | undefined
  hashByNumber(number: bigint): Hash | undefined
  block(hash: Hash): Block | undefined
  receipts(hash: Hash): readonly Receipt[] | undefined
  /** A transaction's block and position on the canonical chain. */
  txPlace(hash: Hash): { readonly block: Block; readonly index: number } | undefined
  /** The state after a block. Reads throw `NodeError` when its nodes are not there. */
  stateOf(header: Header): StateReader
  /** Blocks as JSON text: pollers ask for the same ones. */
  readonly blockTexts: Lru<string, string>
  readonly reader: BlockReader
}

const headerCount = 4096
const blockBytes = 32 << 20
const blockTextLength = 8 << 20
const stateCount = 16

export function createView(reader: BlockReader, dispute: () => SafeDispute | undefined = () => undefined): View {
  const headers = createLru<Hash, Header>(headerCount)
  const blocks = createLru<Hash, Block>(blockBytes)
  const receipts = createLru<Hash, readonly Receipt[]>(blockBytes)
  const states = createLru<Hash, StateReader>(stateCount)

  function header(hash: Hash): Header | undefined {
    const cached = headers.get(hash)
    if (cached !== undefined) return cached
    const read = reader.headerByHash(hash)
    if (read !== undefined) headers.set(hash, read)
    return read
  }

  function block(hash: Hash): Block | undefined {
    const cached = blocks.get(hash)
    if (cached !== undefined) return cached
    const read = reader.blockByHash(hash)
    if (read !== undefined) blocks.set(hash, read, blockSize(read))
    return read
  }

  function foundByRef({ hash }: BlockRef): Found | undefined {
    return foundByHash(hash)
  }

  function foundByHash(hash: Hash | undefined): Found | undefined {
    const read = hash === undefined ? undefined : header(hash)
    return read === undefined || hash === undefined ? undefined : { hash, header: read }
  }

  function find(id: BlockId): Found | undefined {
    if ('number' in id) return foundByHash(reader.hashByNumber(id.number))
    if ('hash' in id) return foundByHash(id.hash)
    if (id.tag === 'earliest') return foundByHash(reader.hashByNumber(0n))
    const heads = reader.heads()
    if (id.tag === 'safe' || id.tag === 'finalized') {
      const disputed = dispute()
      if (disputed !== undefined) throw safeDisputed(disputed)
      return foundByRef(heads[id.tag])
    }
    return foundByRef(heads.unsafe)
  }

  return {
    reader,
    blockTexts: createLru(blockTextLength),
    header,
    block,
    find,
    heads: () => reader.heads(),
    hashByNumber: (number) => reader.hashByNumber(number),
    latest() {
      const found = foundByRef(reader.heads().unsafe)
      if (found === undefined) throw new Error('the head block is not in the database')
      return found
    },
    require(id) {
      const found = find(id)
      if (found === undefined) return 'hash' in id ? noHeaderForHash : noHeader
      if ('hash' in id && id.requireCanonical && reader.hashByNumber(found.header.number) !== id.hash)
        return notCanonical
      return found
    },
    receipts(hash) {
      const cached = receipts.get(hash)
      if (cached !== undefined) return cached
      const read = reader.receiptsByHash(hash)
      if (read !== undefined) receipts.set(hash, read, receiptsSize(read))
      return read
    },
    txPlace(hash) {
      const place = reader.txPlace(hash)
      const blockHash = place === undefined ? undefined : reader.hashByNumber(place.number)
      const found = blockHash === undefined ? undefined : block(blockHash)
      if (place === undefined || found?.transactions[place.index]?.hash !== hash) return undefined
      return { block: found, index: place.index }
    },
    stateOf({ stateRoot }) {
      const cached = states.get(stateRoot)
      if (cached !== undefined) return cached
      const state = openState(reader.readNode, reader.readCode, stateRoot)
      states.set(stateRoot, state)
      return state
    },
  }
}

const noHeader = failure('server', 'header not found')
const noHeaderForHash = failure('server', 'header for hash not found')
const notCanonical = failure('server', 'hash is not currently canonical')

/** Rough bytes in memory. */
function blockSize({ transactions }: Block): number {
  let size = 1024
  for (const { raw } of transactions) size += 2 * raw.length + 1024
  return size
}

function receiptsSize(receipts: readonly Receipt[]): number {
  let size = 256
  for (const { logs } of receipts) {
    size += 256
    for (const { data } of logs) size += data.length + 1024
  }
  return size
}
