import type { RefutationName } from '../../../attribution/kernel/build/calls.ts'
import { ledgerAttempts } from './attempts/ledger.ts'
import { receiptsAttempts } from './attempts/receipts.ts'
import { spansAttempts } from './attempts/spans.ts'
import { tilesAttempts } from './attempts/tiles.ts'
import type { Attempts } from './attempts/tools.ts'

/** For each refutation: openings of an honest body that come as near to a proof as chance gets. Undefined: no place. */
export const attempts: Attempts<RefutationName> = {
  ...receiptsAttempts,
  ...tilesAttempts,
  ...spansAttempts,
  ...ledgerAttempts,
}

export const attemptNames = Object.keys(attempts) as readonly RefutationName[]
