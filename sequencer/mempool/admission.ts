import { l1AttributesGas } from '../../core/l1Attributes.ts'
import type { TxReject } from '../../core/reject.ts'
import type { ChainRules } from '../../core/rules.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import { maxCost, maxFee, maxTip } from '../../core/txFees.ts'
import { checkTxGas } from '../../core/txGas.ts'
import type { PoolLimits } from './limits.ts'
import type { Sender } from './sender.ts'

export type TxContext = {
  readonly rules: Pick<ChainRules, 'chainId' | 'minBaseFee' | 'impersonation'>
  readonly limits: Pick<PoolLimits, 'maxTxBytes' | 'minTipWei'>
  /** Of the head block. */
  readonly gasLimit: bigint
  /** Exempt from the minimum tip. */
  readonly sheltered: boolean
}

/** The gas that a block with this gas limit has for users whatever its first deposit, the L1 attributes, takes of it. */
export function userGas(gasLimit: bigint): bigint {
  return gasLimit - l1AttributesGas
}

const maxUint64 = 2n ** 64n - 1n
const maxUint256 = 2n ** 256n - 1n

/** The rules that need no account, cheapest first. Texts after the code are geth's. */
export function checkTx(envelope: TxEnvelope, { rules, limits, gasLimit, sheltered }: TxContext): TxReject | undefined {
  const { tx, raw } = envelope
  if (tx.type === 0x7e) return { reject: 'tx_type_unsupported', detail: 'deposits come from L1 only' }
  if (raw.length > limits.maxTxBytes) {
    return { reject: 'tx_oversized', detail: `transaction size ${raw.length}, limit ${limits.maxTxBytes}` }
  }
  // Without a chain id it is a transaction from before EIP-155, valid on every chain.
  if (tx.chainId !== undefined && tx.chainId !== rules.chainId) {
    return { reject: 'chain_id_mismatch', detail: `have ${tx.chainId} want ${rules.chainId}` }
  }
  if (tx.s === 0n && !rules.impersonation) return { reject: 'invalid_signature' }
  if (tx.nonce >= maxUint64) return { reject: 'nonce_max' }
  if (tx.gas > userGas(gasLimit)) return { reject: 'gas_limit_exceeded' }
  if (tx.type === 4 && tx.authorizationList.length === 0) return { reject: 'empty_authorization_list' }
  return checkPrice(tx, sheltered ? 0n : limits.minTipWei, rules.minBaseFee) ?? checkTxGas(tx)
}

/** The base fee never falls below `minBaseFee`: a transaction that pays less would wait for ever. */
function checkPrice(tx: SignedTx, minTip: bigint, minBaseFee: bigint): TxReject | undefined {
  const feeCap = maxFee(tx)
  const tipCap = maxTip(tx)
  if (feeCap > maxUint256) return { reject: 'fee_too_high' }
  if (tipCap > feeCap) {
    return { reject: 'tip_above_fee_cap', detail: `maxPriorityFeePerGas: ${tipCap}, maxFeePerGas: ${feeCap}` }
  }
  if (tipCap < minTip) return { reject: 'underpriced', detail: `gas tip cap ${tipCap}, minimum needed ${minTip}` }
  if (feeCap < minBaseFee)
    return { reject: 'underpriced', detail: `gas fee cap ${feeCap}, minimum needed ${minBaseFee}` }
  return undefined
}

/**
 * The rules about the sender's account: code (EIP-3607, a delegation is no contract), nonce, and a balance that pays
 * for this transaction and all its executable ones. `spent` is what those cost, `replacedCost` what the one with the
 * same nonce among them does.
 */
export function checkSender(
  { tx, from }: TxEnvelope<SignedTx>,
  sender: Sender,
  { spent, replacedCost }: { readonly spent: bigint; readonly replacedCost: bigint | undefined },
): TxReject | undefined {
  const { nonce, balance, codeBytes, delegated } = sender
  if (tx.nonce < nonce) return { reject: 'nonce_too_low', detail: `next nonce ${nonce}, tx nonce ${tx.nonce}` }
  // Contracts send only when impersonated, on a development chain.
  if (codeBytes > 0 && !delegated && tx.s !== 0n) {
    return { reject: 'sender_not_eoa', detail: `address ${from}, len(code): ${codeBytes}` }
  }
  const cost = maxCost(tx)
  const missing = (detail: string, need: bigint): TxReject | undefined =>
    need > balance
      ? { reject: 'insufficient_funds', detail: `balance ${balance}, ${detail}, overshot ${need - balance}` }
      : undefined
  const alone = missing(`tx cost ${cost}`, cost)
  if (alone !== undefined) return alone
  if (replacedCost === undefined) return missing(`queued cost ${spent}, tx cost ${cost}`, spent + cost)
  const bump = cost - replacedCost
  return missing(`queued cost ${spent}, tx bumped ${bump}`, spent + bump)
}
