import { type Address, bytesToHash, type Hash, parseAddress, parseHash, trimZeros } from '../../core/hex.ts'
import { type Bad, bad, isBad, isObject, type Param, param, parseMembers } from './param.ts'
import { address, data, hash, parseData, uint64, uint256 } from './values.ts'

/** What eth_call pretends about one account. `state` replaces all storage, `stateDiff` single slots. */
export type AccountOverride = {
  readonly balance: bigint | undefined
  readonly nonce: bigint | undefined
  readonly code: Uint8Array | undefined
  readonly state: ReadonlyMap<Hash, Uint8Array> | undefined
  readonly stateDiff: ReadonlyMap<Hash, Uint8Array> | undefined
}
export type StateOverrides = ReadonlyMap<Address, AccountOverride>

/** What eth_call pretends about the block. Seconds, gas, wei. */
export type BlockOverrides = {
  readonly number: bigint | undefined
  readonly time: bigint | undefined
  readonly gasLimit: bigint | undefined
  readonly feeRecipient: Address | undefined
  readonly prevRandao: Hash | undefined
  readonly baseFeePerGas: bigint | undefined
}

const maxAccounts = 1024

const accountMembers = {
  balance: uint256,
  nonce: uint64,
  code: data,
  state: param('STORAGE', parseStorage),
  stateDiff: param('STORAGE', parseStorage),
  movePrecompileToAddress: address,
}

/** Accounts to pretend, by address. */
export const stateOverrides: Param<StateOverrides> = param('STATE_OVERRIDES', (value): StateOverrides | Bad => {
  if (!isObject(value)) return bad('object expected')
  const entries = Object.entries(value)
  if (entries.length > maxAccounts) return bad(`too many accounts, want at most ${maxAccounts}`)
  const overrides = new Map<Address, AccountOverride>()
  for (const [key, entry] of entries) {
    const account = parseAddress(key)
    if (account === undefined) return bad('a key is not an address')
    const parsed = parseMembers(entry, accountMembers)
    if (isBad(parsed)) return bad(`${account}: ${parsed.bad}`)
    if (parsed.movePrecompileToAddress !== undefined) return bad('movePrecompileToAddress is not supported')
    const { balance, nonce, code, state, stateDiff } = parsed
    if (state !== undefined && stateDiff !== undefined) {
      return bad(`account ${account} has both 'state' and 'stateDiff'`)
    }
    overrides.set(account, { balance, nonce, code, state, stateDiff })
  }
  return overrides
})

const blockMembers = {
  number: uint256,
  time: uint64,
  gasLimit: uint64,
  feeRecipient: address,
  coinbase: address,
  prevRandao: hash,
  random: hash,
  baseFeePerGas: uint256,
  baseFee: uint256,
  blobBaseFee: uint256,
  beaconRoot: hash,
  withdrawals: param('ANY', (value) => value),
}

/** Block fields to pretend; geth's older names are taken too. */
export const blockOverrides: Param<BlockOverrides> = param('BLOCK_OVERRIDES', (value): BlockOverrides | Bad => {
  const parsed = parseMembers(value, blockMembers)
  if (isBad(parsed)) return parsed
  if (parsed.blobBaseFee !== undefined && parsed.blobBaseFee !== 1n) {
    return bad('blobBaseFee: this chain has no blobs, it is always 1')
  }
  for (const name of ['beaconRoot', 'withdrawals'] as const) {
    if (parsed[name] !== undefined) return bad(`block override "${name}" is not supported for this RPC method`)
  }
  return {
    number: parsed.number,
    time: parsed.time,
    gasLimit: parsed.gasLimit,
    feeRecipient: parsed.feeRecipient ?? parsed.coinbase,
    prevRandao: parsed.prevRandao ?? parsed.random,
    baseFeePerGas: parsed.baseFeePerGas ?? parsed.baseFee,
  }
})

function parseStorage(value: unknown): ReadonlyMap<Hash, Uint8Array> | Bad {
  if (!isObject(value)) return bad('object expected')
  const storage = new Map<Hash, Uint8Array>()
  for (const [key, word] of Object.entries(value)) {
    const slot = parseHash(key)
    if (slot === undefined) return bad('a storage key is not 32 bytes')
    const bytes = parseData(word)
    if (isBad(bytes) || bytes.length !== 32) return bad('a storage value is not 32 bytes')
    storage.set(slot, trimZeros(bytes))
  }
  return storage
}

/** A slot's value as JSON shows it: 32 bytes. */
export function wordToHash(value: Uint8Array): Hash {
  const word = new Uint8Array(32)
  word.set(value, 32 - value.length)
  return bytesToHash(word)
}
