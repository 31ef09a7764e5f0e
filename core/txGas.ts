import type { TxReject } from './reject.ts'
import type { Tx } from './tx.ts'

/** Largest init code of a creation, in bytes (EIP-3860). */
export const maxInitcodeBytes = 49_152

/** Largest gas limit of one transaction (EIP-7825); deposits are exempt, or one L1 transaction could stop the chain. */
export const maxTxGas = 16_777_216n

type Priced = Pick<Tx, 'to' | 'data'> & {
  readonly accessList?: readonly { readonly storageKeys: readonly unknown[] }[]
  readonly authorizationList?: readonly unknown[]
}

/**
 * Gas taken before execution (Osaka): 21,000; 4 per zero and 16 per other byte of data (EIP-2028); for a creation
 * 32,000 and 2 per word (EIP-3860); 2,400 per address and 1,900 per key of the access list (EIP-2930); 25,000 per
 * authorization (EIP-7702).
 */
export function intrinsicGas(tx: Priced): bigint {
  let gas = 21_000 + 4 * dataTokens(tx.data)
  if (tx.to === undefined) gas += 32_000 + 2 * Math.ceil(tx.data.length / 32)
  for (const { storageKeys } of tx.accessList ?? []) gas += 2_400 + 1_900 * storageKeys.length
  gas += 25_000 * (tx.authorizationList?.length ?? 0)
  return BigInt(gas)
}

/** The least a transaction pays for its data whatever it executes: 21,000 and 10 per token (EIP-7623). */
export function floorDataGas(tx: Pick<Tx, 'data'>): bigint {
  return BigInt(21_000 + 10 * dataTokens(tx.data))
}

/** Refuses a transaction whose gas limit or init code breaks a rule that needs no state. */
export function checkTxGas(tx: Tx): TxReject | undefined {
  if (tx.type !== 0x7e && tx.gas > maxTxGas) return { reject: 'gas_limit_cap', detail: `cap ${maxTxGas}, tx ${tx.gas}` }
  if (tx.to === undefined && tx.data.length > maxInitcodeBytes) {
    return { reject: 'initcode_too_large', detail: `code size ${tx.data.length}, limit ${maxInitcodeBytes}` }
  }
  const intrinsic = intrinsicGas(tx)
  if (tx.gas < intrinsic) return { reject: 'intrinsic_gas', detail: `have ${tx.gas}, want ${intrinsic}` }
  const floor = floorDataGas(tx)
  if (tx.gas < floor) return { reject: 'floor_data_gas', detail: `have ${tx.gas}, want ${floor}` }
  return undefined
}

/** One token per zero byte, four per other byte (EIP-7623). */
function dataTokens(data: Uint8Array): number {
  let zeros = 0
  for (const byte of data) if (byte === 0) zeros++
  return 4 * data.length - 3 * zeros
}
