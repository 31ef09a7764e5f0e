import { encodeBlock } from '../core/block.ts'
import { assert } from '../core/errors.ts'
import { type Header, headerHash } from '../core/header.ts'
import type { Hash } from '../core/hex.ts'
import { l1AttributesDeposit } from '../core/l1Attributes.ts'
import type { L1Inputs } from '../core/ports/l1.ts'
import type { ChainRules } from '../core/rules.ts'
import type { StateReader } from '../core/state.ts'
import type { TxEnvelope } from '../core/tx.ts'
import { envelope, openEnvelope } from '../core/txEnvelope.ts'
import type { Engine } from './engine.ts'
import { blockEnv, checkTime, forkUnknown, headerBase } from './headerRules.ts'
import type { SealedBlock } from './sealed.ts'
import { addTx, finishDraft, openDraft } from './steps.ts'

export type PayloadOptions = {
  readonly parent: Header
  /** The parent's post-state, and its trie nodes by hash. */
  readonly state: StateReader
  readonly readNode: (hash: Hash) => Uint8Array
  /** Checked by the caller: the time fits the origin, and the deposits with the attributes fit the gas limit. */
  readonly inputs: L1Inputs
  readonly timestamp: bigint
  /** Users' transactions in wire form, as somebody posted them: anything. */
  readonly txs: readonly Uint8Array[]
  readonly engine: Engine
  readonly rules: ChainRules
}

export type Payload = {
  readonly sealed: SealedBlock
  /** The transactions could not be the block's, so it has none of them. */
  readonly depositOnly: boolean
}

/**
 * The child of `parent` that L1 data means: with exactly these transactions in this order or, if any of them cannot be
 * part of it, with deposits alone. Throws NodeError `fork_unknown` (fatal) where this version does not know the rules.
 */
export async function executePayload(options: PayloadOptions): Promise<Payload> {
  const txs = openTxs(options)
  const sealed = txs && (await execute(options, txs))
  if (sealed !== undefined) return { sealed, depositOnly: false }
  const bare = await execute(options, [])
  assert(bare !== undefined, 'a block of deposits is always valid')
  return { sealed: bare, depositOnly: true }
}

/** The users' transactions with their senders; undefined if one has none, is a deposit, or they are too many bytes. */
function openTxs({ txs, rules }: PayloadOptions): readonly TxEnvelope[] | undefined {
  let bytes = 0
  for (const raw of txs) bytes += raw.length
  if (bytes > rules.maxBlockTxBytes) return undefined
  const opened: TxEnvelope[] = []
  for (const raw of txs) {
    const tx = openEnvelope(raw, rules)
    if ('reject' in tx || tx.tx.type === 0x7e) return undefined
    opened.push(tx)
  }
  return opened
}

/** The block with these transactions; undefined if one of them is refused, or the block is too large with them. */
async function execute(options: PayloadOptions, txs: readonly TxEnvelope[]): Promise<SealedBlock | undefined> {
  const { parent, state, readNode, inputs, timestamp, engine, rules } = options
  const { origin, config } = inputs
  const { mixHash, parentBeaconBlockRoot } = origin
  const late = checkTime(timestamp, parent, origin, rules)
  if (late?.reject === 'fork_unknown') throw forkUnknown(timestamp, late.detail)
  assert(late === undefined, `block time ${timestamp}: ${late?.reject}`)
  const base = headerBase({ parent, origin, mixHash, parentBeaconBlockRoot, timestamp, config, rules })

  const draft = await openDraft(engine, state, blockEnv(base))
  try {
    for (const deposit of [l1AttributesDeposit(inputs), ...inputs.deposits]) {
      const reject = await addTx(draft, envelope(deposit, deposit.from))
      assert(reject === undefined, `deposit ${deposit.sourceHash} does not fit: ${reject?.reject}`)
    }
    for (const tx of txs) if ((await addTx(draft, tx)) !== undefined) return undefined
    const { fields, diff, nodes } = finishDraft(draft, readNode, parent.stateRoot)
    const header: Header = { ...base, ...fields }
    const block = { header, hash: headerHash(header), transactions: draft.transactions }
    // Deposits alone are what L1 says they are: their size is bounded by what they paid for there.
    if (txs.length > 0 && encodeBlock(block).length > rules.maxBlockBytes) return undefined
    return { block, receipts: draft.receipts, diff, nodes }
  } finally {
    draft.execution.close()
  }
}
