import type { TransactionReceipt } from 'viem'
import { formatEther } from 'viem'
import type { Output } from '../output.ts'
import { usage } from '../protocol/failure.ts'
import { factsText, type Layer, reportTransaction } from '../protocol/text.ts'

/** Wei for people: `0.1 ETH`. */
export function ethText(wei: bigint): string {
  return `${formatEther(wei)} ETH`
}

/** A part of a whole in per cent with one digit behind the point. */
export function shareText(part: bigint, whole: bigint): string {
  return `${whole === 0n ? 0 : Number((part * 1_000n) / whole) / 10} %`
}

/** The number of an output. */
export function parseIndex(text: string): bigint {
  if (/^\d{1,15}$/.test(text)) return BigInt(text)
  throw usage(`<index> does not take ${JSON.stringify(text)}`, 'give the number of an output, like 12')
}

/** A rehearsal: what would be done, and why L1 would refuse it, if it would. */
export type Plan = {
  readonly title: string
  readonly facts: readonly (readonly [string, string])[]
  readonly values: Readonly<Record<string, unknown>>
}

/** A plan in words. */
export function planText({ title, facts }: Plan): string {
  return `${title}\n${factsText(facts)}`
}

const l1: Layer = { block: 'L1 block', feeText: ethText }

/** Prints a transaction that was included on L1: a sentence with what it made, or one JSON object. */
export function reportL1(
  out: Output,
  receipt: TransactionReceipt,
  sentence: string,
  values: Readonly<Record<string, unknown>> = {},
): void {
  reportTransaction(out, receipt, sentence, values, l1)
}
