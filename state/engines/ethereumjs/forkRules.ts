import type { Address } from '../../../core/hex.ts'
import { predeploys } from '../../../core/predeploys.ts'
import type { SignedTx } from '../../../core/tx.ts'
import { floorDataGas, intrinsicGas, maxInitcodeBytes, maxTxGas } from '../../../core/txGas.ts'

/** What a transaction costs and may do around its execution, fork by fork. The opcodes' side is the library's. */
export type ForkRules = {
  /** The library's name of the fork whose opcodes and precompiles run. */
  readonly hardfork: string
  readonly intrinsicGas: (tx: Pick<SignedTx, 'to' | 'data'>) => bigint
  /** EIP-7623; 0 before. */
  readonly floorGas: (tx: Pick<SignedTx, 'data'>) => bigint
  /** EIP-7825. */
  readonly maxTxGas: bigint | undefined
  /** EIP-3860, in bytes. */
  readonly maxInitcodeBytes: number | undefined
  /** Refunds are at most this part of the gas used: 5 by EIP-3529, 2 before. */
  readonly maxRefundQuotient: bigint
  /** EIP-3607. */
  readonly onlyEoaSends: boolean
  /** EIP-3651. */
  readonly warmCoinbase: boolean
  /** EIP-161: empty accounts that were touched go. */
  readonly clearEmpty: boolean
  /** EIP-6780: a self-destruct removes only what was created in the same transaction. */
  readonly destroyOnlyNew: boolean
  /** Who gets the base fee; nobody on Ethereum, where it is burned. */
  readonly baseFeeTo: Address | undefined
}

/** The rules of this chain. */
export const chainRules: ForkRules = {
  hardfork: 'osaka',
  intrinsicGas,
  floorGas: floorDataGas,
  maxTxGas,
  maxInitcodeBytes,
  maxRefundQuotient: 5n,
  onlyEoaSends: true,
  warmCoinbase: true,
  clearEmpty: true,
  destroyOnlyNew: true,
  baseFeeTo: predeploys.baseFeeVault,
}
