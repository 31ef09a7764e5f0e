import type { SignedTx, Tx } from './tx.ts'

/** The most a transaction pays per gas, in wei: `maxFeePerGas`, or the gas price of types 0 and 1; deposits pay nothing. */
export function maxFee(tx: Tx): bigint {
  if (tx.type === 0x7e) return 0n
  return tx.type === 2 || tx.type === 4 ? tx.maxFeePerGas : tx.gasPrice
}

/** The most it tips per gas, in wei: for types 0 and 1 the whole gas price. */
export function maxTip(tx: SignedTx): bigint {
  return tx.type === 2 || tx.type === 4 ? tx.maxPriorityFeePerGas : tx.gasPrice
}

/**
 * What the block producer gets per gas at this base fee, in wei (EIP-1559). Negative if the transaction does not
 * even pay the base fee, so that the order by tip is total.
 */
export function tip(tx: SignedTx, baseFee: bigint): bigint {
  const room = maxFee(tx) - baseFee
  const wanted = maxTip(tx)
  if (wanted < room) return wanted
  return room
}

/** What the sender pays per gas at this base fee, in wei; 0 for a deposit. The transaction pays the base fee at least. */
export function effectiveGasPrice(tx: Tx, baseFee: bigint): bigint {
  return tx.type === 0x7e ? 0n : baseFee + tip(tx, baseFee)
}

/** The balance a sender needs before execution, in wei: gas at the highest price, and the value. */
export function maxCost(tx: SignedTx): bigint {
  return tx.gas * maxFee(tx) + tx.value
}
