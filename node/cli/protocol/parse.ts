import { type Address, getAddress, parseEther } from 'viem'
import { uses } from '../../../attribution/storage/datanets.ts'
import { NodeError } from '../../../core/errors.ts'
import { type Hash, parseAddress, parseHash } from '../../../core/hex.ts'

// Arguments and flags of the protocol's verbs. `name` is what the user typed before the value; each throws a NodeError
// (code `usage`) that says what it takes.

/** OPEN with up to 18 digits behind the point, in wei. */
export function parseOpen(name: string, text: string): bigint {
  return openOf(text) ?? fail(name, text, 'an amount of OPEN, like 10 or 0.5')
}

/** OPEN in wei; undefined for anything else. */
export function openOf(text: string): bigint | undefined {
  return /^\d{1,10}(?:\.\d{1,18})?$/.test(text) ? parseEther(text) : undefined
}

/** The id of an object. */
export function parseId(name: string, text: string): Hash {
  return parseHash(text) ?? fail(name, text, 'an id: 0x and 64 hex digits')
}

/** An address in any case, as people write it: with its checksum (EIP-55). */
export function parseAccount(name: string, text: string): Address {
  return getAddress(parseAddress(text) ?? fail(name, text, 'an address: 0x and 40 hex digits'))
}

/** A channel is a number from 1. */
export function parseChannel(name: string, text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw bad(name, text, 'the number of a channel')
  return Number(text)
}

/** Per cent with up to two digits behind the point, in 1/10,000; bounds are per cent too. */
export function parsePercent(name: string, text: string, { least, most }: PercentBounds): number {
  const bps = percentOf(text)
  if (bps === undefined || bps < least * 100 || bps > most * 100)
    throw bad(name, text, `${percentText({ least, most })}, like ${least > 5 ? 60 : 5} or 7.5`)
  return bps
}

export type PercentBounds = { readonly least: number; readonly most: number }

/** Per cent in 1/10,000; undefined for anything else. */
export function percentOf(text: string): number | undefined {
  const [, digits] = /^(\d{1,3}(?:\.\d{1,2})?) ?%?$/.exec(text) ?? []
  return digits === undefined ? undefined : Math.round(Number(digits) * 100)
}

export function percentText({ least, most }: PercentBounds): string {
  return `per cent from ${least} to ${most}`
}

/** `90s`, `15m`, `48h`, `30d` in seconds. */
export function parseDuration(name: string, text: string): number {
  const [, digits, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? fail(name, text, 'a time like 90s, 15m, 48h or 30d')
  if (Number(digits) === 0) throw bad(name, text, 'a time above zero')
  return Number(digits) * { s: 1, m: 60, h: 3_600, d: 86_400 }[unit as 's' | 'm' | 'h' | 'd']
}

/** `train,commercial` as bits. */
export function parseConsent(name: string, text: string): number {
  const words = Object.keys(uses)
  const bits = text.split(',').map((word) => uses[word.trim() as keyof typeof uses])
  if (bits.includes(undefined as never)) throw bad(name, text, `some of ${words.join(', ')}, separated by commas`)
  return Number(bits.reduce((all, bit) => all | bit, 0n))
}

/** Bits as words. */
export function consentText(consent: number): string {
  const words = Object.entries(uses).flatMap(([word, bit]) => ((BigInt(consent) & bit) === 0n ? [] : [word]))
  return words.length === 0 ? 'nothing' : words.join(', ')
}

/** A date (UTC) or `never`, in Unix seconds; 0 is never. */
export function parseUntil(name: string, text: string): number {
  if (text === 'never') return 0
  const ms = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?Z)?$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) throw bad(name, text, 'never, a date like 2030-01-31, or a time like 2030-01-31T12:00Z')
  return ms / 1000
}

function fail(name: string, text: string, expects: string): never {
  throw bad(name, text, expects)
}

function bad(name: string, text: string, expects: string): NodeError {
  const message = `${name} does not take ${JSON.stringify(text)}`
  return new NodeError({ code: 'usage', severity: 'fatal', message, fix: `give ${expects}` })
}
