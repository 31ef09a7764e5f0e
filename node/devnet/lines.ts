import type { Block } from '../../core/block.ts'
import type { Address } from '../../core/hex.ts'
import type { Receipt } from '../../core/receipt.ts'

/** Transactions printed per block; under load nobody reads more. */
const shownTxs = 50

/**
 * The lines a development chain prints per block: one for the block, one for each user transaction. `contractOf` gives
 * the address of a created contract.
 */
export function blockLines(
  block: Block,
  receipts: readonly Receipt[],
  elapsedMs: number,
  contractOf: (from: Address, nonce: bigint) => Address,
): readonly string[] {
  const { number, gasUsed } = block.header
  const lines: string[] = []
  let users = 0
  for (const [index, { tx, hash, from }] of block.transactions.entries()) {
    if (tx.type === 0x7e || ++users > shownTxs) continue
    const receipt = receipts[index]!
    const target = tx.to === undefined ? `creates ${contractOf(from, tx.nonce)}` : `to ${tx.to}`
    const outcome = receipt.succeeded ? 'ok' : 'FAILED'
    lines.push(`  tx ${hash}  from ${from} ${target}  gas ${receipt.gasUsed}  ${outcome}`)
  }
  if (users > shownTxs) lines.push(`  and ${users - shownTxs} more`)
  const word = users === 1 ? 'tx' : 'txs'
  return [`block ${number}  ${users} ${word}  gas ${gasUsed}  ${Math.round(elapsedMs)} ms  ${block.hash}`, ...lines]
}
