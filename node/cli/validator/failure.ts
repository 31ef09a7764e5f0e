import {
  BaseError,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  HttpRequestError,
  InsufficientFundsError,
  TimeoutError,
  WaitForTransactionReceiptTimeoutError,
} from 'viem'
import { NodeError } from '../../../core/errors.ts'
import { refused } from '../protocol/failure.ts'
import { errorFixes, reasonFixes } from './reasons.ts'

/** The chain that was spoken to, in words: `L1` and where it is. */
export type Place = { readonly chain: 'L1' | 'L2'; readonly url: string; readonly fix: string }

const usualFix = 'docs/SPEC.md, Outputs and Validators, says who may do what, and when'

/** A failure of a call as a NodeError; what is neither the chain's nor the connection's comes back as it is. */
export function describeFailure(thrown: unknown, { chain, url, fix }: Place): unknown {
  if (!(thrown instanceof BaseError)) return thrown
  const reverted = found(thrown, ContractFunctionRevertedError)
  if (reverted !== undefined) return problem('refused', ...describeRevert(reverted), thrown)
  if (found(thrown, HttpRequestError) !== undefined || found(thrown, TimeoutError) !== undefined)
    return problem('no_node', `${chain} did not answer at ${url}`, fix, thrown)
  if (found(thrown, WaitForTransactionReceiptTimeoutError) !== undefined)
    return problem(
      'not_mined',
      'the transaction was sent and is in no block yet',
      'it may still come: look with `openledger validator list` before you run it again',
      thrown,
    )
  if (found(thrown, InsufficientFundsError) !== undefined)
    return problem(
      'refused',
      `the account cannot pay for the transaction on ${chain}`,
      `send it some ${chain === 'L1' ? 'ETH on L1' : 'OPEN on L2'}, or sign with another key`,
      thrown,
    )
  if (found(thrown, ContractFunctionZeroDataError) !== undefined)
    return problem('refused', `${chain} has no such contract`, 'check --chain or --rpc.url, and --l1-rpc', thrown)
  return problem('refused', `${chain} refused: ${printable(thrown.shortMessage)}`, usualFix, thrown)
}

function describeRevert({ reason, data }: ContractFunctionRevertedError): [message: string, fix: string] {
  const named = data === undefined ? undefined : errorFixes[data.errorName]
  if (named !== undefined) return [named.cause, named.fix]
  const known = reason === undefined ? undefined : reasonFixes[reason]
  if (reason === undefined) return [`the contract refused: ${printable(data?.errorName ?? 'no reason')}`, usualFix]
  return [`refused: ${printable(reason.replace(/^\w+: /, ''))}`, known ?? usualFix]
}

/** What others wrote, as far as it can be printed. */
function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, ' ').slice(0, 500)
}

function found<T extends Error>(thrown: BaseError, type: abstract new (...args: never[]) => T): T | undefined {
  const inner = thrown.walk((error) => error instanceof type)
  return inner instanceof type ? inner : undefined
}

function problem(code: string, message: string, fix: string, cause: unknown): NodeError {
  return new NodeError({ code, severity: 'fatal', message, fix }, { cause })
}

/** A transaction that was included and failed. */
export function failedIn(hash: string, block: bigint): NodeError {
  return refused(
    `transaction ${hash} failed in block ${block}`,
    'something changed between sending and the block: run the command again, it says what',
  )
}
