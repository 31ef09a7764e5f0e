import { type Block, encodeBlock } from '../core/block.ts'
import type { Header } from '../core/header.ts'
import { equalBytes, type Hash } from '../core/hex.ts'
import { decodeL1Attributes, l1AttributesDeposit } from '../core/l1Attributes.ts'
import type { TxReject } from '../core/reject.ts'
import type { ChainRules, SystemConfig } from '../core/rules.ts'
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
  /** In force at the block's origin. */
  readonly config: SystemConfig
  readonly engine: Engine
  readonly rules: ChainRules
}

/**
 * Executes the block from scratch and compares everything its header says. Whether its origin and deposits are those
 * of L1 is for derivation to say.
 */
export async function verifyBlock(options: VerifyOptions): Promise<SealedBlock | BlockReject> {
  const { parent, block, state, readNode, engine } = options
  const base = expectedBase(options)
  if ('reject' in base) return base
  const malformed = checkHeader(block.header, base) ?? checkBody(options)
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

/** The header fields that follow from the parent, the configuration and what the block says of its origin. */
function expectedBase({ parent, block, config, rules }: VerifyOptions): HeaderBase | BlockReject {
  const { header, transactions } = block
  const first = transactions[0]
  const attributes = first?.tx.type === 0x7e ? decodeL1Attributes(first.tx.data) : undefined
  if (first === undefined || attributes === undefined) return { reject: 'l1_attributes' }
  const { origin, sequenceNumber } = attributes
  const { mixHash, parentBeaconBlockRoot, timestamp } = header
  const full = { ...origin, mixHash, parentBeaconBlockRoot }
  const deposit = l1AttributesDeposit({ origin: full, config, sequenceNumber })
  if (!equalBytes(first.raw, encodeTx(deposit))) return { reject: 'l1_attributes' }
  return (
    checkTime(timestamp, parent, origin, rules) ??
    headerBase({ parent, origin, mixHash, parentBeaconBlockRoot, timestamp, config, rules })
  )
}

/** Deposits first, and sizes within their limits. */
function checkBody({ block, rules }: VerifyOptions): BlockReject | undefined {
  let userBytes = 0
  for (const { tx, raw } of block.transactions) {
    if (tx.type !== 0x7e) userBytes += raw.length
    else if (userBytes > 0) return { reject: 'deposit_order' }
  }
  if (userBytes > rules.maxBlockTxBytes) return { reject: 'tx_bytes' }
  return encodeBlock(block).length > rules.maxBlockBytes ? { reject: 'block_bytes' } : undefined
}

function blockCode({ reject }: TxReject): BlockReject['reject'] {
  return reject === 'gas_limit_exceeded' || reject === 'block_full' ? 'gas_limit' : 'tx_invalid'
}
