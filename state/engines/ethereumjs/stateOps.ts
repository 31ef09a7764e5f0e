import { EVMError } from '@ethereumjs/evm'
import { Address } from '@ethereumjs/util'
import { equalBytes, trimZeros } from '../../../core/hex.ts'
import { pushedValue } from './codeAnalysis.ts'
import { type FrameMemory, wordBytes, wordOf } from './frameMemory.ts'
import type { RunState } from './interpreterClass.ts'
import type { FastOp } from './memoryOps.ts'
import { now } from './stateManager.ts'

const { errorMessages } = EVMError

/** Prices since EIP-2929 and, for SSTORE, EIP-3529. */
const warmGas = 100n
const coldAccountGas = 2_600n
const coldSlotGas = 2_100n
const setGas = 20_000n
const resetGas = 5_000n - coldSlotGas
const clearRefund = 4_800n

/** Hot path: the opcodes on accounts and storage. */
export const stateOps: ReadonlyMap<number, FastOp> = new Map<number, FastOp>([
  [0x31, { gas: (state, base) => base + accountGas(state), gasSince: 2929, run: balance }],
  [0x3b, { gas: (state, base) => base + accountGas(state), gasSince: 2929, run: extCodeSize }],
  [0x3c, { run: extCodeCopy }],
  [0x3f, { gas: (state, base) => base + accountGas(state), gasSince: 2929, run: extCodeHash }],
  [0x54, { gas: (state, base) => base + slotGas(state, warmGas), gasSince: 2929, run: sload }],
  [0x55, { gas: (state, base) => base + sstoreGas(state), gasSince: 3529, run: sstore }],
  [0x5c, { run: tload }],
  [0x5d, { run: tstore }],
])

function accountGas({ stack, interpreter: { journal } }: RunState): bigint {
  const { bytes } = addressOf(stack.peek(1)[0] as bigint)
  if (journal.isWarmedAddress(bytes)) return warmGas
  journal.addWarmedAddress(bytes)
  return coldAccountGas
}

/** The price of touching the slot on top of the stack: `warm` if it was touched before in the transaction. */
function slotGas({ stack, env, interpreter: { journal } }: RunState, warm: bigint): bigint {
  const slot = wordBytes(stack.peek(1)[0] as bigint)
  if (journal.isWarmedStorage(env.address.bytes, slot)) return warm
  journal.addWarmedStorage(env.address.bytes, slot)
  return coldSlotGas
}

/** EIP-2200 with the numbers of EIP-2929 and EIP-3529: by what the slot had before the transaction, has, and gets. */
function sstoreGas(state: RunState): bigint {
  const { stack, env, stateManager, interpreter } = state
  if (interpreter.isStatic()) throw new EVMError(errorMessages.STATIC_STATE_CHANGE)
  if (state.gasLeft <= 2_300n) throw new EVMError(errorMessages.OUT_OF_GAS)
  const [word, value] = stack.peek(2) as [bigint, bigint]
  const slot = wordBytes(word)
  const current = toWord(now(stateManager.getStorage(env.address, slot)))
  const original = toWord(now(stateManager.originalStorageCache.get(env.address, slot)))
  const access = slotGas(state, 0n)
  if (value === current) return access + warmGas
  if (current === original) {
    if (original === 0n) return access + setGas
    if (value === 0n) interpreter.refundGas(clearRefund)
    return access + resetGas
  }
  if (original !== 0n) {
    if (current === 0n) interpreter.subRefund(clearRefund)
    else if (value === 0n) interpreter.refundGas(clearRefund)
  }
  if (value === original) interpreter.refundGas((original === 0n ? setGas : resetGas) - warmGas)
  return access + warmGas
}

function balance({ stack, env, stateManager }: RunState): void {
  const address = addressOf(stack.pop())
  const isSelf = equalBytes(address.bytes, env.address.bytes)
  stack.push(isSelf ? env.contract.balance : (now(stateManager.getAccount(address))?.balance ?? 0n))
}

function extCodeSize({ stack, stateManager }: RunState): void {
  stack.push(BigInt(now(stateManager.getCode(addressOf(stack.pop()))).length))
}

function extCodeCopy({ stack, stateManager, memory }: RunState): void {
  const [address, offset, start, length] = stack.popN(4) as [bigint, bigint, bigint, bigint]
  if (length === 0n) return
  const code = now(stateManager.getCode(addressOf(address)))
  const frameMemory = memory as unknown as FrameMemory
  frameMemory.copyFrom(Number(offset), Number(length), code, start)
}

function extCodeHash({ stack, stateManager }: RunState): void {
  const account = now(stateManager.getAccount(addressOf(stack.pop())))
  stack.push(account === undefined || account.isEmpty() ? 0n : wordOf(account.codeHash))
}

function sload({ stack, env, stateManager }: RunState): void {
  stack.push(toWord(now(stateManager.getStorage(env.address, wordBytes(stack.pop())))))
}

function sstore({ stack, env, stateManager }: RunState): void {
  const slot = wordBytes(stack.pop())
  now(stateManager.putStorage(env.address, slot, trimZeros(wordBytes(stack.pop()))))
}

function tload({ stack, interpreter }: RunState): void {
  stack.push(toWord(interpreter.transientStorageLoad(wordBytes(stack.pop()))))
}

function tstore({ stack, interpreter }: RunState): void {
  if (interpreter.isStatic()) throw new EVMError(errorMessages.STATIC_STATE_CHANGE)
  const slot = wordBytes(stack.pop())
  interpreter.transientStorageStore(slot, wordBytes(stack.pop()))
}

function addressOf(word: bigint): Address {
  return new Address(wordBytes(word).subarray(12))
}

/** Up to 32 big-endian bytes as a number. */
function toWord(bytes: Uint8Array): bigint {
  return bytes.length === 32 ? wordOf(bytes) : bytes.length === 0 ? 0n : pushedValue(bytes, 0, bytes.length)
}
