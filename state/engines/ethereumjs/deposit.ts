import { maxBalance } from '../../../core/account.ts'
import { type Address, emptyBytes } from '../../../core/hex.ts'
import type { DepositTx } from '../../../core/tx.ts'
import { createAddress } from '../../../core/txEnvelope.ts'
import type { TxResult } from '../../engine.ts'
import { checkFunds, checkGas } from './checkTx.ts'
import { atomically, sendOff, then } from './execute.ts'
import { credit, endTx, runMessage } from './message.ts'
import type { Vm } from './vm.ts'

/**
 * Executes a deposit (OP Stack deposits specification): the mint always holds; then it runs at gas price 0 without
 * nonce or signature. What cannot run at all (value above the balance, too little gas for its data) is included as
 * failed: nonce counted, all gas used. It never refuses.
 */
export function executeDeposit(vm: Vm, deposit: DepositTx): TxResult | Promise<TxResult> {
  const { from, to, value, data, gas } = deposit
  const depositNonce = vm.host.world.account(from)?.nonce ?? 0n
  const contractAddress = to === undefined ? createAddress(from, depositNonce) : undefined
  return atomically(vm, () => {
    const lost = mint(vm, from, deposit.mint)
    const reject = checkFunds(vm, from, value) ?? checkGas(vm, deposit)
    sendOff(vm, from, 0n)
    if (reject !== undefined)
      return { ...failure(reject.reject), gasUsed: gas, contractAddress, depositNonce, destroyed: lost }
    return then(runMessage(vm, { from, to, value, data, gas, gasPrice: 0n }), (outcome) => {
      const { error, gasUsed, logs, output } = outcome
      const destroyed = lost + endTx(vm, outcome)
      return { succeeded: error === undefined, gasUsed, logs, output, contractAddress, depositNonce, destroyed, error }
    })
  })
}

/** Makes money as far as the account can hold it; the rest, in wei, is lost. */
function mint(vm: Vm, to: Address, wei: bigint): bigint {
  if (wei === 0n) return 0n
  const room = maxBalance - (vm.host.world.account(to)?.balance ?? 0n)
  const held = wei < room ? wei : room
  credit(vm, to, held)
  return wei - held
}

function failure(reason: string): Pick<TxResult, 'succeeded' | 'logs' | 'output' | 'error'> {
  return { succeeded: false, logs: [], output: emptyBytes, error: { kind: 'halt', reason } }
}
