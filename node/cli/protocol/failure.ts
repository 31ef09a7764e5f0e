import {
  BaseError,
  HttpRequestError,
  InsufficientFundsError,
  TimeoutError,
  WaitForTransactionReceiptTimeoutError,
} from 'viem'
import type { ErrorName } from '../../../attribution/abi/errors.ts'
import { NodeError } from '../../../core/errors.ts'
import { protocolError } from '../../../sdk/errors.ts'
import { openText } from '../openText.ts'
import { timeText } from './text.ts'

/** What to do about an error where its meaning does not say it already. */
const fixes: Partial<Readonly<Record<ErrorName, string>>> = {
  UnknownObject: 'check the id: it is printed when the object is made',
  NotAllowed: 'sign with the key of the owner: --key or --dev',
  WrongStatus: 'look at it with the `show` command',
  TooEarly: 'wait until then',
  TooLate: 'the time for this is over',
  BondTooLow: 'send at least that much',
  ZeroAmount: 'give an amount above zero',
  WrongCommitment: 'reveal the file that was committed, with the key that committed it',
  ConsentTooNarrow: 'give --consent and --until that cover the policy: `openledger datanet show`',
  SequenceMismatch: 'somebody published meanwhile: run it again',
  StakeTooLow: 'add stake with `openledger agent stake`',
  StakeInUse: 'wait until its batches are final',
  UnderCollateralised: 'add stake, or settle less at once',
  BatchTooSoon: 'wait until then',
  BatchExists: 'nothing is left to do',
  InsufficientChannel: 'the payer has to top the channel up',
  ChannelClosed: 'open another channel',
  AlreadyClaimed: 'nothing is left to do',
  OpenDemands: 'answer the demands, or wait until they expire',
}

const usualFix = 'docs/ATTRIBUTION.md says who may call what, and when'

/** A failure of a call as a NodeError; what is neither the chain's nor the connection's comes back as it is. */
export function describeFailure(thrown: unknown, url: string): unknown {
  const refused = protocolError(thrown)
  if (refused !== undefined) {
    const values = Object.entries(refused.args).map(([name, value]) => `${name} ${argText(name, value)}`)
    const meaning = refused.meaning.replace(/\.$/, '')
    const message = `refused: ${meaning} (${[refused.name, ...values].join(', ')})`
    return problem('refused', message, fixes[refused.name] ?? usualFix, thrown)
  }
  if (!(thrown instanceof BaseError)) return thrown
  const has = (type: abstract new (...args: never[]) => Error) => thrown.walk((error) => error instanceof type) !== null
  if (has(HttpRequestError) || has(TimeoutError))
    return problem(
      'no_node',
      `no node answers at ${url}`,
      'start one with `openledger devnet`, or name its URL with --rpc',
      thrown,
    )
  if (has(WaitForTransactionReceiptTimeoutError))
    return problem(
      'not_mined',
      'the transaction was sent and is in no block yet',
      'look at the node: `openledger status`',
      thrown,
    )
  if (has(InsufficientFundsError))
    return problem(
      'refused',
      'the account has too little OPEN for this',
      'send it some, or sign with another key',
      thrown,
    )
  return problem('refused', `the node refused: ${thrown.shortMessage}`, usualFix, thrown)
}

function argText(name: string, value: unknown): string {
  if (name === 'needed') return openText(value as bigint)
  return name === 'earliest' || name === 'latest' ? timeText(value as bigint) : String(value)
}

function problem(code: string, message: string, fix: string, cause: unknown): NodeError {
  return new NodeError({ code, severity: 'fatal', message, fix }, { cause })
}
