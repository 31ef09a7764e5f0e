import type { Address } from '../../core/hex.ts'
import { settlementAbi } from '../abi/settlement.ts'
import { type Call, fail, need } from '../native/call.ts'
import { amount as checkAmount, payOut } from '../native/money.ts'
import { type ParamName, paramNames, type Split, shareBounds, shareNames } from '../native/rules.ts'
import { emitterOf } from '../native/table.ts'
import { balances, params, splits } from '../storage/settlement.ts'

const emit = emitterOf(settlementAbi)
const whole = 10_000n

/** Sets the split of the margins of batches settled from now on. */
export function setSplit(call: Call, { split }: { readonly split: Split }): undefined {
  needTimelock(call)
  for (const name of shareNames) {
    const { min, max } = shareBounds[name]
    need(split[name] >= min && split[name] <= max, 'OutOfBounds', { min, max })
  }
  need(shareNames.reduce((sum, name) => sum + split[name], 0n) === whole, 'SumMismatch')
  splits.set(call.store, split)
  emit(call, 'SplitSet', { split })
}

/**
 * Sets a parameter. What a batch is settled with (specific part, window, slashing), what it is made final with (the time
 * to claim) and the ends of notices and demands that run stay as they are.
 */
export function setParam(call: Call, { param, value }: { readonly param: bigint; readonly value: bigint }): undefined {
  needTimelock(call)
  const { min, max } = call.rules.params[paramName(param)]
  need(value >= min && value <= max, 'OutOfBounds', { min, max })
  params.set(call.store, { value }, param)
  emit(call, 'ParamSet', { param, value })
}

/** Pays somebody from the insurance fund. */
export function payInsurance(call: Call, { to, amount }: { readonly to: Address; readonly amount: bigint }): undefined {
  needTimelock(call)
  need(amount > 0n, 'ZeroAmount')
  payOut(call, 'insurance', to, checkAmount(amount))
  emit(call, 'InsurancePaid', { to, amount })
}

/** Hands all that is to be burned to the Burner, which takes it out of the chain. */
export function releaseBurns(call: Call): { readonly amount: bigint } {
  need(call.caller === call.rules.burner, 'NotAllowed')
  const amount = balances.field(call.store, 'burns')
  need(amount > 0n, 'AlreadyClaimed')
  payOut(call, 'burns', call.caller, amount)
  emit(call, 'BurnsReleased', { amount })
  return { amount }
}

/** The parameter of a number, or `OutOfBounds` with the numbers that there are. */
export function paramName(param: bigint): ParamName {
  return paramNames[Number(param)] ?? fail('OutOfBounds', { min: 0n, max: BigInt(paramNames.length - 1) })
}

function needTimelock(call: Call): void {
  need(call.caller === call.rules.timelock, 'NotAllowed')
}
