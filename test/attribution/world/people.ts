import type { Address } from '../../../core/hex.ts'
import { keys, senders } from '../../state/testChain.ts'

/** An account with its key. */
export type Person = { readonly address: Address; readonly key: Uint8Array }

/** The test chain's account number `index`: each has a million OPEN. */
export function person(index: number): Person {
  return { address: senders[index]!, key: keys[index]! }
}

/** Who does what in scenarios. Contributors are persons from 20 on, payers from 40 on. */
export const people = {
  curator: person(0),
  modelOwner: person(1),
  providerOwner: person(2),
  controller: person(3),
  challenger: person(4),
  rival: person(5),
  repairer: person(6),
  stranger: person(7),
} as const

export const contributor = (index: number): Person => person(20 + (index % 20))
export const payer = (index: number): Person => person(40 + (index % 20))
