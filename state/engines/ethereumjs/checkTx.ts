import { maxNonce } from '../../../core/account.ts'
import type { Address } from '../../../core/hex.ts'
import type { TxReject } from '../../../core/reject.ts'
import type { SignedTx } from '../../../core/tx.ts'
import { maxCost, maxFee, maxTip } from '../../../core/txFees.ts'
import { delegationOf } from './evm.ts'
import { codeOf } from './stateManager.ts'
import type { Vm } from './vm.ts'

const maxU256 = 2n ** 256n - 1n

/**
 * Whether a transaction may be executed now, in geth's order of checks. Its signature was checked when its sender was
 * recovered, the block's remaining gas is for the block to check. `extraCost` in wei is what its sender
 * must own besides gas and value (blobs, in tests).
 */
export function checkTx(vm: Vm, tx: SignedTx, from: Address, extraCost = 0n): TxReject | undefined {
  if (tx.chainId !== undefined && tx.chainId !== vm.chainId) {
    return { reject: 'chain_id_mismatch', detail: `have ${tx.chainId}, want ${vm.chainId}` }
  }
  return (
    checkNonce(vm, tx.nonce, from) ??
    checkSender(vm, tx, from) ??
    checkFees(vm, tx) ??
    checkFunds(vm, from, maxCost(tx) + extraCost) ??
    checkGas(vm, tx)
  )
}

/** The nonce is the account's next one, and not the last a 64-bit counter has (EIP-2681). */
export function checkNonce(vm: Vm, nonce: bigint, from: Address): TxReject | undefined {
  const expected = vm.host.world.account(from)?.nonce ?? 0n
  const detail = `next nonce ${expected}, tx nonce ${nonce}`
  if (nonce < expected) return { reject: 'nonce_too_low', detail }
  if (nonce > expected) return { reject: 'nonce_too_high', detail }
  return nonce === maxNonce ? { reject: 'nonce_max', detail } : undefined
}

function checkSender(vm: Vm, tx: SignedTx, from: Address): TxReject | undefined {
  const { rules, host } = vm
  if (rules.maxTxGas !== undefined && tx.gas > rules.maxTxGas) {
    return { reject: 'gas_limit_cap', detail: `cap ${rules.maxTxGas}, tx ${tx.gas}` }
  }
  // Whom a solo development chain impersonates may be a contract.
  if (!rules.onlyEoaSends || (vm.impersonation && tx.s === 0n)) return undefined
  const code = codeOf(host.world, from)
  return code.length === 0 || delegationOf(code) !== undefined ? undefined : { reject: 'sender_not_eoa' }
}

function checkFees(vm: Vm, tx: SignedTx): TxReject | undefined {
  const { baseFee } = vm.host.env
  if (maxFee(tx) > maxU256 || maxTip(tx) > maxU256) return { reject: 'fee_too_high' }
  if (maxTip(tx) > maxFee(tx)) return { reject: 'tip_above_fee_cap' }
  if (maxFee(tx) < baseFee) {
    return { reject: 'fee_cap_below_base_fee', detail: `maxFeePerGas: ${maxFee(tx)}, baseFee: ${baseFee}` }
  }
  const isEmpty = tx.type === 4 && tx.authorizationList.length === 0
  return isEmpty ? { reject: 'empty_authorization_list' } : undefined
}

/** The account owns at least `cost` wei. */
export function checkFunds(vm: Vm, from: Address, cost: bigint): TxReject | undefined {
  const balance = vm.host.world.account(from)?.balance ?? 0n
  return balance < cost ? { reject: 'insufficient_funds', detail: `have ${balance}, want ${cost}` } : undefined
}

/** The gas limit covers what is taken before execution, and init code has a legal size. */
export function checkGas(
  { rules }: Vm,
  tx: { readonly gas: bigint; readonly to: Address | undefined; readonly data: Uint8Array },
): TxReject | undefined {
  const intrinsic = rules.intrinsicGas(tx)
  if (tx.gas < intrinsic) return { reject: 'intrinsic_gas', detail: `have ${tx.gas}, want ${intrinsic}` }
  const floor = rules.floorGas(tx)
  if (tx.gas < floor) return { reject: 'floor_data_gas', detail: `have ${tx.gas}, want ${floor}` }
  if (tx.to === undefined && rules.maxInitcodeBytes !== undefined && tx.data.length > rules.maxInitcodeBytes) {
    return { reject: 'initcode_too_large', detail: `code size ${tx.data.length}, limit ${rules.maxInitcodeBytes}` }
  }
  return undefined
}
