import { assert } from '../../core/errors.ts'
import { bytesToBigint } from '../../core/hex.ts'
import type { StateReader } from '../../core/state.ts'
import { balances } from '../storage/settlement.ts'
import { protocol } from './addresses.ts'
import { buckets } from './money.ts'
import type { Store } from './store.ts'

/** Free reads of the protocol's storage in a state, for whoever is not in a call. */
export function readStore(state: Pick<StateReader, 'storage'>): Store {
  return {
    load: (address, slot) => bytesToBigint(state.storage(address, slot)),
    save: () => assert(false, 'a state that is only read'),
  }
}

/**
 * Asserts that Settlement's account holds what its counters say. It may hold more: self-destructs and deposits of L1
 * reach any account without a call.
 */
export function assertBooks(state: Pick<StateReader, 'account' | 'storage'>): void {
  const held = balances.get(readStore(state))
  const counted = buckets.reduce((sum, bucket) => sum + held[bucket], 0n)
  const balance = state.account(protocol.settlement)?.balance ?? 0n
  assert(counted <= balance, `the protocol counts ${counted} wei and holds ${balance}`)
}
