import type { Offence } from '../../core/ports/net.ts'
import { type Fault, verdicts } from '../gossip/verdicts.ts'

/**
 * What it costs a peer, beside what its messages cost (`verdicts`); at 100 it is banned. What may be a slow line or a
 * busy node costs little: it takes many in a row.
 */
const conduct = {
  /** Several times as much as its share, of messages or requests. */
  flood: 1,
  /** No answer in time. */
  silent: 3,
  /** Asked for what it says it has, it gave nothing. */
  empty_answer: 1,
  answer_too_long: 25,
  malformed_status: 25,
  malformed_request: 10,
  /** It is of another chain: banned at once, whatever its score. */
  wrong_genesis: 1_000,
} as const

const offences = {
  invalid_block: 50,
  useless_answer: 5,
  malformed_answer: 25,
  contradicts_l1: 50,
} as const satisfies Readonly<Record<Offence, number>>

/** Everything that costs a peer something. */
export type Blame = keyof typeof conduct | Offence | Fault

/** In points of the score. */
export function penaltyOf(reason: Blame): number {
  if (reason in conduct) return conduct[reason as keyof typeof conduct]
  if (reason in offences) return offences[reason as Offence]
  return verdicts[reason as Fault].penalty
}
