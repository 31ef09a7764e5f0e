import type { Block } from '../../core/block.ts'
import { assert } from '../../core/errors.ts'
import type { Header } from '../../core/header.ts'
import { equalBytes } from '../../core/hex.ts'
import { l1AttributesDeposit } from '../../core/l1Attributes.ts'
import type { Receipt } from '../../core/receipt.ts'
import type { ChainRules } from '../../core/rules.ts'
import { encodeTx } from '../../core/txEncode.ts'
import { effectiveGasPrice } from '../../core/txFees.ts'
import type { Chain } from '../../state/chain.ts'
import type { Engine } from '../../state/engine.ts'
import { checkHeader, headerBase } from '../../state/headerRules.ts'
import { executePayload } from '../../state/payload.ts'
import type { DerivedBlock } from '../derive/epoch.ts'
import type { AppliedBlock } from '../derive/fold.ts'

export type ApplyPorts = {
  readonly chain: Pick<Chain, 'heads' | 'reader' | 'state' | 'append'>
  readonly engine: Engine
  readonly rules: ChainRules
  /** Takes the chain back to a block. */
  readonly drop: (toNumber: bigint) => Promise<void>
}

/**
 * Makes a derived block the chain's child of its parent, which must be canonical. A stored block that says the same is
 * that block, without executing it again; any other one gives way with all that follow it.
 */
export async function applyBlock(
  { chain, engine, rules, drop }: ApplyPorts,
  derived: DerivedBlock,
): Promise<AppliedBlock> {
  const { reader } = chain
  const parent = reader.headerByHash(derived.parent.hash)
  assert(parent !== undefined, `the safe head ${derived.parent.number} is stored`)
  const number = parent.number + 1n
  const storedHash = reader.hashByNumber(number)
  const stored = storedHash === undefined ? undefined : reader.blockByHash(storedHash)
  if (stored !== undefined && saysTheSame(stored, parent, derived, rules)) return appliedAs(chain, stored, derived)

  const { inputs, timestamp, txs } = derived
  const state = chain.state(parent.stateRoot)
  const { readNode } = reader
  const { sealed } = await executePayload({ parent, state, readNode, inputs, timestamp, txs, engine, rules })
  // After a restart a block without its batch's transactions is found here.
  if (sealed.block.hash === storedHash) return appliedAs(chain, sealed.block, derived)
  if (chain.heads().unsafe.number > parent.number) await drop(parent.number)
  await chain.append(sealed)
  return appliedOf(sealed.block, sealed.receipts, derived)
}

/** Whether a block that was executed on this parent is the derived one: what it was made from is equal. */
function saysTheSame(
  { header, transactions }: Block,
  parent: Header,
  derived: DerivedBlock,
  rules: ChainRules,
): boolean {
  const { inputs, timestamp, txs } = derived
  const { origin, config } = inputs
  const { mixHash, parentBeaconBlockRoot } = origin
  const base = headerBase({ parent, origin, mixHash, parentBeaconBlockRoot, timestamp, config, rules })
  if (checkHeader(header, base) !== undefined) return false
  const expected = [...[l1AttributesDeposit(inputs), ...inputs.deposits].map(encodeTx), ...txs]
  if (transactions.length !== expected.length) return false
  return transactions.every(({ raw }, index) => equalBytes(raw, expected[index]!))
}

function appliedAs({ reader }: ApplyPorts['chain'], block: Block, derived: DerivedBlock): AppliedBlock {
  const receipts = reader.receiptsByHash(block.hash)
  assert(receipts !== undefined, `block ${block.header.number} has receipts`)
  return appliedOf(block, receipts, derived)
}

function appliedOf(block: Block, receipts: readonly Receipt[], { txs }: DerivedBlock): AppliedBlock {
  const { number, baseFeePerGas } = block.header
  let transactions = 0
  let feesWei = 0n
  for (const [index, { tx }] of block.transactions.entries()) {
    if (tx.type === 0x7e) continue
    transactions++
    feesWei += receipts[index]!.gasUsed * effectiveGasPrice(tx, baseFeePerGas)
  }
  return { number, hash: block.hash, transactions, feesWei, isWhole: transactions === txs.length }
}
