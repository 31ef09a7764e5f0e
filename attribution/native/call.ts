import { type AbiEvent, toEventSelector } from 'viem'
import {
  type Address,
  bigintToFixed,
  bytesToHash,
  concatBytes,
  type Hash,
  type Hex,
  hexToBytes,
} from '../../core/hex.ts'
import { keccak256, keccakHash } from '../../core/keccak.ts'
import type { World } from '../../core/state.ts'
import { type ErrorName, type ErrorValues, errorParameters } from '../abi/errors.ts'
import { encodeAbi } from './encode.ts'
import { gas, hashGas } from './gas.ts'
import type { ProtocolRules } from './rules.ts'
import type { Store } from './store.ts'

/** One call of a protocol function, as its handler sees it. */
export type Call = {
  readonly rules: ProtocolRules
  readonly caller: Address
  /** Wei that came with the call; they already lie at Settlement's account. */
  readonly value: bigint
  /** Seconds. */
  readonly now: bigint
  readonly blockNumber: bigint
  readonly chainId: bigint
  /** Wei per gas. */
  readonly baseFee: bigint
  /** The whole input: selector and arguments. */
  readonly input: Uint8Array
  readonly store: Store
  /** Balances only: storage goes through `store`. */
  readonly world: World
  charge(gas: bigint): void
  log(topics: readonly Hash[], data: Uint8Array): void
}

/** What a failed call gives back: a custom error's encoding. Everything the call wrote is undone. */
export class ProtocolRevert extends Error {
  readonly data: Uint8Array

  constructor(name: string, data: Uint8Array) {
    super(name)
    this.name = 'ProtocolRevert'
    this.data = data
  }
}

/** Ends the call with a custom error. Like REVERT of a contract it undoes the call, however deep it is raised. */
export function fail<N extends ErrorName>(name: N, ...values: ErrorValues<N>): never {
  const parameters = errorParameters(name)
  const selector = keccak256(textBytes(`${name}(${parameters.map(({ type }) => type).join(',')})`)).subarray(0, 4)
  throw new ProtocolRevert(name, concatBytes(selector, encodeAbi(parameters, values[0] ?? {})))
}

/** Ends the call with a custom error unless the condition holds. */
export function need<N extends ErrorName>(condition: boolean, name: N, ...values: ErrorValues<N>): asserts condition {
  if (!condition) fail(name, ...values)
}

/** Fails unless the caller is this object's owner. */
export function needOwner({ caller }: Call, owner: Address): void {
  need(caller === owner, 'NotAllowed')
}

/** Keccak-256, charged for first. */
export function chargedHash(call: Call, ...parts: readonly Uint8Array[]): Hash {
  const bytes = concatBytes(...parts)
  call.charge(hashGas(bytes.length))
  return keccakHash(bytes)
}

/** Writes one event's log. */
export function emitLog(call: Call, event: AbiEvent, values: Readonly<Record<string, unknown>>): void {
  const indexed = event.inputs.filter((input) => 'indexed' in input && input.indexed === true)
  const plain = event.inputs.filter((input) => !('indexed' in input && input.indexed === true))
  const data = encodeAbi(plain, values)
  const topics = indexed.map(({ name }) => topicOf(values[name ?? ''] as Hex | bigint | boolean))
  call.charge(gas.log + gas.logTopic * BigInt(topics.length + 1) + gas.logByte * BigInt(data.length))
  call.log([topicOfEvent(event), ...topics], data)
}

const topicsOfEvents = new WeakMap<AbiEvent, Hash>()

function topicOfEvent(event: AbiEvent): Hash {
  const known = topicsOfEvents.get(event)
  if (known !== undefined) return known
  const topic = toEventSelector(event) as Hash
  topicsOfEvents.set(event, topic)
  return topic
}

function topicOf(value: Hex | bigint | boolean): Hash {
  if (typeof value === 'string' && value.length === 66) return value as Hash
  return bytesToHash(bigintToFixed(BigInt(value), 32))
}

function textBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** An id: keccak of a domain and what identifies the object in it. */
export function idOf(call: Call, domain: string, ...parts: readonly (Hex | { readonly u64: bigint })[]): Hash {
  const bytes = parts.map((part) => (typeof part === 'string' ? hexToBytes(part) : bigintToFixed(part.u64, 8)))
  return chargedHash(call, textBytes(`openledger/${domain}`), ...bytes)
}
