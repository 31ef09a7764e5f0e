import { assert, NodeError } from '../../core/errors.ts'
import { type ChainSpec, systemConfigOf } from '../../genesis/spec.ts'
import type { Chain } from '../../state/chain.ts'
import type { BlockRef } from '../../state/heads.ts'
import { entryMissing } from '../../state/store/entry.ts'
import { keyOf, numberIn, wholeTable } from '../../state/store/tables.ts'
import { firstRecord } from '../derive/fold.ts'
import type { L1Record } from '../derive/record.ts'
import type { L1Ref } from '../source.ts'
import { foldOps, type L1Store, type L1Tip, tipOp, undoOps } from '../store/records.ts'

/** Where derivation goes on. */
export type OpenRecords = {
  readonly tip: L1Record
  readonly finalized: L1Ref
  /** The number of the oldest record that is kept. */
  readonly oldest: bigint
}

/**
 * The records of a chain, begun with that of the genesis block's origin if there are none. What is damaged after the
 * newest safe head that the chain has (see `recoverChain`) is taken back and derived again. Fatal NodeErrors:
 * `chain_not_derived` (safe blocks and no records), `entry_missing` (the records of what is left were pruned).
 */
export async function openRecords(chain: Chain, store: L1Store, spec: ChainSpec): Promise<OpenRecords> {
  const at = store.tip() ?? (await begin(chain, spec))
  let tip = recordOf(store, at.tip.number)
  while (chain.reader.hashByNumber(tip.safe.number) !== tip.safe.hash) tip = recordOf(store, tip.block.number - 1n)
  // The fold needs the records from here on: they are there unless damage reached what was final.
  recordOf(store, tip.safe.origin.number)
  const { number, hash } = tip.block
  const { safe, finalized } = chain.heads()
  const isBehind = number < at.tip.number
  const final = isBehind && number < at.finalized.number ? { number, hash } : at.finalized
  if (isBehind || safe.hash !== tip.safe.hash) {
    if (finalized.number > tip.safe.number) await chain.rewind(tip.safe.number, { belowFinalized: true })
    const undo = await undoOps(chain.kv, { from: number + 1n, to: at.tip.number })
    await chain.label({ safe: refOf(tip.safe) }, [...undo, tipOp({ tip: { number, hash }, finalized: final })])
  }
  return { tip, finalized: final, oldest: await oldestRecord(chain, number) }
}

async function begin(chain: Chain, spec: ChainSpec): Promise<L1Tip> {
  const { rollup, origin } = spec.l1
  assert(rollup !== undefined, 'a chain that is derived from L1 has contracts there')
  if (chain.heads().safe.number > 0n) throw notDerived()
  const genesis = chain.reader.hashByNumber(0n)!
  const record = firstRecord({
    origin,
    config: { system: systemConfigOf(spec), unsafeSigner: rollup.unsafeSigner },
    genesis: { number: 0n, hash: genesis, timestamp: spec.timestamp },
  })
  const ref = { number: origin.number, hash: origin.hash }
  const tip = { tip: ref, finalized: ref }
  await chain.write([...foldOps(record, []), tipOp(tip)])
  return tip
}

export function refOf({ number, hash }: BlockRef): BlockRef {
  return { number, hash }
}

function recordOf(store: L1Store, number: bigint): L1Record {
  const record = store.record(number)
  if (record === undefined) throw entryMissing(keyOf('l1', number))
  return record
}

async function oldestRecord({ kv }: Chain, tip: bigint): Promise<bigint> {
  for await (const [key] of kv.entries({ ...wholeTable('l1'), limit: 1 })) return numberIn(key)
  return tip
}

function notDerived(): NodeError {
  return new NodeError({
    code: 'chain_not_derived',
    severity: 'fatal',
    message: 'the data directory holds a chain that was not derived from L1',
    fix: 'choose another --data-dir: the chain is derived from L1 again',
  })
}
