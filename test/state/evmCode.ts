import { type Address, concatBytes, type Hex, hexToBytes } from '../../core/hex.ts'

/** Opcodes by name, as far as tests need them. */
export const op = {
  STOP: 0x00,
  ADD: 0x01,
  CALLER: 0x33,
  CALLVALUE: 0x34,
  CALLDATALOAD: 0x35,
  GASPRICE: 0x3a,
  BLOCKHASH: 0x40,
  BASEFEE: 0x48,
  ADDRESS: 0x30,
  RETURNDATASIZE: 0x3d,
  RETURNDATACOPY: 0x3e,
  POP: 0x50,
  MLOAD: 0x51,
  MSTORE: 0x52,
  SLOAD: 0x54,
  SSTORE: 0x55,
  JUMP: 0x56,
  JUMPI: 0x57,
  GAS: 0x5a,
  JUMPDEST: 0x5b,
  TLOAD: 0x5c,
  TSTORE: 0x5d,
  DUP1: 0x80,
  LOG0: 0xa0,
  LOG1: 0xa1,
  CREATE: 0xf0,
  CREATE2: 0xf5,
  RETURN: 0xf3,
  REVERT: 0xfd,
  INVALID: 0xfe,
  SELFDESTRUCT: 0xff,
} as const

const callOps = { call: 0xf1, callcode: 0xf2, delegatecall: 0xf4, staticcall: 0xfa } as const
export type CallKind = keyof typeof callOps

export type Part = number | Uint8Array

/** Joins opcodes and pieces of code. */
export function code(...parts: readonly Part[]): Uint8Array {
  return concatBytes(...parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : part)))
}

/** PUSH of a number or of bytes in hex. */
export function push(value: bigint | number | Hex): Uint8Array {
  const digits = typeof value === 'string' ? value.slice(2) : value.toString(16)
  const bytes = hexToBytes(`0x${digits.length % 2 === 0 ? digits : `0${digits}`}`)
  return concatBytes(Uint8Array.of(0x5f + bytes.length), bytes)
}

/** Calls with the first `argsSize` bytes of memory as input and leaves success on the stack. */
export function callTo(kind: CallKind, to: Address, { value = 0n, argsSize = 0, gas = 1_000_000n } = {}): Uint8Array {
  const hasValue = kind === 'call' || kind === 'callcode'
  return code(
    push(0),
    push(0),
    push(argsSize),
    push(0),
    ...(hasValue ? [push(value)] : []),
    push(to),
    push(gas),
    callOps[kind],
  )
}

/** Stores the top of the stack into a slot. */
export function store(slot: number): Uint8Array {
  return code(push(slot), op.SSTORE)
}

/** Writes up to 32 bytes, right-aligned, into memory's first word. */
export function memory(value: bigint | number | Hex): Uint8Array {
  return code(push(value), push(0), op.MSTORE)
}

/** Reverts without data. */
export const revert = code(push(0), push(0), op.REVERT)

/** Copies what the last call returned into memory and returns it. */
export const returnLast = code(
  op.RETURNDATASIZE,
  push(0),
  push(0),
  op.RETURNDATACOPY,
  op.RETURNDATASIZE,
  push(0),
  op.RETURN,
)

/** Init code that deploys `runtime` (at most 255 bytes). */
export function deploy(runtime: Uint8Array): Uint8Array {
  const head = code(push(runtime.length), op.DUP1, push(11), push(0), 0x39, push(0), op.RETURN)
  return code(head, new Uint8Array(11 - head.length).fill(op.JUMPDEST), runtime)
}
