import { type Block, encodeBody } from '../../core/block.ts'
import { encodeHeader } from '../../core/header.ts'
import { bigintToFixed, emptyBytes, type Hash, hexToBytes } from '../../core/hex.ts'
import type { KvOp } from '../../core/ports/kv.ts'
import type { Receipt } from '../../core/receipt.ts'
import type { Heads } from '../heads.ts'
import { putSealed } from './entry.ts'
import { encodeLogValue, logsOfBlock } from './logIndex.ts'
import { encodeStoredReceipts } from './receipts.ts'
import { encodeCommit, encodeHeads, encodeMeta, encodePlace, type Meta } from './records.ts'
import { keyOf, logKey } from './tables.ts'

/** A block with all that is stored for it. */
export type BlockContent = {
  readonly block: Block
  readonly receipts: readonly Receipt[]
  readonly nodes: ReadonlyMap<Hash, Uint8Array>
  readonly code: ReadonlyMap<Hash, Uint8Array>
}

/** The writes that make a block the newest of the chain: one batch, the commit record last. */
export function appendOps({ block, receipts, nodes, code }: BlockContent, heads: Heads): KvOp[] {
  const { header, hash } = block
  const { number } = header
  const ops: KvOp[] = [
    { type: 'put', key: keyOf('header', number, hash), value: encodeHeader(header) },
    putSealed(keyOf('body', number, hash), encodeBody(block.transactions)),
    putSealed(keyOf('senders', number, hash), encodeSenders(block)),
    putSealed(keyOf('receipts', number, hash), encodeStoredReceipts(receipts)),
    putSealed(keyOf('number', hash), bigintToFixed(number, 8)),
    putSealed(keyOf('canonical', number), hexToBytes(hash)),
    { type: 'del', key: keyOf('side', number, hash) },
    ...indexOps(block, receipts),
  ]
  for (const [nodeHash, raw] of nodes) ops.push({ type: 'put', key: keyOf('node', nodeHash), value: raw })
  for (const [codeHash, bytes] of code) ops.push({ type: 'put', key: keyOf('code', codeHash), value: bytes })
  ops.push(headsOp(heads))
  const record = {
    number,
    hash,
    parent: header.parentHash,
    stateRoot: header.stateRoot,
    opCount: ops.length + 1,
    safe: heads.safe.number,
    finalized: heads.finalized.number,
  }
  ops.push(putSealed(keyOf('commit', number), encodeCommit(record)))
  return ops
}

/** Transaction index, log index and bloom of a block. */
export function indexOps(block: Block, receipts: readonly Receipt[]): KvOp[] {
  const { number, logsBloom } = block.header
  const ops = block.transactions.map(({ hash }, index) => putSealed(keyOf('tx', hash), encodePlace({ number, index })))
  const logs = logsOfBlock(block, receipts)
  for (const log of logs) ops.push(putSealed(logKey(log.address, number, log.logIndex), encodeLogValue(log)))
  if (logs.length > 0) ops.push(putSealed(keyOf('bloom', number), logsBloom))
  return ops
}

/**
 * The writes that take a block off the canonical chain. Its header, body and receipts stay readable by hash, for
 * whoever still has to tell what left the chain, until a block of its height is finalized; trie nodes and code stay
 * because other states may share them.
 */
export function dropOps(block: Block, receipts: readonly Receipt[]): KvOp[] {
  const { hash, header } = block
  const keys = [keyOf('canonical', header.number), keyOf('commit', header.number)]
  for (const { key } of indexOps(block, receipts)) keys.push(key)
  return [...keys.map((key): KvOp => ({ type: 'del', key })), putSealed(keyOf('side', header.number, hash), emptyBytes)]
}

/** The writes that remove all parts of a block that is not canonical, and its seal. */
export function forgetOps(number: bigint, hash: Hash): KvOp[] {
  const tables = ['header', 'body', 'senders', 'receipts', 'side'] as const
  const keys = [...tables.map((table) => keyOf(table, number, hash)), keyOf('number', hash), keyOf('seal', hash)]
  return keys.map((key) => ({ type: 'del', key }))
}

export function headsOp(heads: Heads): KvOp {
  return putSealed(keyOf('heads'), encodeHeads(heads))
}

export function metaOp(meta: Meta): KvOp {
  return putSealed(keyOf('meta'), encodeMeta(meta))
}

function encodeSenders({ transactions }: Block): Uint8Array {
  const senders = new Uint8Array(20 * transactions.length)
  for (const [index, { from }] of transactions.entries()) senders.set(hexToBytes(from), 20 * index)
  return senders
}
