import type { Abi, AbiFunction, AbiParameter, TransactionReceipt } from 'viem'
import { durationText } from '../duration.ts'
import { openText } from '../openText.ts'
import type { Output } from '../output.ts'

/** Unix seconds for people; 0 is never. */
export function timeText(seconds: number | bigint): string {
  const date = new Date(Number(seconds) * 1000)
  if (Number(seconds) === 0 || Number.isNaN(date.getTime())) return String(seconds)
  return date.toISOString().replace('.000Z', 'Z')
}

/** A moment as it is from now on the chain: `in 5 s (chain time 2030-01-31T12:00:00Z)`. */
export function whenText(seconds: number | bigint, now: number): string {
  const left = Number(seconds) - now
  const distance = left > 0 ? `in ${durationText(left)}` : left < 0 ? `${durationText(-left)} ago` : 'now'
  return `${distance} (chain time ${timeText(seconds)})`
}

/** `1 document`, `2 documents`. */
export function countText(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

/** Lines of names and values, aligned. */
export function factsText(facts: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...facts.map(([name]) => name.length))
  return facts.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n')
}

/** Of which layer a transaction is: what its blocks are called, and what it is paid in. */
export type Layer = { readonly block: string; readonly feeText: (wei: bigint) => string }

const here: Layer = { block: 'block', feeText: openText }

/** Prints a transaction that was included: a sentence with what it made, or one JSON object. */
export function reportTransaction(
  out: Output,
  { transactionHash, blockNumber, gasUsed, effectiveGasPrice }: TransactionReceipt,
  sentence: string,
  values: Readonly<Record<string, unknown>> = {},
  layer: Layer = here,
): void {
  const feeWei = gasUsed * effectiveGasPrice
  const facts = [
    ['transaction', transactionHash],
    [layer.block, `${blockNumber}, fee ${layer.feeText(feeWei)}`],
  ] as const
  out.result(`${sentence}\n${factsText(facts)}`, {
    ...values,
    transaction: transactionHash,
    block: blockNumber,
    gasUsed,
    feeWei,
  })
}

/** Prints an object of the chain field by field, amounts in OPEN and times as dates, or as one JSON object. */
export function reportObject(
  out: Output,
  title: string,
  parameters: readonly AbiParameter[],
  value: object,
  names: Readonly<Record<string, (value: never) => string>> = {},
  more: Readonly<Record<string, unknown>> = {},
): void {
  const fields = value as Readonly<Record<string, unknown>>
  const facts = parameters.map(({ name = '', type }): [string, string] => {
    const named = names[name]
    return [name, named === undefined ? valueText(name, type, fields[name]) : named(fields[name] as never)]
  })
  out.result(`${title}\n${factsText(facts)}`, { ...more, ...fields })
}

function valueText(name: string, type: string, value: unknown): string {
  if (type === 'uint96') return openText(value as bigint)
  if (type === 'uint40' && isTime(name)) return value === 0 ? 'never' : timeText(value as number)
  if (name.endsWith('Bps')) return `${Number(value) / 100} %`
  if (typeof value === 'object') return JSON.stringify(value)
  return String(value)
}

function isTime(name: string): boolean {
  return /At$|From$|Until$|End$|^expiry$|[dD]eadline$/.test(name)
}

/** The fields of the struct that a view of an ABI gives. */
export function outputFields(abi: Abi, view: string): readonly AbiParameter[] {
  const item = abi.find((each) => each.type === 'function' && each.name === view) as AbiFunction
  return (item.outputs[0] as { readonly components: readonly AbiParameter[] }).components
}
