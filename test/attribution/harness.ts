import assert from 'node:assert/strict'
import type { AbiEvent } from 'viem'
import { errorsAbi } from '../../attribution/abi/errors.ts'
import { protocol } from '../../attribution/native/addresses.ts'
import { decodeAbi } from '../../attribution/native/decode.ts'
import { servePrecompile } from '../../attribution/native/dispatch.ts'
import { encodeAbi } from '../../attribution/native/encode.ts'
import { buckets } from '../../attribution/native/money.ts'
import type { ProtocolRules } from '../../attribution/native/rules.ts'
import { createStore, type Store } from '../../attribution/native/store.ts'
import type { DefinedFunction, PrecompileDefinition } from '../../attribution/native/table.ts'
import { protocolDefinitions } from '../../attribution/protocol.ts'
import { balances } from '../../attribution/storage/settlement.ts'
import { emptyCodeHash } from '../../core/account.ts'
import { type Address, bytesToHex, concatBytes, emptyBytes, type Hash, hexToBytes } from '../../core/hex.ts'
import { keccak256, keccakHash } from '../../core/keccak.ts'
import { predeploys } from '../../core/predeploys.ts'
import type { World } from '../../core/state.ts'
import { loadSpec } from '../../genesis/loadSpec.ts'
import { protocolRulesOf } from '../../genesis/spec.ts'
import { createWorld } from '../../state/world.ts'
import { createMemoryState } from '../state/memoryReader.ts'
import { ether, senders } from '../state/testChain.ts'

/** The devnet's rules: short times. */
export const devRules: ProtocolRules = protocolRulesOf(loadSpec('devnet'))
export const { timelock, court, burner, validatorVault } = predeploys

export type Event = {
  readonly name: string
  readonly address: Address
  readonly args: Readonly<Record<string, unknown>>
}
export type Outcome =
  | {
      readonly ok: true
      readonly output: Readonly<Record<string, never>>
      readonly events: readonly Event[]
      readonly gas: bigint
    }
  | {
      readonly ok: false
      readonly error: string
      readonly args: Readonly<Record<string, unknown>>
      readonly gas: bigint
    }

export type CallOptions = {
  readonly value?: bigint
  readonly gas?: bigint
  readonly readOnly?: boolean
  readonly delegated?: boolean
}

/** The precompiles over a world in memory, called without an EVM: fast enough for hundreds of thousands of calls. */
export type Harness = {
  readonly world: World
  /** Seconds and block number: tests move them. */
  now: bigint
  blockNumber: bigint
  baseFee: bigint
  readonly chainId: bigint
  /** Calls a function of whichever precompile has it. */
  call(from: Address, name: string, args?: Readonly<Record<string, unknown>>, options?: CallOptions): Outcome
  /** Calls and expects success; gives the outputs. */
  ok(
    from: Address,
    name: string,
    args?: Readonly<Record<string, unknown>>,
    options?: CallOptions,
  ): Readonly<Record<string, never>>
  /** Calls and expects this custom error; state must not have changed. */
  fails(
    error: string,
    from: Address,
    name: string,
    args?: Readonly<Record<string, unknown>>,
    options?: CallOptions,
  ): Readonly<Record<string, unknown>>
  /** Raw input to one precompile. */
  raw(from: Address, to: Address, input: Uint8Array, options?: CallOptions): Outcome & { readonly data: Uint8Array }
  balance(account: Address): bigint
  /** Free reads of storage. */
  readonly store: Store
  /** Lets time and one block pass. */
  pass(seconds: bigint): void
}

const functions = new Map<
  string,
  { readonly definition: PrecompileDefinition; readonly found: DefinedFunction; readonly selector: string }
>()
const eventsByTopic = new Map<string, AbiEvent>()
for (const definition of protocolDefinitions) {
  for (const [selector, found] of definition.functions) {
    assert(!functions.has(found.abi.name), `two functions named ${found.abi.name}`)
    functions.set(found.abi.name, { definition, found, selector })
  }
  for (const item of definition.abi) if (item.type === 'event') eventsByTopic.set(`${topicOf(item)}`, item)
}
const errorsBySelector = new Map(
  errorsAbi.map((error) => [
    bytesToHex(
      keccak256(new TextEncoder().encode(`${error.name}(${error.inputs.map(({ type }) => type).join(',')})`)).subarray(
        0,
        4,
      ),
    ),
    error,
  ]),
)

/** The call data of a function. */
export function inputOf(
  name: string,
  args: Readonly<Record<string, unknown>> = {},
): { to: Address; input: Uint8Array } {
  const entry = functions.get(name)
  assert(entry !== undefined, `no function ${name}`)
  const { definition, found, selector } = entry
  return { to: definition.address, input: concatBytes(hexToBytes(selector as Hash), encodeAbi(found.abi.inputs, args)) }
}

/** All function names of the protocol. */
export const functionNames: readonly string[] = [...functions.keys()]

export function createHarness(rules: ProtocolRules = devRules): Harness {
  const alloc: Record<string, { nonce?: bigint; balance?: bigint; code?: Uint8Array }> = {}
  for (const sender of senders) alloc[sender] = { balance: 1_000_000n * ether }
  for (const address of Object.values(protocol)) alloc[address] = { nonce: 1n, code: Uint8Array.of(0xfe) }
  const world = createWorld(createMemoryState(alloc).reader)
  const precompiles = new Map(protocolDefinitions.map((d) => [d.address, servePrecompile(d, rules)]))
  const supply = senders.reduce((sum, sender) => sum + (world.account(sender)?.balance ?? 0n), 0n)

  const balance = (account: Address) => world.account(account)?.balance ?? 0n
  function addBalance(account: Address, wei: bigint): void {
    const { nonce, codeHash } = world.account(account) ?? { nonce: 0n, codeHash: emptyCodeHash }
    world.setAccount(account, { nonce, codeHash, balance: balance(account) + wei })
  }

  const harness: Harness = {
    world,
    now: 1_800_000_000n,
    blockNumber: 1n,
    baseFee: 1_000_000n,
    chainId: 31_337n,
    // A store remembers what it read for one call: a new one sees what calls have written since.
    get store() {
      return createStore(world, () => {})
    },
    balance,
    raw(caller, to, input, options = {}) {
      const { value = 0n, readOnly = false, delegated = false, gas: limit = 1_000_000_000n } = options
      const events: Event[] = []
      let gas = 0n
      world.checkpoint()
      if (!delegated) {
        addBalance(caller, -value)
        addBalance(to, value)
      }
      const outOfGas = new Error('out of gas')
      let result: { kind: 'output' | 'revert' | 'halt'; data: Uint8Array }
      try {
        result = precompiles.get(to)!(
          {
            world,
            caller,
            self: delegated ? caller : to,
            codeAddress: to,
            value,
            readOnly,
            delegated,
            depth: 0,
            block: {
              number: harness.blockNumber,
              timestamp: harness.now,
              chainId: harness.chainId,
              baseFee: harness.baseFee,
            },
            charge(amount) {
              assert(amount >= 0n)
              gas += amount
              if (gas > limit) throw outOfGas
            },
            log(topics, data) {
              events.push(readEvent(to, topics, data))
            },
          },
          input,
        )
      } catch (error) {
        if (error !== outOfGas) throw error
        result = { kind: 'halt', data: emptyBytes }
      }
      if (result.kind === 'output') {
        world.commit()
        return { ok: true, output: {}, events, gas, data: result.data }
      }
      world.revert()
      if (result.kind === 'halt') return { ok: false, error: 'OutOfGas', args: {}, gas, data: result.data }
      const error = errorsBySelector.get(bytesToHex(result.data.subarray(0, 4)))
      assert(error !== undefined, 'unknown error')
      const args = decodeAbi(error.inputs, result.data.subarray(4))
      assert(args !== undefined)
      return { ok: false, error: error.name, args, gas, data: result.data }
    },
    call(from, name, args, options) {
      const { to, input } = inputOf(name, args)
      const outcome = harness.raw(from, to, input, options)
      if (!outcome.ok) return outcome
      const { found } = functions.get(name)!
      const output = decodeAbi(found.abi.outputs, outcome.data)
      assert(output !== undefined, `${name}: output does not decode`)
      return { ...outcome, output: output as Record<string, never> }
    },
    ok(from, name, args, options) {
      const outcome = harness.call(from, name, args, options)
      assert(outcome.ok, outcome.ok ? '' : `${name}: ${outcome.error} ${text(outcome.args)}`)
      return outcome.output
    },
    fails(error, from, name, args, options) {
      const outcome = harness.call(from, name, args, options)
      assert(!outcome.ok, `${name} should fail with ${error}`)
      assert.equal(outcome.error, error, `${name}: ${text(outcome.args)}`)
      return outcome.args
    },
    pass(seconds) {
      harness.now += seconds
      harness.blockNumber += 1n
    },
  }
  checks.set(harness, supply)
  return harness
}

const checks = new WeakMap<Harness, bigint>()

/** Money: Settlement's balance is the sum of the buckets, the other precompiles hold nothing, no OPEN came or went. */
export function assertMoney(harness: Harness, accounts: readonly Address[] = []): void {
  const held = balances.get(harness.store)
  const sum = buckets.reduce((total, bucket) => total + held[bucket], 0n)
  assert.equal(harness.balance(protocol.settlement), sum, 'buckets and balance')
  for (const [name, address] of Object.entries(protocol))
    if (name !== 'settlement') assert.equal(harness.balance(address), 0n, `${name} holds money`)
  const people = new Set([...senders, ...Object.values(predeploys), ...accounts])
  let total = sum
  for (const account of people) total += harness.balance(account)
  assert.equal(total, checks.get(harness), 'supply')
}

function readEvent(address: Address, topics: readonly Hash[], data: Uint8Array): Event {
  const event = eventsByTopic.get(topics[0]!)
  assert(event !== undefined, 'unknown event')
  const indexed = event.inputs.filter((input) => 'indexed' in input && input.indexed === true)
  const plain = event.inputs.filter((input) => !('indexed' in input && input.indexed === true))
  const args: Record<string, unknown> = { ...decodeAbi(plain, data) }
  for (const [index, input] of indexed.entries())
    Object.assign(args, decodeAbi([input], hexToBytes(topics[index + 1]!)))
  return { name: event.name, address, args }
}

function topicOf(event: AbiEvent): Hash {
  return keccakHash(
    new TextEncoder().encode(`${event.name}(${event.inputs.map((input) => canonical(input)).join(',')})`),
  )
}

function canonical(parameter: { readonly type: string; readonly components?: readonly unknown[] }): string {
  if (!parameter.type.startsWith('tuple')) return parameter.type
  const inner = (parameter.components as readonly { type: string }[]).map(canonical).join(',')
  return `(${inner})${parameter.type.slice('tuple'.length)}`
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? item.toString() : item))
}
