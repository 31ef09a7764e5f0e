import { EVMError } from '@ethereumjs/evm'
import { emptyBytes } from '../../../core/hex.ts'
import { maxInitcodeBytes } from '../../../core/txGas.ts'
import { type FrameMemory, wordBytes } from './frameMemory.ts'
import type { RunState } from './interpreterClass.ts'
import type { FastOp } from './memoryOps.ts'

/**
 * CREATE and CREATE2 without the library's test for init code that starts with 0xEF00: that is a rule of EIP-3540,
 * which no fork has, and the library does not ask for the fork. As on Ethereum such code runs, and its first opcode is
 * invalid. The prices, and with them the static check, are the library's.
 */
export const createOps: ReadonlyMap<number, FastOp> = new Map<number, FastOp>([
  [0xf0, { run: create }],
  [0xf5, { run: create2 }],
])

async function create(state: RunState): Promise<void> {
  const [value, offset, length] = state.stack.popN(3) as [bigint, bigint, bigint]
  const gas = takeGas(state)
  const code = initcode(state, offset, length)
  state.stack.push(await state.interpreter.create(gas, value, code))
}

async function create2(state: RunState): Promise<void> {
  const [value, offset, length, salt] = state.stack.popN(4) as [bigint, bigint, bigint, bigint]
  const gas = takeGas(state)
  const code = initcode(state, offset, length)
  state.stack.push(await state.interpreter.create2(gas, value, code, wordBytes(salt)))
}

/** What the price left for the new frame: all but a 64th (EIP-150). */
function takeGas(state: RunState): bigint {
  const gas = state.messageGasLimit as bigint
  delete state.messageGasLimit
  return gas
}

/** EIP-3860: init code that is too long is an exception of the frame that creates. */
function initcode(state: RunState, offset: bigint, length: bigint): Uint8Array {
  const { common } = state.interpreter._evm
  if (common.isActivatedEIP(3860) && length > BigInt(maxInitcodeBytes)) {
    throw new EVMError(EVMError.errorMessages.INITCODE_SIZE_VIOLATION)
  }
  if (length === 0n) return emptyBytes
  return (state.memory as unknown as FrameMemory).read(Number(offset), Number(length), true)
}
