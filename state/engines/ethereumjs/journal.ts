import type { EVM } from '@ethereumjs/evm'
import type { Account, Address as LibraryAddress } from '@ethereumjs/util'
import { assert } from '../../../core/errors.ts'
import type { Address, Hash } from '../../../core/hex.ts'
import { keyOf, type WorldState } from './stateManager.ts'

/** Hot path: what one transaction touched and warmed, undone by position in a log like the world's writes. */
export type TxJournal = {
  /** Starts a transaction: nothing is warm but the precompiles. */
  beginTx(): void
  /** Warm for the rest of the transaction, whatever is undone. */
  warm(address: Address, slot?: Hash): void
  /** Marks an account as touched (EIP-161): it goes at the end if it is empty then. */
  touch(address: Address): void
  touched(): Iterable<Address>
  /** Wei that a self-destruct to itself destroyed in the frame that runs. */
  burn(wei: bigint): void
  burned(): bigint
  checkpoint(): void
  commit(): void
  revert(): void
  /** After an outage in the middle of a transaction, whose world its owner has rolled back. */
  reset(): void
}

/** What the library's interpreter calls on its journal. */
type InterpreterJournal = Pick<
  EVM['journal'],
  | 'putAccount'
  | 'deleteAccount'
  | 'isWarmedAddress'
  | 'addWarmedAddress'
  | 'isWarmedStorage'
  | 'addWarmedStorage'
  | 'checkpoint'
  | 'commit'
  | 'revert'
>

/** EIP-161 has one exception: a touch of this address outlived the revert of block 2,675,119, and tests ask for it. */
const ripemdAddress = '0x0000000000000000000000000000000000000003'

type Undo = { readonly set: Set<string>; readonly key: string } | { readonly burned: bigint }

/**
 * Replaces the library's journal, which makes six collections per call frame. Keys are lowercase hex with the prefix;
 * a slot's key is its address and then its 64 digits.
 */
export function createTxJournal(state: WorldState, alwaysWarm: ReadonlySet<string>): TxJournal & InterpreterJournal {
  let burned = 0n
  const warmed = new Set<string>()
  const touched = new Set<string>()
  const undo: Undo[] = []
  const marks: number[] = []

  function add(set: Set<string>, key: string): void {
    if (set.has(key)) return
    set.add(key)
    if (marks.length > 0) undo.push({ set, key })
  }

  function touch(address: string): void {
    add(touched, address)
  }

  function beginTx(): void {
    assert(marks.length === 0, 'a transaction starts with an open checkpoint')
    warmed.clear()
    touched.clear()
    undo.length = 0
    burned = 0n
  }

  return {
    beginTx,
    touch,
    touched: () => touched as Set<Address>,
    burned: () => burned,
    burn(wei: bigint) {
      undo.push({ burned })
      burned += wei
    },
    warm(address: Address, slot?: Hash) {
      warmed.add(slot === undefined ? address : address + slot.slice(2))
    },

    checkpoint() {
      marks.push(undo.length)
      return state.checkpoint()
    },
    commit() {
      marks.pop()
      return state.commit()
    },
    revert() {
      const start = marks.pop() ?? 0
      for (let i = undo.length - 1; i >= start; i--) {
        const step = undo[i] as Undo
        if ('burned' in step) burned = step.burned
        else if (step.set === warmed || step.key !== ripemdAddress) step.set.delete(step.key)
      }
      undo.length = start
      return state.revert()
    },
    reset() {
      marks.length = 0
      beginTx()
    },

    // The rest is what the interpreter calls.
    putAccount(address: LibraryAddress, account: Account | undefined) {
      touch(keyOf(address))
      return state.putAccount(address, account)
    },
    deleteAccount(address: LibraryAddress) {
      touch(keyOf(address))
      return state.deleteAccount(address)
    },
    isWarmedAddress(address: Uint8Array) {
      const key = hexOf(address)
      return warmed.has(key) || alwaysWarm.has(key)
    },
    addWarmedAddress(address: Uint8Array) {
      add(warmed, hexOf(address))
    },
    isWarmedStorage: (address: Uint8Array, slot: Uint8Array) => warmed.has(hexOf(address) + digitsOf(slot)),
    addWarmedStorage(address: Uint8Array, slot: Uint8Array) {
      add(warmed, hexOf(address) + digitsOf(slot))
    },
  }
}

function hexOf(bytes: Uint8Array): string {
  return `0x${digitsOf(bytes)}`
}

function digitsOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}
