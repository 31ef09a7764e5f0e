import type { Block } from '../core/block.ts'
import { assert, NodeError } from '../core/errors.ts'
import type { Header } from '../core/header.ts'
import type { Hash } from '../core/hex.ts'
import type { Kv, KvOp } from '../core/ports/kv.ts'
import type { ChainRules } from '../core/rules.ts'
import type { StateReader } from '../core/state.ts'
import type { TxEnvelope } from '../core/tx.ts'
import type { BlockRef, Heads } from './heads.ts'
import { type GenesisBlock, initChain } from './init.ts'
import { openState } from './reader.ts'
import { type Recovery, recoverChain } from './recover.ts'
import type { SealedBlock } from './sealed.ts'
import { createStateCache } from './stateCache.ts'
import { appendOps, dropOps, forgetOps, headsOp } from './store/blockOps.ts'
import { type BlockReader, createBlockReader } from './store/blockReader.ts'
import { auxiliaryTables, hashIn, numberIn, rangeOf, tables } from './store/tables.ts'

export type { BlockRef, Heads } from './heads.ts'
export type { GenesisBlock } from './init.ts'
export type { SealedBlock } from './sealed.ts'

/**
 * The chain of one database and its only writer. Writes run one after another, each is one synced batch, and what it
 * changed is seen only after it is on disk. After a write has failed nobody knows what the disk holds: from then on
 * every write throws that fatal `NodeError`, and the process has to end and recover on its next start.
 */
export type Chain = {
  heads(): Heads
  /** Of the newest block. */
  header(): Header
  block(hash: Hash): Block | undefined
  readonly reader: BlockReader
  /** Reads of the database itself, for the tables of derivation. */
  readonly kv: Pick<Kv, 'get' | 'entries'>
  /** The state with a root that is stored; by default the head's, whose reads use a cache that follows the head. */
  state(root?: Hash): StateReader
  /**
   * Makes a block the new head, moving labels in the same batch. It must be the child of the head, with the receipts of
   * its execution. `ops` are writes to the tables of derivation and of the peers in the same batch.
   */
  append(sealed: SealedBlock, labels?: Labels, ops?: readonly KvOp[]): Promise<void>
  /**
   * Goes back to a block and returns the users' transactions of the dropped ones, oldest first. `safe` is lowered with
   * the head. Not below `finalized`, unless `belowFinalized` (development chains) says that it may be lowered too.
   */
  rewind(toNumber: bigint, options?: { readonly belowFinalized?: boolean }): Promise<readonly TxEnvelope[]>
  /**
   * Moves labels to canonical blocks: finalized <= safe <= unsafe, and finalized never goes back. `ops` are writes to
   * the tables of derivation in the same batch.
   */
  label(labels: Labels, ops?: readonly KvOp[]): Promise<void>
  /** Writes to the tables of derivation only, in one batch. */
  write(ops: readonly KvOp[]): Promise<void>
  /** What the start had to put right; undefined if nothing. */
  readonly recovery: Recovery | undefined
  /** Resolves when the last write is done; no more are taken. Whoever opened the `Kv` closes it afterwards. */
  close(): Promise<void>
}

/** Labels to move, to blocks that are canonical. */
export type Labels = { readonly safe?: BlockRef; readonly finalized?: BlockRef }

const cacheLimits = { accounts: 1 << 16, slots: 1 << 17 }

/**
 * Opens the chain of a database: creates it from genesis in one batch if the database is empty, otherwise checks that
 * it is this chain's and recovers its newest complete block. Fatal `NodeError`s: `schema_newer`, `wrong_chain`,
 * `db_foreign`, `chain_damaged`, and those of the `Kv`.
 */
export async function openChain({
  kv,
  genesis,
  rules,
}: {
  readonly kv: Kv
  readonly genesis: GenesisBlock
  readonly rules: Pick<ChainRules, 'chainId'>
}): Promise<Chain> {
  const recovery = (await initChain({ kv, genesis, chainId: rules.chainId })) ? undefined : await recoverChain(kv)
  const reader = createBlockReader(kv)
  let heads = reader.heads()
  let header = headerOf(heads.unsafe.hash)
  const cache = createStateCache(header.stateRoot, cacheLimits)
  let queue: Promise<unknown> = Promise.resolve()
  let refusal: NodeError | undefined

  function headerOf(hash: Hash): Header {
    const found = reader.headerByHash(hash)
    assert(found !== undefined, `head ${hash} is stored`)
    return found
  }

  /** Runs writes in the order they were asked for. */
  function serially<T>(write: () => Promise<T>): Promise<T> {
    const result = queue.then(write)
    queue = result.catch(() => undefined)
    return result
  }

  async function commit(ops: readonly KvOp[]): Promise<void> {
    if (refusal !== undefined) throw refusal
    try {
      await kv.batch(ops, { sync: true })
    } catch (cause) {
      refusal = writeFailed(cause)
      throw refusal
    }
  }

  /** The writes that remove the blocks of these heights that left the chain: nobody asks for them once one is final. */
  async function forgotten(from: bigint, to: bigint): Promise<KvOp[]> {
    const ops: KvOp[] = []
    if (from > to) return ops
    for await (const [key] of kv.entries(rangeOf('side', { from, to })))
      ops.push(...forgetOps(numberIn(key), hashIn(key)))
    return ops
  }

  function relabelled(current: Heads, labels: Labels): Heads {
    const next: Heads = { ...current, ...labels }
    for (const { number, hash } of Object.values(labels)) {
      assert(reader.hashByNumber(number) === hash, `label on a block that is not canonical: ${number}`)
    }
    assert(next.finalized.number >= heads.finalized.number, 'finalized never goes back')
    assert(next.finalized.number <= next.safe.number, 'finalized is at most safe')
    assert(next.safe.number <= next.unsafe.number, 'safe is at most unsafe')
    return next
  }

  return {
    reader,
    kv,
    recovery,
    heads: () => heads,
    header: () => header,
    block: (hash) => reader.blockByHash(hash),
    state(root = header.stateRoot) {
      const shared = root === cache.root() ? [cache] : []
      return openState(reader.readNode, reader.readCode, root, ...shared)
    },
    append: (sealed, labels = {}, beside = []) =>
      serially(async () => {
        assert(beside.every(isAuxiliary), 'a write beside the chain that is not beside it')
        const { block, receipts, diff, nodes } = sealed
        const { number, parentHash } = block.header
        assert(number === heads.unsafe.number + 1n, `append out of order: ${number} after ${heads.unsafe.number}`)
        assert(parentHash === heads.unsafe.hash, `append to another parent: ${parentHash}`)
        assert(receipts.length === block.transactions.length, 'one receipt per transaction')
        const next = relabelled({ ...heads, unsafe: { number, hash: block.hash } }, labels)
        const left = await forgotten(heads.finalized.number + 1n, next.finalized.number)
        await commit([...left, ...beside, ...appendOps({ block, receipts, nodes, code: diff.code }, next)])
        reader.keepNodes(nodes)
        heads = next
        header = block.header
        cache.advance(header.stateRoot, diff)
      }),
    rewind: (toNumber, { belowFinalized = false } = {}) =>
      serially(async () => {
        assert(toNumber >= 0n && toNumber <= heads.unsafe.number, `cannot rewind to ${toNumber}`)
        assert(belowFinalized || toNumber >= heads.finalized.number, `rewind to ${toNumber} below finalized`)
        const ops: KvOp[] = []
        const dropped: TxEnvelope[][] = []
        for (let number = heads.unsafe.number; number > toNumber; number--) {
          const { block, receipts } = canonicalBlock(reader, number)
          ops.push(...dropOps(block, receipts))
          dropped.push(block.transactions.filter(({ tx }) => tx.type !== 0x7e))
        }
        if (dropped.length === 0) return []
        const { block } = canonicalBlock(reader, toNumber)
        const head: BlockRef = { number: toNumber, hash: block.hash }
        const clamp = (label: BlockRef) => (label.number > toNumber ? head : label)
        const next: Heads = { unsafe: head, safe: clamp(heads.safe), finalized: clamp(heads.finalized) }
        ops.push(headsOp(next))
        await commit(ops)
        heads = next
        header = block.header
        cache.reset(header.stateRoot)
        return dropped.reverse().flat()
      }),
    label: (labels, ops = []) =>
      serially(async () => {
        assert(ops.every(isAuxiliary), 'a write beside the chain that is not beside it')
        const next = relabelled(heads, labels)
        const moved = next.finalized.number > heads.finalized.number
        const left = moved ? await forgotten(0n, next.finalized.number) : []
        await commit([...left, ...ops, headsOp(next)])
        heads = next
      }),
    write: (ops) =>
      serially(async () => {
        assert(ops.every(isAuxiliary), 'a write beside the chain that is not beside it')
        await commit(ops)
      }),
    async close() {
      await serially(async () => {
        refusal ??= new NodeError({ code: 'chain_closed', severity: 'fatal', message: 'the chain is closed' })
      })
    },
  }
}

function isAuxiliary({ key }: KvOp): boolean {
  return auxiliaryTables.some((table) => tables[table].prefix === key[0])
}

function canonicalBlock(reader: BlockReader, number: bigint) {
  const hash = reader.hashByNumber(number)
  const block = hash === undefined ? undefined : reader.blockByHash(hash)
  const receipts = hash === undefined ? undefined : reader.receiptsByHash(hash)
  assert(block !== undefined && receipts !== undefined, `block ${number} is stored`)
  return { block, receipts }
}

function writeFailed(cause: unknown): NodeError {
  if (cause instanceof NodeError && cause.severity === 'fatal') return cause
  return new NodeError(
    {
      code: 'db_write',
      severity: 'fatal',
      message: 'a write to the database failed',
      fix: 'check the disk and start again: the node recovers its newest complete block',
    },
    { cause },
  )
}
