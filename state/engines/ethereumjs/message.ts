import type { EVMResult, ExecResult, Log as LibraryLog } from '@ethereumjs/evm'
import type { PrefixedHexString } from '@ethereumjs/util'
import { emptyCodeHash, maxBalance } from '../../../core/account.ts'
import { type Address, bytesToAddress, bytesToHash, emptyBytes } from '../../../core/hex.ts'
import type { Log } from '../../../core/receipt.ts'
import type { AccessList, Authorization } from '../../../core/tx.ts'
import type { ExecutionError } from '../../engine.ts'
import { applyAuthorizations } from './authorizations.ts'
import { executionError } from './haltReasons.ts'
import { type LibraryBlock, libraryAddress, type Vm } from './vm.ts'

/** The message at the top of a transaction. Its sender has paid, its nonce is counted, its gas covers the intrinsic. */
export type TopMessage = {
  readonly from: Address
  readonly to: Address | undefined
  readonly value: bigint
  readonly data: Uint8Array
  readonly gas: bigint
  /** What GASPRICE reads. */
  readonly gasPrice: bigint
  readonly accessList?: AccessList
  readonly authorizationList?: readonly Authorization[]
  readonly blobHashes?: readonly PrefixedHexString[]
  readonly block?: LibraryBlock
}

export type Outcome = {
  /** After refunds, at least the data floor. */
  readonly gasUsed: bigint
  readonly gasRefund: bigint
  readonly error: ExecutionError | undefined
  readonly output: Uint8Array
  readonly logs: readonly Log[]
  /** Addresses that go at the end of the transaction. */
  readonly doomed: readonly Address[]
}

/** Runs a message: at once when it moves value to an account without code, otherwise as a promise. */
export function runMessage(vm: Vm, message: TopMessage): Outcome | Promise<Outcome> {
  vm.journal.beginTx()
  vm.state.beginTx()
  vm.evm.transientStorage.clear()
  warmUp(vm, message)
  const refund = applyAuthorizations(vm, message.authorizationList ?? [])
  if (isPlainTransfer(vm, message)) return outcomeOf(vm, message, transfer(vm, message), refund)
  return vm.evm.runCall(callOptions(vm, message)).then((result) => outcomeOf(vm, message, result, refund))
}

/** Takes away what self-destructed and what is empty (EIP-161); gives the wei that this destroyed. */
export function endTx({ rules, journal, host: { world } }: Vm, { doomed }: Pick<Outcome, 'doomed'>): bigint {
  let destroyed = journal.burned()
  for (const address of doomed) {
    destroyed += world.account(address)?.balance ?? 0n
    world.deleteAccount(address)
  }
  if (!rules.clearEmpty) return destroyed
  for (const address of journal.touched()) {
    const account = world.account(address)
    if (account === undefined || account.nonce !== 0n || account.balance !== 0n) continue
    if (account.codeHash === emptyCodeHash) world.deleteAccount(address)
  }
  return destroyed
}

/** Adds to a balance, touching the account. */
export function credit({ journal, host: { world } }: Vm, address: Address, wei: bigint): void {
  const account = world.account(address)
  journal.touch(address)
  world.setAccount(address, {
    nonce: account?.nonce ?? 0n,
    balance: (account?.balance ?? 0n) + wei,
    codeHash: account?.codeHash ?? emptyCodeHash,
  })
}

function warmUp({ journal, rules, host: { env } }: Vm, { from, to, accessList }: TopMessage): void {
  journal.warm(from)
  if (to !== undefined) journal.warm(to)
  if (rules.warmCoinbase) journal.warm(env.coinbase)
  for (const { address, storageKeys } of accessList ?? []) {
    journal.warm(address)
    for (const key of storageKeys) journal.warm(address, key)
  }
}

/** Nothing runs: no code, no precompile; and nothing overflows. */
function isPlainTransfer({ evm, host: { world } }: Vm, { to, value }: TopMessage): boolean {
  if (to === undefined || evm.isPrecompile(to)) return false
  const account = world.account(to)
  return account === undefined || (account.codeHash === emptyCodeHash && account.balance + value <= maxBalance)
}

function transfer(vm: Vm, { from, to, value }: TopMessage): EVMResult {
  credit(vm, from, -value)
  credit(vm, to as Address, value)
  return { execResult: { executionGasUsed: 0n, returnValue: emptyBytes } }
}

function callOptions(vm: Vm, message: TopMessage): Parameters<Vm['evm']['runCall']>[0] {
  const { from, to, value, data, gas, gasPrice, blobHashes, block = vm.block } = message
  return {
    block: block as NonNullable<LibraryBlock>,
    gasPrice,
    caller: libraryAddress(from),
    gasLimit: gas - vm.rules.intrinsicGas(message),
    ...(to === undefined ? {} : { to: libraryAddress(to) }),
    value,
    data,
    skipNonceIncrement: true,
    ...(blobHashes === undefined ? {} : { blobVersionedHashes: [...blobHashes] }),
  }
}

function outcomeOf(vm: Vm, message: TopMessage, { execResult }: EVMResult, refund: bigint): Outcome {
  const { rules } = vm
  const spent = rules.intrinsicGas(message) + execResult.executionGasUsed
  const gasRefund = min((execResult.gasRefund ?? 0n) + refund, spent / rules.maxRefundQuotient)
  return {
    gasUsed: max(spent - gasRefund, rules.floorGas(message)),
    gasRefund,
    error: executionError(execResult.exceptionError),
    output: execResult.returnValue,
    logs: (execResult.logs ?? []).map(logOf),
    doomed: doomedBy(vm, execResult),
  }
}

function doomedBy({ rules }: Vm, { selfdestruct, createdAddresses }: ExecResult): readonly Address[] {
  if (selfdestruct === undefined || selfdestruct.size === 0) return []
  const addresses = [...selfdestruct.keys()] as Address[]
  return rules.destroyOnlyNew ? addresses.filter((address) => createdAddresses?.has(address) === true) : addresses
}

function logOf([address, topics, data]: LibraryLog): Log {
  return { address: bytesToAddress(address), topics: topics.map(bytesToHash), data }
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
