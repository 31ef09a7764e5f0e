import type { Block } from '../core/block.ts'
import { NodeError } from '../core/errors.ts'
import type { Hash } from '../core/hex.ts'
import type { Kv } from '../core/ports/kv.ts'
import { appendOps, metaOp } from './store/blockOps.ts'
import { entryDamaged, getSealed } from './store/entry.ts'
import { decodeMeta, decodeSchemaVersion, schemaVersion } from './store/records.ts'
import { keyOf } from './store/tables.ts'

/** Block 0 and its state. */
export type GenesisBlock = {
  readonly block: Block
  readonly nodes: ReadonlyMap<Hash, Uint8Array>
  readonly code: ReadonlyMap<Hash, Uint8Array>
}

/**
 * Writes genesis into an empty database, in one batch, and answers true; otherwise checks that the database is in a
 * known layout and holds the chain of this genesis. Throws fatal `NodeError`s: `schema_newer`, `wrong_chain`,
 * `db_foreign` (not empty, and not a chain), `entry_damaged`.
 */
export async function initChain({
  kv,
  genesis,
  chainId,
}: {
  readonly kv: Kv
  readonly genesis: GenesisBlock
  readonly chainId: bigint
}): Promise<boolean> {
  const { block, nodes, code } = genesis
  const key = keyOf('meta')
  const stored = getSealed(kv, key)
  if (stored === undefined) {
    if (!(await isEmpty(kv))) throw foreign()
    const head = { number: 0n, hash: block.hash }
    const heads = { unsafe: head, safe: head, finalized: head }
    const meta = { schemaVersion, chainId, genesisHash: block.hash, mode: 'archive' } as const
    await kv.batch([metaOp(meta), ...appendOps({ block, receipts: [], nodes, code }, heads)], { sync: true })
    return true
  }
  const version = decodeSchemaVersion(stored)
  if (version !== undefined && version > schemaVersion) throw newer(version)
  const meta = decodeMeta(stored)
  if (meta === undefined || meta.schemaVersion !== schemaVersion) throw entryDamaged(key)
  if (meta.chainId === chainId && meta.genesisHash === block.hash) return false
  throw new NodeError({
    code: 'wrong_chain',
    severity: 'fatal',
    message: `wrong chain in the data directory: it holds chain ${meta.chainId} with genesis ${meta.genesisHash}, this node is configured for chain ${chainId} with genesis ${block.hash}`,
    fix: 'choose the network the directory was created for, or another --data-dir',
  })
}

/** Any entry at all: keys start with a table's prefix, but a foreign database may have others. */
async function isEmpty(kv: Kv): Promise<boolean> {
  const all = { gte: new Uint8Array(0), lt: new Uint8Array(64).fill(0xff), limit: 1 }
  for await (const _ of kv.entries(all)) return false
  return true
}

function foreign(): NodeError {
  return new NodeError({
    code: 'db_foreign',
    severity: 'fatal',
    message: 'the database is not empty and has no chain of this node in it',
    fix: 'choose another --data-dir; if it was this node that wrote it, restore it from a backup',
  })
}

function newer(version: number): NodeError {
  return new NodeError({
    code: 'schema_newer',
    severity: 'fatal',
    message: `the database has layout ${version}, this version of the node reads up to ${schemaVersion}`,
    fix: 'run the newer version of the node that wrote it, or choose another --data-dir',
  })
}
