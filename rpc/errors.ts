import { NodeError } from '../core/errors.ts'
import { rejectText, type TxReject } from '../core/reject.ts'

/** JSON-RPC 2.0 and EIP-1474 error codes this server answers with; 3 is geth's code for an EVM revert. */
export const rpcCodes = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  server: -32000,
  responseTooLarge: -32003,
  unsupported: -32004,
  limit: -32005,
  revert: 3,
} as const

export type RpcCode = keyof typeof rpcCodes

/** The `error` member of a response. `data` is revert bytes (hex) or `{ hint }`; never a stack trace or a path. */
export type RpcErrorBody = { readonly code: number; readonly message: string; readonly data?: unknown }

/** What a parser or handler returns instead of a value when the request cannot be answered. */
export type RpcFailure = { readonly rpcError: RpcErrorBody }

/** A failure of the given kind with geth's wording where there is one. */
export function failure(code: RpcCode, message: string, data?: unknown): RpcFailure {
  return { rpcError: data === undefined ? { code: rpcCodes[code], message } : { code: rpcCodes[code], message, data } }
}

/** A failure whose `data.hint` says what to do about it. */
export function failureWithHint(code: RpcCode, message: string, hint: string): RpcFailure {
  return failure(code, message, { hint })
}

export function isFailure(value: unknown): value is RpcFailure {
  return typeof value === 'object' && value !== null && 'rpcError' in value
}

/** A refused transaction: code -32000 and geth's sentence, which viem and ethers turn into typed errors. */
export function txFailure(reject: TxReject): RpcFailure {
  return failure('server', rejectText(reject))
}

/**
 * What a client may know of something thrown. Outages name their code, so that an operator finds them in the log;
 * everything else is one constant sentence: messages of unknown errors may hold paths or input.
 */
export function thrownFailure(thrown: unknown): RpcFailure {
  if (thrown instanceof NodeError) return failure('internal', `internal error (${thrown.code})`)
  return failure('internal', 'internal error')
}
