import { emptyCodeHash, maxBalance } from '../../../core/account.ts'
import type { Address } from '../../../core/hex.ts'
import type { TxReject } from '../../../core/reject.ts'
import { createAddress } from '../../../core/txEnvelope.ts'
import type { CallMessage, CallResult } from '../../engine.ts'
import { checkFunds, checkGas, checkNonce } from './checkTx.ts'
import { sendOff, then } from './execute.ts'
import { type Outcome, runMessage } from './message.ts'
import { type Vm, withoutBaseFee } from './vm.ts'

/** Runs a message like a transaction of its own, then undoes everything it did. */
export function executeCall(vm: Vm, message: CallMessage): CallResult | TxReject | Promise<CallResult | TxReject> {
  const { world } = vm.host
  const { from, gas, gasPrice, value } = message
  const cost = gas * gasPrice + value
  const reject =
    (cost > maxBalance ? tooMuch : undefined) ??
    (message.nonce === undefined ? undefined : checkNonce(vm, message.nonce, from)) ??
    (message.checkBalance ? checkFunds(vm, from, cost) : undefined) ??
    checkGas(vm, message)
  if (reject !== undefined) return reject

  const contractAddress = message.to === undefined ? createAddress(from, world.account(from)?.nonce ?? 0n) : undefined
  const depth = world.depth()
  function undo(): void {
    while (world.depth() > depth) world.revert()
  }
  function fail(error: unknown): never {
    undo()
    vm.broken = true
    throw error
  }
  world.checkpoint()
  try {
    if (!message.checkBalance) lend(vm, message, cost)
    sendOff(vm, from, gas * gasPrice)
    const block = gasPrice === 0n ? withoutBaseFee(vm) : vm.block
    const result = then(runMessage(vm, { ...message, block }), (outcome) => callResult(outcome, contractAddress))
    if (result instanceof Promise) return result.finally(undo).catch(fail)
    undo()
    return result
  } catch (error) {
    return fail(error)
  }
}

const tooMuch: TxReject = { reject: 'insufficient_funds', detail: 'required balance exceeds 256 bits' }

/** Raises the sender's balance to what the message needs. */
function lend({ host: { world } }: Vm, { from }: CallMessage, cost: bigint): void {
  const account = world.account(from)
  if (account !== undefined && account.balance >= cost) return
  world.setAccount(from, { nonce: account?.nonce ?? 0n, balance: cost, codeHash: account?.codeHash ?? emptyCodeHash })
}

function callResult(outcome: Outcome, contractAddress: Address | undefined): CallResult {
  const { error, output, gasUsed, gasRefund, logs } = outcome
  return { kind: error?.kind ?? 'success', output, gasUsed, gasRefund, logs, contractAddress, reason: error?.reason }
}
