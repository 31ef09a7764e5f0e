import { EVMError, type ExecResult, type Log as LibraryLog, type Message } from '@ethereumjs/evm'
import type { Precompile, PrecompileContext, PrecompileResult } from '../../../attribution/precompile.ts'
import { emptyCodeHash } from '../../../core/account.ts'
import { assert, NodeError } from '../../../core/errors.ts'
import { type Address, emptyBytes, hexToBytes } from '../../../core/hex.ts'
import type { World } from '../../../core/state.ts'
import type { BlockEnv } from '../../engine.ts'
import type { TxJournal } from './journal.ts'
import { keyOf, type WorldState } from './stateManager.ts'

/** What native precompiles need of the EVM that runs them. */
export type NativeHost = {
  readonly world: World
  readonly env: BlockEnv
  readonly chainId: bigint
  readonly state: WorldState
  readonly journal: TxJournal
}

/**
 * Runs a native precompile as the code of a message. Whatever it does, the world's checkpoints are even afterwards;
 * its writes are undone by the caller when the result carries an error. Out of gas and throws take all gas; only an
 * outage (`NodeError`, the end of the stack or of the memory) passes through, because it says nothing about the
 * transaction.
 */
export function runNative(
  host: NativeHost,
  precompile: Precompile,
  codeAddress: Address,
  message: Message,
  gasLimit: bigint,
): ExecResult {
  const caller = keyOf(message.caller)
  const self = keyOf(message.to ?? message.codeAddress)
  const logs: LibraryLog[] = []
  let gasLeft = gasLimit
  let exhausted = false

  const context: PrecompileContext = {
    world: guardedWorld(host, message.isStatic),
    caller,
    self,
    codeAddress,
    value: message.value,
    readOnly: message.isStatic,
    delegated: message.delegatecall || self !== codeAddress,
    depth: message.depth,
    block: {
      number: host.env.number,
      timestamp: host.env.timestamp,
      chainId: host.chainId,
      baseFee: host.env.baseFee,
    },
    charge(gas) {
      assert(gas >= 0n, 'negative gas')
      if (gas > gasLeft) {
        exhausted = true
        throw outOfGas
      }
      gasLeft -= gas
    },
    log(topics, data) {
      assert(!message.isStatic, 'log in a static call')
      assert(topics.length <= 4, 'too many topics')
      logs.push([hexToBytes(self), topics.map(hexToBytes), data.slice()])
    },
  }

  const depth = host.world.depth()
  let result: PrecompileResult | undefined
  try {
    result = precompile(context, message.data)
  } catch (error) {
    if (error instanceof NodeError) throw error
    if (isOfMachine(error)) throw outOfMemory(error)
  }
  const uneven = host.world.depth() !== depth
  while (host.world.depth() > depth) host.world.revert()

  if (exhausted) return failed(EVMError.errorMessages.OUT_OF_GAS, gasLimit)
  if (result === undefined || uneven) return failed(EVMError.errorMessages.INTERNAL_ERROR, gasLimit)
  const executionGasUsed = gasLimit - gasLeft
  if (result.kind === 'revert') return failed(EVMError.errorMessages.REVERT, executionGasUsed, result.data)
  // A copy: the input it may come from is the caller's memory.
  return { returnValue: result.data.slice(), executionGasUsed, logs }
}

/** Ends a precompile that ran out of gas; what it throws itself is told apart by identity. */
const outOfGas = new Error('out of gas')

/**
 * True for what one machine throws and another does not: were it the result of a call, nodes would disagree. Other range
 * errors are bugs like any, the same everywhere.
 */
function isOfMachine(error: unknown): error is RangeError {
  return error instanceof RangeError && /call stack size|allocation failed/i.test(error.message)
}

function outOfMemory(cause: RangeError): NodeError {
  return new NodeError(
    {
      code: 'precompile_memory',
      severity: 'fatal',
      message: `a native precompile needs more stack or memory than there is: ${cause.message}`,
      fix: 'give the process more memory and start it again',
    },
    { cause },
  )
}

function failed(error: EVMError['error'], executionGasUsed: bigint, returnValue: Uint8Array = emptyBytes): ExecResult {
  return { returnValue, executionGasUsed, exceptionError: new EVMError(error) }
}

/**
 * The world as a precompile sees it: writes touch their account (EIP-161), note what storage held before the
 * transaction (EIP-2200), and throw in a static call; checkpoints below its own stay out of reach. Storage belongs to
 * accounts that EIP-161 never clears: with nothing but a balance it would be lost when that is spent.
 */
function guardedWorld({ world, state, journal }: NativeHost, readOnly: boolean): World {
  let opened = 0
  function write(address: Address): void {
    assert(!readOnly, 'write in a static call')
    journal.touch(address)
  }
  return {
    account: world.account,
    storage: world.storage,
    code: world.code,
    hasStorage: world.hasStorage,
    depth: () => opened,
    setAccount(address, fields) {
      write(address)
      world.setAccount(address, fields)
    },
    // The account might be one that runs right now.
    deleteAccount: () => assert(false, 'a precompile deletes no account'),
    setCode(address, code) {
      write(address)
      world.setCode(address, code)
    },
    setStorage(address, slot, value) {
      assert(outlivesTouch(world, address), 'storage of an account that may be cleared')
      write(address)
      state.noteOriginal(address, slot)
      world.setStorage(address, slot, value)
    },
    clearStorage(address) {
      write(address)
      world.clearStorage(address)
    },
    checkpoint() {
      opened++
      world.checkpoint()
    },
    commit() {
      assert(opened > 0, 'commit without a checkpoint')
      opened--
      world.commit()
    },
    revert() {
      assert(opened > 0, 'revert without a checkpoint')
      opened--
      world.revert()
    },
    finish() {
      throw new Error('a precompile does not finish the block')
    },
  }
}

function outlivesTouch(world: World, address: Address): boolean {
  const account = world.account(address)
  return account !== undefined && (account.nonce > 0n || account.codeHash !== emptyCodeHash)
}
