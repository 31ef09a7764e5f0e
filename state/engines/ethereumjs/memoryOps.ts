import { EVMError } from '@ethereumjs/evm'
import { keccak256 } from '../../../core/keccak.ts'
import { analysisOf, pushedValue } from './codeAnalysis.ts'
import { type FrameMemory, wordBytes, wordOf } from './frameMemory.ts'
import type { RunState } from './interpreterClass.ts'

/** An opcode in place of the library's: without a promise where nothing is waited for. */
export type FastOp = {
  /** Replaces the library's dynamic gas. */
  readonly gas?: (state: RunState, base: bigint) => bigint
  /** The EIP whose prices `gas` has: before it, the library's stay. */
  readonly gasSince?: number
  readonly run?: (state: RunState) => void | Promise<void>
}

const { errorMessages } = EVMError

/** Hot path: the opcodes on memory, input and jumps. Their prices never changed between forks. */
export const memoryOps: ReadonlyMap<number, FastOp> = new Map<number, FastOp>([
  [0x20, { gas: (state, base) => base + rangeGas(state, 0, 1) + 6n * wordsAt(state, 1), run: keccak }],
  [0x35, { run: callDataLoad }],
  [0x37, { gas: copyGas, run: (state) => copy(state, state.interpreter.getCallData()) }],
  [0x39, { gas: copyGas, run: (state) => copy(state, state.interpreter.getCode()) }],
  [0x3e, { gas: returnDataCopyGas, run: (state) => copy(state, state.interpreter.getReturnData()) }],
  [0x51, { gas: (state, base) => base + wordGas(state), run: mload }],
  [0x52, { gas: (state, base) => base + wordGas(state), run: mstore }],
  [0x53, { gas: (state, base) => base + memoryGas(state, peek(state, 0), 1n), run: mstore8 }],
  [0x56, { run: (state) => jump(state, state.stack.pop()) }],
  [0x57, { run: jumpIf }],
  [0x5e, { gas: mcopyGas }],
  [0xf3, { gas: (state, base) => base + rangeGas(state, 0, 1) }],
  [0xfd, { gas: (state, base) => base + rangeGas(state, 0, 1) }],
  ...Array.from({ length: 32 }, (_, index): [number, FastOp] => [0x60 + index, { run: push }]),
  ...Array.from({ length: 5 }, (_, index): [number, FastOp] => [0xa0 + index, { gas: logGas, run: log }]),
])

function memoryOf(state: RunState): FrameMemory {
  return state.memory as unknown as FrameMemory
}

function peek(state: RunState, depth: number): bigint {
  return state.stack.peek(depth + 1)[depth] as bigint
}

/** What it costs to reach `offset + length` (Yellow Paper, equation 326: 3 per word and words² / 512). */
function memoryGas(state: RunState, offset: bigint, length: bigint): bigint {
  if (length === 0n) return 0n
  const words = (offset + length + 31n) / 32n
  if (words <= state.memoryWordCount) return 0n
  const cost = 3n * words + (words * words) / 512n
  const added = cost - state.highestMemCost
  state.highestMemCost = cost
  state.memoryWordCount = words
  return added
}

function rangeGas(state: RunState, offset: number, length: number): bigint {
  const top = state.stack.peek(Math.max(offset, length) + 1)
  return memoryGas(state, top[offset] as bigint, top[length] as bigint)
}

function wordGas(state: RunState): bigint {
  return memoryGas(state, peek(state, 0), 32n)
}

function wordsAt(state: RunState, depth: number): bigint {
  return (peek(state, depth) + 31n) / 32n
}

function copyGas(state: RunState, base: bigint): bigint {
  return base + rangeGas(state, 0, 2) + 3n * wordsAt(state, 2)
}

function returnDataCopyGas(state: RunState, base: bigint): bigint {
  const [, start, length] = state.stack.peek(3) as [bigint, bigint, bigint]
  if (start + length > state.interpreter.getReturnDataSize()) throw new EVMError(errorMessages.OUT_OF_GAS)
  return copyGas(state, base)
}

function mcopyGas(state: RunState, base: bigint): bigint {
  const words = 3n * wordsAt(state, 2)
  return base + words + rangeGas(state, 1, 2) + rangeGas(state, 0, 2)
}

function logGas(state: RunState, base: bigint): bigint {
  if (state.interpreter.isStatic()) throw new EVMError(errorMessages.STATIC_STATE_CHANGE)
  return base + rangeGas(state, 0, 1) + 375n * BigInt(state.opCode - 0xa0) + 8n * peek(state, 1)
}

function keccak(state: RunState): void {
  const [offset, length] = state.stack.popN(2) as [bigint, bigint]
  const data = memoryOf(state).read(length === 0n ? 0 : Number(offset), Number(length), true)
  state.stack.push(wordOf(keccak256(data)))
}

function callDataLoad(state: RunState): void {
  const data = state.interpreter.getCallData()
  const start = state.stack.pop()
  const from = start < BigInt(data.length) ? Number(start) : data.length
  state.stack.push(from + 32 <= data.length ? wordOf(data, from) : pushedValue(data, from, 32))
}

function copy(state: RunState, source: Uint8Array): void {
  const [offset, start, length] = state.stack.popN(3) as [bigint, bigint, bigint]
  if (length > 0n) memoryOf(state).copyFrom(Number(offset), Number(length), source, start)
}

function mload(state: RunState): void {
  state.stack.push(memoryOf(state).readWord(Number(state.stack.pop())))
}

function mstore(state: RunState): void {
  const offset = state.stack.pop()
  memoryOf(state).writeWord(Number(offset), state.stack.pop())
}

function mstore8(state: RunState): void {
  const offset = state.stack.pop()
  memoryOf(state).writeByte(Number(offset), Number(state.stack.pop() & 0xffn))
}

function jump(state: RunState, destination: bigint): void {
  if (state.shouldDoJumpAnalysis) {
    const { jumps, pushes } = analysisOf(state.code)
    state.validJumps = jumps
    state.cachedPushes = pushes
    state.shouldDoJumpAnalysis = false
  }
  const target = destination < BigInt(state.code.length) ? Number(destination) : -1
  if (state.validJumps[target] !== 1) throw new EVMError(errorMessages.INVALID_JUMP)
  state.programCounter = target
}

function jumpIf(state: RunState): void {
  const destination = state.stack.pop()
  if (state.stack.pop() !== 0n) jump(state, destination)
}

function push(state: RunState): void {
  const { programCounter: at, opCode, cachedPushes } = state
  const size = opCode - 0x5f
  let value = cachedPushes[at]
  if (value === undefined) {
    value = pushedValue(state.code, at, size)
    if (!state.shouldDoJumpAnalysis) cachedPushes[at] = value
  }
  state.stack.push(value)
  state.programCounter = at + size
}

function log(state: RunState): void {
  const [offset, length] = state.stack.popN(2) as [bigint, bigint]
  const topics = state.stack.popN(state.opCode - 0xa0).map(wordBytes)
  const data = memoryOf(state).read(length === 0n ? 0 : Number(offset), Number(length))
  state.interpreter.log(data, topics.length, topics)
}
