import { type Block, encodeBlock } from '../core/block.ts'
import type { Header } from '../core/header.ts'
import { equalBytes, type Hash } from '../core/hex.ts'
import { l1AttributesDeposit } from '../core/l1Attributes.ts'
import type { L1Block, L1Inputs } from '../core/ports/l1.ts'
import type { TxReject } from '../core/reject.ts'
import type { ChainRules } from '../core/rules.ts'
import type { StateReader } from '../core/state.ts'
import { encodeTx } from '../core/txEncode.ts'
import type { Engine } from './engine.ts'
import { blockEnv, checkHeader, checkTime, type HeaderBase, headerBase } from './headerRules.ts'
import type { BlockReject, SealedBlock } from './sealed.ts'
import { addTx, finishDraft, openDraft } from './steps.ts'

export type VerifyOptions = {
  readonly parent: Header
  readonly block: Block
  /** The parent's post-state, and its trie nodes by hash. */
  readonly state: StateReader
  readonly readNode: (hash: Hash) => Uint8Array
  /** The parent's L1 origin. */
  readonly parentOrigin: Pick<L1Block, 'number'>
  /** What L1 gives to this block, from a source that the caller trusts: nothing of it is taken from the block. */
  readonly inputs: L1Inputs
  readonly engine: Engine
  readonly rules: ChainRules
}

/** Executes the block from scratch and compares everything it says with the rules, the parent and L1. */
export async function verifyBlock(options: VerifyOptions): Promise<SealedBlock | BlockReject> {
  const { parent, block, state, readNode, engine } = options
  const base = expectedBase(options)
  if ('reject' in base) return base
  const malformed = checkDeposits(options) ?? checkHeader(block.header, base) ?? checkSize(options)
  if (malformed !== undefined) return malformed

  const draft = await openDraft(engine, state, blockEnv(base))
  try {
    for (const [index, envelope] of block.transactions.entries()) {
      const reject = await addTx(draft, envelope)
      if (reject !== undefined) return { reject: blockCode(reject), detail: `transaction ${index}: ${reject.reject}` }
    }
    const { fields, diff, nodes } = finishDraft(draft, readNode, parent.stateRoot)
    return checkHeader(block.header, fields) ?? { block, receipts: draft.receipts, diff, nodes }
  } finally {
    draft.execution.close()
  }
}

/** The header fields that follow from the parent and L1. */
function expectedBase({ parent, parentOrigin, block, inputs, rules }: VerifyOptions): HeaderBase | BlockReject {
  const { origin, config } = inputs
  const { timestamp } = block.header
  const step = origin.number - parentOrigin.number
  if (step < 0n || step > rules.maxOriginStep) return { reject: 'origin_step' }
  const { mixHash, parentBeaconBlockRoot } = origin
  return (
    checkTime(timestamp, parent, origin, rules) ??
    headerBase({ parent, origin, mixHash, parentBeaconBlockRoot, timestamp, config, rules })
  )
}

/** The deposits are exactly those of L1, in their place; solo development chains may add their own after them. */
function checkDeposits({ block, inputs, rules }: VerifyOptions): BlockReject | undefined {
  const expected = [l1AttributesDeposit(inputs), ...inputs.deposits]
  for (const [index, deposit] of expected.entries()) {
    const raw = block.transactions[index]?.raw
    if (raw !== undefined && equalBytes(raw, encodeTx(deposit))) continue
    return { reject: index === 0 ? 'l1_attributes' : 'deposits', detail: `transaction ${index}` }
  }
  const first = rules.impersonation ? firstUserTx(block) : expected.length
  const stray = block.transactions.findIndex(({ tx }, index) => index >= first && tx.type === 0x7e)
  return stray < 0 ? undefined : { reject: 'deposits', detail: `transaction ${stray}` }
}

function firstUserTx({ transactions }: Block): number {
  const first = transactions.findIndex(({ tx }) => tx.type !== 0x7e)
  return first < 0 ? transactions.length : first
}

function checkSize({ block, rules }: VerifyOptions): BlockReject | undefined {
  let userBytes = 0
  for (const { tx, raw } of block.transactions) if (tx.type !== 0x7e) userBytes += raw.length
  if (userBytes > rules.maxBlockTxBytes) return { reject: 'tx_bytes' }
  return encodeBlock(block).length > rules.maxBlockBytes ? { reject: 'block_bytes' } : undefined
}

function blockCode({ reject }: TxReject): BlockReject['reject'] {
  return reject === 'gas_limit_exceeded' || reject === 'block_full' ? 'gas_limit' : 'tx_invalid'
}
