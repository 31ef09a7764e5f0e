import { l1AttributesGas } from '../../core/l1Attributes.ts'
import type { L1Block, L1Inputs } from '../../core/ports/l1.ts'
import type { DepositTx } from '../../core/tx.ts'
import type { L1Record, SafeRef } from './record.ts'

/** An L1 block as an origin. */
export type Epoch = Pick<L1Record, 'block' | 'deposits' | 'config'>

/** Folded L1 blocks by number, in constant time; undefined above the newest and below the safe head's origin. */
export type EpochAt = (number: bigint) => Epoch | undefined

/** What a block with a new origin takes of L1: the origin, and the deposits of every L1 block after the parent's. */
export type EpochStep = { readonly epoch: Epoch; readonly deposits: readonly DepositTx[] }

/**
 * The step from one origin to a later one, or to itself; undefined if an L1 block between them is unknown, or if the
 * gas of the deposits and of the L1 attributes is above the gas limit at the new origin.
 */
export function stepTo(epochAt: EpochAt, from: bigint, to: bigint): EpochStep | undefined {
  const epoch = epochAt(to)
  if (epoch === undefined) return undefined
  const deposits: DepositTx[] = []
  let gas = l1AttributesGas
  for (let number = from + 1n; number <= to; number++) {
    const between = epochAt(number)
    if (between === undefined) return undefined
    for (const deposit of between.deposits) {
      gas += deposit.gas
      deposits.push(deposit)
    }
  }
  return gas <= epoch.config.system.gasLimit ? { epoch, deposits } : undefined
}

/**
 * The longest step from an origin to one of `from + 1` to `to` that `stepTo` allows and `isAllowed` accepts; undefined
 * if there is none. A later one may fit where an earlier one does not: the gas limit moves.
 */
export function longestStep(
  epochAt: EpochAt,
  { from, to }: { readonly from: bigint; readonly to: bigint },
  isAllowed: (block: L1Block) => boolean = () => true,
): EpochStep | undefined {
  let gas = l1AttributesGas
  let longest = from
  for (let number = from + 1n; number <= to; number++) {
    const epoch = epochAt(number)
    if (epoch === undefined) break
    for (const deposit of epoch.deposits) gas += deposit.gas
    if (gas <= epoch.config.system.gasLimit && isAllowed(epoch.block)) longest = number
  }
  return longest === from ? undefined : stepTo(epochAt, from, longest)
}

/** What a child of a block with this origin and sequence number takes of L1 with this step. */
export function inputsOf(
  parent: { readonly origin: { readonly number: bigint }; readonly sequenceNumber: bigint },
  { epoch: { block, config }, deposits }: EpochStep,
): L1Inputs {
  const isSame = block.number === parent.origin.number
  const sequenceNumber = isSame ? parent.sequenceNumber + 1n : 0n
  return { origin: block, deposits, config: config.system, sequenceNumber }
}

/** A block that L1 data means: the child of the safe head, with users' transactions in wire form, of any content. */
export type DerivedBlock = {
  readonly parent: SafeRef
  readonly inputs: L1Inputs
  readonly timestamp: bigint
  readonly txs: readonly Uint8Array[]
}
