import type { StateManagerInterface } from '@ethereumjs/common'
import { Account, type Address as LibraryAddress } from '@ethereumjs/util'
import { emptyCodeHash, emptyTrieRoot, type Account as StoredAccount } from '../../../core/account.ts'
import { assert } from '../../../core/errors.ts'
import { type Address, bytesToHash, bytesToHex, emptyBytes, type Hash, hexToBytes } from '../../../core/hex.ts'
import type { World } from '../../../core/state.ts'
import { createCache } from '../../cache.ts'

/**
 * Hot path: the library's state manager over a world, without a promise. Every caller in the library awaits what it
 * gets, and awaiting a plain value costs less than awaiting a promise.
 */
export type WorldState = StateManagerInterface & {
  /** The world that everything reads and writes from now on. */
  bind(world: World): void
  /** Forgets what storage held before the transaction (EIP-2200). */
  beginTx(): void
  /** Notes what a slot held before the transaction; to be called before any write to it. */
  noteOriginal(address: Address, slot: Hash): void
}

export function createWorldState(): WorldState {
  let world: World
  const originals = new Map<string, Uint8Array>()

  function noteOriginal(address: Address, slot: Hash): void {
    const key = address + slot
    if (!originals.has(key)) originals.set(key, world.storage(address, slot))
  }

  function putAccount(address: LibraryAddress, account?: Account): Promise<void> {
    const key = keyOf(address)
    if (account === undefined) world.deleteAccount(key)
    else {
      const { nonce, balance } = account
      world.setAccount(key, { nonce, balance, codeHash: hashOf(account.codeHash) })
    }
    return settled(undefined)
  }

  return {
    bind(next) {
      world = next
      originals.clear()
    },
    beginTx: () => originals.clear(),
    noteOriginal,

    getAccount(address) {
      const key = keyOf(address)
      const account = world.account(key)
      return settled(account === undefined ? undefined : libraryAccount(account, () => world.hasStorage(key)))
    },
    putAccount,
    deleteAccount: (address) => settled(world.deleteAccount(keyOf(address))),
    modifyAccountFields(address, fields) {
      const key = keyOf(address)
      const account = world.account(key)
      world.setAccount(key, {
        nonce: fields.nonce ?? account?.nonce ?? 0n,
        balance: fields.balance ?? account?.balance ?? 0n,
        codeHash: fields.codeHash === undefined ? (account?.codeHash ?? emptyCodeHash) : hashOf(fields.codeHash),
      })
      return settled(undefined)
    },

    putCode: (address, code) => settled(world.setCode(keyOf(address), code)),
    getCode: (address) => settled(codeOf(world, keyOf(address))),
    getCodeSize: (address) => settled(codeOf(world, keyOf(address)).length),

    getStorage: (address, slot) => settled(world.storage(keyOf(address), bytesToHash(slot))),
    putStorage(address, slot, value) {
      const [key, hash] = [keyOf(address), bytesToHash(slot)]
      noteOriginal(key, hash)
      return settled(world.setStorage(key, hash, value))
    },
    clearStorage: (address) => settled(world.clearStorage(keyOf(address))),
    originalStorageCache: {
      get(address, slot) {
        const [key, hash] = [keyOf(address), bytesToHash(slot)]
        return settled(originals.get(key + hash) ?? world.storage(key, hash))
      },
      clear: () => originals.clear(),
    },

    checkpoint: () => settled(world.checkpoint()),
    commit: () => settled(world.commit()),
    revert: () => settled(world.revert()),

    getStateRoot: () => notHere('getStateRoot'),
    setStateRoot: () => notHere('setStateRoot'),
    hasStateRoot: () => notHere('hasStateRoot'),
    clearCaches: () => undefined,
    shallowCopy: () => notHere('shallowCopy'),
  }
}

/** Code by hash, in bytes of code: calling a contract reads it each time, and its analysis hangs on these bytes. */
const codes = createCache<Hash, Uint8Array>(8 * 1024 * 1024, (code) => code.length)

/** The code of an account, empty if it has none; the same bytes each time as long as they are in use. */
export function codeOf(world: World, address: Address): Uint8Array {
  const codeHash = world.account(address)?.codeHash ?? emptyCodeHash
  if (codeHash === emptyCodeHash) return emptyBytes
  let code = codes.get(codeHash)
  if (code === undefined) {
    code = world.code(codeHash)
    codes.set(codeHash, code)
  }
  return code
}

/** The library's address as ours. */
export function keyOf(address: LibraryAddress): Address {
  return bytesToHex(address.bytes) as Address
}

/** What a method of `WorldState` gave, where the caller does not want to wait: it is there already. */
export function now<T>(value: Promise<T>): T {
  return value as unknown as T
}

function settled<T>(value: T): Promise<T> {
  return value as unknown as Promise<T>
}

function notHere(name: string): never {
  assert(false, `${name} is not part of execution`)
}

/**
 * The library looks at the storage root only to see whether the address of a new contract has storage (EIP-7610), and
 * at nonce and code before it.
 */
function libraryAccount({ nonce, balance, codeHash }: StoredAccount, hasStorage: () => boolean): Account {
  const isFilled = nonce === 0n && codeHash === emptyCodeHash && hasStorage()
  return new Account(nonce, balance, isFilled ? filledRoot : emptyRoot, bytesOf(codeHash))
}

const emptyRoot = hexToBytes(emptyTrieRoot)
const filledRoot = new Uint8Array(32).fill(0xff)

// Code hashes travel as bytes in the library; the same few come and go all the time.
const maxCodeHashes = 10_000
const bytesByHash = new Map<Hash, Uint8Array>()
const hashByBytes = new WeakMap<Uint8Array, Hash>()

function bytesOf(hash: Hash): Uint8Array {
  let bytes = bytesByHash.get(hash)
  if (bytes === undefined) {
    if (bytesByHash.size >= maxCodeHashes) bytesByHash.clear()
    bytes = hexToBytes(hash)
    bytesByHash.set(hash, bytes)
    hashByBytes.set(bytes, hash)
  }
  return bytes
}

function hashOf(bytes: Uint8Array): Hash {
  return hashByBytes.get(bytes) ?? bytesToHash(bytes)
}
