import { bytesToHash, concatBytes, type Hash } from '../../../../core/hex.ts'
import type { Draft, DraftReceipt } from '../draft.ts'
import type { Random } from '../random.ts'
import type { Scenario } from '../scenario.ts'

/** One way to falsify a draft. It changes nothing if the draft has no place for it. */
export type Mutation = (draft: Draft, random: Random, scenario: Scenario) => void

export const someHash = (random: Random): Hash => bytesToHash(random.bytes(32))

/** Receipts whose outputs are shown. */
export function publicReceipts({ receipts }: Draft): readonly DraftReceipt[] {
  return receipts.filter(({ output }) => output !== undefined)
}

/** Bytes that are longer, shorter, or different in one place. */
export function damage(random: Random, bytes: Uint8Array): Uint8Array {
  const kind = random.below(4)
  if (kind === 0) return bytes.slice(0, random.below(bytes.length))
  if (kind === 1) return concatBytes(bytes, random.bytes(random.between(1, 9)))
  const at = random.below(bytes.length)
  return bytes.map((byte, place) => (place === at ? byte ^ (1 << random.below(8)) : byte))
}

/** An amount close to this one, or any. */
export function near(random: Random, wei: bigint): bigint {
  const kind = random.below(4)
  if (kind === 0 && wei < 2n ** 96n - 1n) return wei + 1n
  if (kind === 1) return wei > 0n ? wei - 1n : 1n
  return kind === 2 ? wei / 2n : random.bits(90)
}

export function pickOne<T>(random: Random, items: readonly T[]): T | undefined {
  return items.length === 0 ? undefined : random.pick(items)
}

export function replaceAt<T>(items: readonly T[], at: number, change: (item: T) => T): T[] {
  return items.map((item, place) => (place === at ? change(item) : item))
}
