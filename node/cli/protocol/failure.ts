import {
  BaseError,
  HttpRequestError,
  InsufficientFundsError,
  TimeoutError,
  WaitForTransactionReceiptTimeoutError,
} from 'viem'
import type { ErrorName } from '../../../attribution/abi/errors.ts'
import { specFields } from '../../../attribution/models/spec.ts'
import { NodeError } from '../../../core/errors.ts'
import { type ProtocolError, protocolError } from '../../../sdk/errors.ts'
import { openText } from '../openText.ts'
import { timeText, whenText } from './text.ts'

/** What a command knows about its refusals. */
export type Hints = {
  /** What to do about an error, where that differs from what it usually means. */
  readonly fixes?: Partial<Readonly<Record<ErrorName, string>>>
  /** What the number in `WrongStatus` stands for. */
  readonly statuses?: Readonly<Record<string, bigint>>
}

/** Where it failed: the node, and its chain as far as it is known. */
export type Place = { readonly url: string; readonly now: number | undefined; readonly isDevelopment: boolean }

/** What to do about an error where its meaning does not say it already. */
const fixes: Partial<Readonly<Record<ErrorName, string>>> = {
  UnknownObject: 'check the id: it is printed when the object is made',
  NotAllowed: 'sign with the key of the owner: --key or --dev',
  WrongStatus: 'look at it with the `show` command',
  TooLate: 'the time for this is over',
  BondTooLow: 'send at least that much',
  ZeroAmount: 'give an amount above zero',
  WrongCommitment: 'reveal the file that was committed, with the key that committed it',
  ConsentTooNarrow: 'give --consent and --until that cover the policy: `openledger datanet show`',
  SequenceMismatch: 'somebody published meanwhile: run it again',
  StakeTooLow: 'add stake with `openledger agent stake`',
  StakeInUse: 'wait until its batches are final',
  UnderCollateralised: 'add stake with `openledger agent stake`, or settle less at once',
  BatchExists: 'nothing is left to do',
  InsufficientChannel: 'the payer has to top the channel up: `openledger channel topup`',
  ChannelClosed: 'open another channel: `openledger channel open`',
  AlreadyClaimed: 'nothing is left to do',
  OpenDemands: 'answer the demands, or wait until they expire',
}

const usualFix = 'docs/ATTRIBUTION.md says who may call what, and when'

/** A failure of a call as a NodeError; what is neither the chain's nor the connection's comes back as it is. */
export function describeFailure(thrown: unknown, place: Place, hints: Hints = {}): unknown {
  const refused = protocolError(thrown)
  if (refused !== undefined) return describeRefusal(refused, place, hints, thrown)
  if (!(thrown instanceof BaseError)) return thrown
  const has = (type: abstract new (...args: never[]) => Error) => thrown.walk((error) => error instanceof type) !== null
  if (has(HttpRequestError) || has(TimeoutError))
    return problem(
      'no_node',
      `no node answers at ${place.url}`,
      'start one with `openledger devnet`, or name its URL with --rpc.url or ETH_RPC_URL',
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
      'send it some, or sign with another key: --key or --dev',
      thrown,
    )
  return problem('refused', `the node refused: ${thrown.shortMessage}`, usualFix, thrown)
}

function describeRefusal(refused: ProtocolError, place: Place, hints: Hints, cause: unknown): NodeError {
  const fix = hints.fixes?.[refused.name] ?? waitingFix(refused, place) ?? fixes[refused.name] ?? usualFix
  const channel = refused.name === 'UnknownObject' ? channelOf(refused.args.id) : undefined
  if (channel !== undefined)
    return problem('refused', `refused: there is no channel ${channel} (UnknownObject)`, fix, cause)
  const values = Object.entries(refused.args).map(([name, value]) => `${name} ${argText(name, value, place, hints)}`)
  const meaning = refused.meaning.replace(/\.$/, '')
  return problem('refused', `refused: ${meaning} (${[refused.name, ...values].join(', ')})`, fix, cause)
}

/** How to get past a moment: on a development chain time is moved. */
function waitingFix(refused: ProtocolError, { now, ...place }: Place): string | undefined {
  if (refused.name !== 'TooEarly' && refused.name !== 'BatchTooSoon') return undefined
  if (now === undefined || !place.isDevelopment) return 'wait until then'
  return `wait until then, ${passText(Number(refused.args.earliest) - now, place)}`
}

/** How time passes at once on a development chain. */
export function passText(seconds: number, { url }: Pick<Place, 'url'>): string {
  const at = url.includes('127.0.0.1:8545') ? '' : ` --rpc-url ${url}`
  return `or let it pass: \`cast rpc evm_increaseTime ${Math.max(1, seconds)}${at}\`, then \`cast rpc evm_mine${at}\``
}

function argText(name: string, value: unknown, { now }: Place, { statuses = {} }: Hints): string {
  if (name === 'needed') return openText(value as bigint)
  if (name === 'earliest' || name === 'latest')
    return now === undefined ? timeText(value as bigint) : whenText(value as bigint, now)
  if (name === 'status')
    return Object.entries(statuses).find(([, number]) => number === BigInt(value as number))?.[0] ?? String(value)
  if (name === 'field')
    return Object.entries(specFields).find(([, number]) => number === BigInt(value as number))?.[0] ?? String(value)
  return String(value)
}

/** The chain names a channel that it does not know by its number as 32 bytes; other ids are hashes. */
function channelOf(id: string): bigint | undefined {
  const number = BigInt(id)
  return number > 0n && number < 2n ** 48n ? number : undefined
}

function problem(code: string, message: string, fix: string, cause: unknown): NodeError {
  return new NodeError({ code, severity: 'fatal', message, fix }, { cause })
}

/** A refusal that a command knows before it asks the chain. */
export function refused(message: string, fix: string): NodeError {
  return new NodeError({ code: 'refused', severity: 'fatal', message, fix })
}

/** Something wrong with how a command was called. */
export function usage(message: string, fix: string): NodeError {
  return new NodeError({ code: 'usage', severity: 'fatal', message, fix })
}
