import { emptyCodeHash, maxNonce } from '../../../core/account.ts'
import type { Address } from '../../../core/hex.ts'
import type { TxReject } from '../../../core/reject.ts'
import type { SignedTx } from '../../../core/tx.ts'
import { createAddress } from '../../../core/txEnvelope.ts'
import { effectiveGasPrice, tip } from '../../../core/txFees.ts'
import type { TxResult } from '../../engine.ts'
import { checkTx } from './checkTx.ts'
import { credit, endTx, type Outcome, runMessage, type TopMessage } from './message.ts'
import type { Vm } from './vm.ts'

/** Blob fields of a transaction; this chain has none, tests of Ethereum's forks do. Costs in wei. */
export type Blobs = { readonly hashes: readonly `0x${string}`[]; readonly cost: bigint; readonly maxCost: bigint }

/** Executes a user transaction (types 0, 1, 2, 4) whose sender is known, or refuses it without a trace. */
export function executeUserTx(
  vm: Vm,
  tx: SignedTx,
  from: Address,
  blobs?: Blobs,
): TxResult | TxReject | Promise<TxResult> {
  const reject = checkTx(vm, tx, from, blobs?.maxCost)
  if (reject !== undefined) return reject
  const gasPrice = effectiveGasPrice(tx, vm.host.env.baseFee)
  return atomically(vm, () => {
    sendOff(vm, from, tx.gas * gasPrice + (blobs?.cost ?? 0n))
    return then(runMessage(vm, messageOf(tx, from, gasPrice, blobs)), (outcome) => {
      payFees(vm, tx, from, gasPrice, outcome.gasUsed)
      return txResult(tx, from, outcome, endTx(vm, outcome))
    })
  })
}

/** Takes the price of all gas and counts the nonce. The last one stays; only deposits and calls come that far. */
export function sendOff({ journal, host: { world } }: Vm, from: Address, wei: bigint): void {
  const account = world.account(from)
  journal.touch(from)
  world.setAccount(from, {
    nonce: account === undefined ? 1n : account.nonce + (account.nonce < maxNonce ? 1n : 0n),
    balance: (account?.balance ?? 0n) - wei,
    codeHash: account?.codeHash ?? emptyCodeHash,
  })
}

/** Gives unused gas back to the sender, the tip to the coinbase and the base fee to its vault. */
function payFees(vm: Vm, tx: SignedTx, from: Address, gasPrice: bigint, gasUsed: bigint): void {
  const { baseFee, coinbase } = vm.host.env
  credit(vm, from, (tx.gas - gasUsed) * gasPrice)
  credit(vm, coinbase, tip(tx, baseFee) * gasUsed)
  if (vm.rules.baseFeeTo !== undefined) credit(vm, vm.rules.baseFeeTo, baseFee * gasUsed)
}

/** The result of a transaction that ran. */
function txResult(tx: SignedTx, from: Address, outcome: Outcome, destroyed: bigint): TxResult {
  const { error, gasUsed, logs, output } = outcome
  const contractAddress = tx.to === undefined ? createAddress(from, tx.nonce) : undefined
  return {
    succeeded: error === undefined,
    gasUsed,
    logs,
    output,
    contractAddress,
    depositNonce: undefined,
    destroyed,
    error,
  }
}

/**
 * Runs in a checkpoint of its own: what throws (an outage, a bug) leaves the world as it was, and the VM unused from
 * then on.
 */
export function atomically<T>(vm: Vm, body: () => T | Promise<T>): T | Promise<T> {
  const { world } = vm.host
  const depth = world.depth()
  function fail(error: unknown): never {
    while (world.depth() > depth) world.revert()
    vm.broken = true
    throw error
  }
  function done(value: T): T {
    world.commit()
    return value
  }
  world.checkpoint()
  try {
    const value = body()
    return value instanceof Promise ? value.then(done).catch(fail) : done(value)
  } catch (error) {
    return fail(error)
  }
}

/** Applies `next` at once when the value is there, else when it comes. */
export function then<T, U>(value: T | Promise<T>, next: (value: T) => U): U | Promise<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}

function messageOf(tx: SignedTx, from: Address, gasPrice: bigint, blobs: Blobs | undefined): TopMessage {
  const { to, value, data, gas } = tx
  return {
    from,
    to,
    value,
    data,
    gas,
    gasPrice,
    ...(tx.type === 0 ? {} : { accessList: tx.accessList }),
    ...(tx.type === 4 ? { authorizationList: tx.authorizationList } : {}),
    ...(blobs === undefined ? {} : { blobHashes: blobs.hashes }),
  }
}
