import { EVMError } from '@ethereumjs/evm'
import type { ExecutionError } from '../../engine.ts'

const { errorMessages: library } = EVMError

/** geth's words for what halts execution; wallets and libraries match on them. */
const reasons = new Map<string, string>([
  [library.OUT_OF_GAS, 'out of gas'],
  [library.CODESTORE_OUT_OF_GAS, 'contract creation code storage out of gas'],
  [library.CODESIZE_EXCEEDS_MAXIMUM, 'max code size exceeded'],
  [library.STACK_UNDERFLOW, 'stack underflow'],
  [library.STACK_OVERFLOW, 'stack limit reached 1024 (1023)'],
  [library.INVALID_JUMP, 'invalid jump destination'],
  [library.INVALID_OPCODE, 'invalid opcode'],
  [library.STATIC_STATE_CHANGE, 'write protection'],
  [library.CREATE_COLLISION, 'contract address collision'],
  [library.INSUFFICIENT_BALANCE, 'insufficient balance for transfer'],
  [library.INVALID_BYTECODE_RESULT, 'invalid code: must not begin with 0xef'],
  [library.INITCODE_SIZE_VIOLATION, 'max initcode size exceeded'],
  [library.INTERNAL_ERROR, 'precompile failed'],
])

/** The library's exception as ours: a revert, or a halt with its reason. */
export function executionError(exception: { readonly error: string } | undefined): ExecutionError | undefined {
  if (exception === undefined) return undefined
  const { error } = exception
  if (error === library.REVERT) return { kind: 'revert', reason: 'execution reverted' }
  // The library appends where the jump was.
  const reason = error.startsWith(library.INVALID_JUMP) ? library.INVALID_JUMP : error
  return { kind: 'halt', reason: reasons.get(reason) ?? reason }
}
