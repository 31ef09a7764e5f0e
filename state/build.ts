import { encodeBlock } from '../core/block.ts'
import { assert } from '../core/errors.ts'
import { type Header, headerHash } from '../core/header.ts'
import type { Address, Hash } from '../core/hex.ts'
import { l1AttributesDeposit } from '../core/l1Attributes.ts'
import type { L1Inputs } from '../core/ports/l1.ts'
import type { TxReject } from '../core/reject.ts'
import type { ChainRules } from '../core/rules.ts'
import type { StateReader } from '../core/state.ts'
import type { DepositTx, SignedTx, TxEnvelope } from '../core/tx.ts'
import { envelope } from '../core/txEnvelope.ts'
import type { Engine } from './engine.ts'
import { blockEnv, checkTime, forkUnknown, headerBase } from './headerRules.ts'
import type { SealedBlock } from './sealed.ts'
import { addTx, type Draft, finishDraft, openDraft } from './steps.ts'

export type BuildOptions = {
  readonly parent: Header
  /** The parent's post-state, and its trie nodes by hash. */
  readonly state: StateReader
  readonly readNode: (hash: Hash) => Uint8Array
  readonly inputs: L1Inputs
  readonly timestamp: bigint
  /** Candidates in order, taken until the block is full or `deadline` says so. */
  readonly txs: Iterable<TxEnvelope<SignedTx>>
  /** Told of the sender of each refused candidate: `txs` need not offer its later ones, which cannot follow. */
  readonly skipSender?: (sender: Address) => void
  readonly engine: Engine
  readonly rules: ChainRules
  /** Asked before each user transaction: true ends the block here. */
  readonly deadline?: () => boolean
  /** Solo development only: deposits after those of L1. */
  readonly devDeposits?: readonly DepositTx[]
}

export type BuiltBlock = SealedBlock & {
  /** Candidates that were refused, in order; they left no effect. */
  readonly skipped: readonly { readonly hash: Hash; readonly reject: TxReject }[]
}

/** Gas of the cheapest transaction: with less left nothing fits. */
const minTxGas = 21_000n

/** Builds the child of `parent`: L1-attributes deposit, deposits, then as many candidates as are valid and fit. */
export async function buildBlock(options: BuildOptions): Promise<BuiltBlock> {
  const { parent, state, readNode, inputs, timestamp, engine, rules } = options
  const { origin, config } = inputs
  const late = checkTime(timestamp, parent, origin, rules)
  if (late?.reject === 'fork_unknown') throw forkUnknown(timestamp, late.detail)
  assert(late === undefined, `block time ${timestamp}: ${late?.reject}`)
  const { mixHash, parentBeaconBlockRoot } = origin
  const base = headerBase({ parent, origin, mixHash, parentBeaconBlockRoot, timestamp, config, rules })

  const draft = await openDraft(engine, state, blockEnv(base))
  try {
    for (const deposit of [l1AttributesDeposit(inputs), ...inputs.deposits, ...(options.devDeposits ?? [])]) {
      const reject = await addTx(draft, envelope(deposit, deposit.from))
      assert(reject === undefined, `deposit ${deposit.sourceHash} does not fit: ${reject?.reject}`)
    }
    const skipped = await addCandidates(draft, options)
    const { fields, diff, nodes } = finishDraft(draft, readNode, parent.stateRoot)
    const header: Header = { ...base, ...fields }
    const block = { header, hash: headerHash(header), transactions: draft.transactions }
    assert(encodeBlock(block).length <= rules.maxBlockBytes, 'block too large')
    return { block, receipts: draft.receipts, diff, nodes, skipped }
  } finally {
    draft.execution.close()
  }
}

async function addCandidates(
  draft: Draft,
  { txs, rules, deadline, skipSender }: BuildOptions,
): Promise<BuiltBlock['skipped']> {
  const skipped: { hash: Hash; reject: TxReject }[] = []
  let bytes = 0
  for (const candidate of txs) {
    if (draft.gasUsed + minTxGas > draft.gasLimit || deadline?.() === true) break
    const fits = bytes + candidate.raw.length <= rules.maxBlockTxBytes
    const reject: TxReject | undefined = fits
      ? await addTx(draft, candidate)
      : { reject: 'block_full', detail: 'bytes' }
    if (reject === undefined) bytes += candidate.raw.length
    else {
      skipped.push({ hash: candidate.hash, reject })
      skipSender?.(candidate.from)
    }
  }
  return skipped
}
