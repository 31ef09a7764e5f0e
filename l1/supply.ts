import { decodeAccount } from '../core/accountRlp.ts'
import { assert } from '../core/errors.ts'
import type { Hash } from '../core/hex.ts'
import type { DepositTx } from '../core/tx.ts'
import { walkTrie } from '../state/trie/walk.ts'

/** OPEN on both layers, in wei: on L2 after a block with origin o, on L1 after a block that is not before o. */
export type Supply = {
  /** In the genesis state, and what the portal took when it was initialised. */
  readonly genesisSupply: bigint
  /** Mints of deposits in the L1 blocks after the genesis block's origin up to o. */
  readonly minted: bigint
  /** Mints of deposits in the L1 blocks after o: on their way to L2. */
  readonly arriving: bigint
  /** The sum of all balances on L2. */
  readonly balances: bigint
  /** Burned by self-destructs on L2 so far (EIP-6780). */
  readonly destroyed: bigint
  /** The message passer's balance on L2, part of `balances`: what was ever withdrawn. */
  readonly withdrawn: bigint
  /** Withdrawals that the portal has paid out. */
  readonly finalized: bigint
  /** What the portal counts as its own. */
  readonly escrowed: bigint
}

/** An equation that does not hold: both its sides, in wei. */
export type SupplyFault = {
  readonly code: 'l2_balances' | 'l1_escrow' | 'unbacked_withdrawals'
  readonly expected: bigint
  readonly got: bigint
}

/**
 * Whether money is conserved over both layers. Undefined, or the first fault of:
 *  - `l2_balances`: balances + destroyed = genesisSupply + minted.
 *  - `l1_escrow`: escrowed = genesisSupply + minted + arriving - finalized.
 *  - `unbacked_withdrawals`: finalized <= withdrawn.
 * It follows that escrowed = (balances - withdrawn) + (withdrawn - finalized) + arriving + destroyed: the portal holds
 * what can be spent on L2, what is on its way in either direction, and what was destroyed.
 */
export function checkSupply(supply: Supply): SupplyFault | undefined {
  const { genesisSupply, minted, arriving, balances, destroyed, withdrawn, finalized, escrowed } = supply
  const onL2 = genesisSupply + minted - destroyed
  if (balances !== onL2) return { code: 'l2_balances', expected: onL2, got: balances }
  const onL1 = genesisSupply + minted + arriving - finalized
  if (escrowed !== onL1) return { code: 'l1_escrow', expected: onL1, got: escrowed }
  if (finalized > withdrawn) return { code: 'unbacked_withdrawals', expected: withdrawn, got: finalized }
  return undefined
}

/** The sum of all balances in the state with this root, in wei. Reads the whole account trie. */
export function sumBalances(readNode: (hash: Hash) => Uint8Array, stateRoot: Hash): bigint {
  let sum = 0n
  for (const { value } of walkTrie(readNode, stateRoot)) {
    const account = decodeAccount(value)
    assert(account !== undefined, 'the state trie holds something else than accounts')
    sum += account.balance
  }
  return sum
}

/** What deposits mint, in wei: also of those that fail afterwards. */
export function sumMints(deposits: Iterable<Pick<DepositTx, 'mint'>>): bigint {
  let sum = 0n
  for (const { mint } of deposits) sum += mint
  return sum
}
