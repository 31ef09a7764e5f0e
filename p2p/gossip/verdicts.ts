import type { AttestationCode, BlockCode, TxCode } from '../../core/ports/net.ts'
import type { Verdict } from '../verdict.ts'

/** What the gate finds in a message before anybody with state sees it. */
export const gateFaults = [
  'queue_full',
  'oversized',
  'malformed',
  'bad_signature',
  'already_seen',
  'block_too_old',
  'block_too_many',
  'block_bomb',
  'block_no_signer',
  'block_wrong_signer',
  'block_bad_content',
  'block_other_content',
  'block_from_past',
  'block_from_future',
  'tx_wrong_chain',
  'tx_wrong_type',
  'attestation_no_registry',
  'attestation_stranger',
  'attestation_too_many',
] as const

/** Everything that can come of a gossiped message: what the gate finds, and what the chain answers, by topic. */
export type Fault =
  | (typeof gateFaults)[number]
  | `block_${BlockCode}`
  | `tx_${TxCode}`
  | `attestation_${AttestationCode}`

/**
 * What becomes of a message, and what it costs the peer that sent it; at 100 a peer is banned. Only what no honest
 * peer passes on costs anything: honest peers differ in their heads, in the order in which messages reach them, in the
 * registered validators and by seconds in their clocks.
 */
export const verdicts = {
  queue_full: { verdict: 'ignore', penalty: 0 },
  oversized: { verdict: 'reject', penalty: 25 },
  malformed: { verdict: 'reject', penalty: 25 },
  bad_signature: { verdict: 'reject', penalty: 25 },
  already_seen: { verdict: 'ignore', penalty: 0 },

  block_too_old: { verdict: 'ignore', penalty: 0 },
  block_too_many: { verdict: 'ignore', penalty: 0 },
  block_bomb: { verdict: 'reject', penalty: 25 },
  block_no_signer: { verdict: 'ignore', penalty: 0 },
  // The hub holds it against a peer only once L1 had time to name this signer.
  block_wrong_signer: { verdict: 'ignore', penalty: 25 },
  // Sealed by the sequencer, but whoever looks at it does not pass it on.
  block_bad_content: { verdict: 'reject', penalty: 50 },
  block_other_content: { verdict: 'reject', penalty: 50 },
  block_from_past: { verdict: 'ignore', penalty: 0 },
  // Only the sequencer can make one: it may as well be this node's clock that is late.
  block_from_future: { verdict: 'ignore', penalty: 0 },
  block_imported: { verdict: 'accept', penalty: 0 },
  block_known: { verdict: 'accept', penalty: 0 },
  block_held: { verdict: 'ignore', penalty: 0 },
  block_invalid: { verdict: 'reject', penalty: 50 },
  // A peer that heard of the sibling first passes that one on.
  block_equivocation: { verdict: 'reject', penalty: 0 },
  block_useless: { verdict: 'ignore', penalty: 0 },

  tx_wrong_chain: { verdict: 'reject', penalty: 25 },
  tx_wrong_type: { verdict: 'reject', penalty: 25 },
  tx_accepted: { verdict: 'accept', penalty: 0 },
  // Passed on, as it is offered again only for those that may have lost it: the sequencer after a restart.
  tx_known: { verdict: 'accept', penalty: 0 },
  tx_not_now: { verdict: 'ignore', penalty: 0 },
  tx_invalid: { verdict: 'reject', penalty: 10 },

  attestation_no_registry: { verdict: 'ignore', penalty: 0 },
  attestation_stranger: { verdict: 'ignore', penalty: 0 },
  attestation_too_many: { verdict: 'ignore', penalty: 0 },
  attestation_counted: { verdict: 'accept', penalty: 0 },
  // Passed on, as it is sent again only for those that may have missed it, and they need not be our neighbours.
  attestation_known: { verdict: 'accept', penalty: 0 },
  attestation_too_old: { verdict: 'ignore', penalty: 0 },
  // Of an L1 block that this node has not seen yet: it waits here, and others may know that block already.
  attestation_too_new: { verdict: 'accept', penalty: 0 },
  // Whoever heard of the other one first counts that one; both are evidence to those who have them.
  attestation_double_sign: { verdict: 'ignore', penalty: 0 },
} as const satisfies Readonly<Record<Fault, { readonly verdict: Verdict; readonly penalty: number }>>
