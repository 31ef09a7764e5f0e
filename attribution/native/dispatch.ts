import type { Address } from '../../core/hex.ts'
import { bytesToHex, emptyBytes } from '../../core/hex.ts'
import type { World } from '../../core/state.ts'
import type { Precompile, PrecompileContext } from '../precompile.ts'
import { isProtocol, protocol } from './addresses.ts'
import { type Call, fail, need, ProtocolRevert } from './call.ts'
import { decodeAbi } from './decode.ts'
import { encodeAbi } from './encode.ts'
import { gas } from './gas.ts'
import { maxAmount } from './money.ts'
import type { ProtocolRules } from './rules.ts'
import { createStore } from './store.ts'
import type { DefinedFunction, PrecompileDefinition } from './table.ts'

/**
 * The precompile of a definition under these rules. It finds the function by selector, decodes strictly, refuses what
 * the function's mutability does not allow, runs the handler, and encodes what it gives. A custom error becomes a
 * revert with its data; the engine undoes the call's writes.
 */
export function servePrecompile(definition: PrecompileDefinition, rules: ProtocolRules): Precompile {
  return (context, input) => {
    try {
      return { kind: 'output', data: serve(definition, rules, context, input) }
    } catch (error) {
      if (error instanceof ProtocolRevert) return { kind: 'revert', data: error.data }
      throw error
    }
  }
}

function serve(
  definition: PrecompileDefinition,
  rules: ProtocolRules,
  context: PrecompileContext,
  input: Uint8Array,
): Uint8Array {
  context.charge(gas.call + gas.inputWord * BigInt(Math.ceil(input.length / 32)))
  const found = definition.functions.get(bytesToHex(input.subarray(0, 4)))
  need(found !== undefined, 'UnknownFunction')
  checkMutability(found, context)
  const args = decodeAbi(found.abi.inputs, input.subarray(4)) ?? fail('MalformedInput')
  const call = openCall(rules, context, input)
  if (context.value > 0n) moveValue(call, definition.address)
  const output = found.run(call, args as never)
  if (found.abi.outputs.length === 0) return emptyBytes
  const data = encodeAbi(found.abi.outputs, output as Record<string, unknown>)
  context.charge(gas.word * BigInt(data.length / 32))
  return data
}

function checkMutability({ abi }: DefinedFunction, { readOnly, delegated, value, caller }: PrecompileContext): void {
  if (abi.stateMutability !== 'payable') need(value === 0n, 'NotPayable')
  if (abi.stateMutability === 'view' || abi.stateMutability === 'pure') return
  need(!delegated, 'DelegatedCall')
  need(!readOnly, 'StaticCall')
  // It has no keys and calls nothing: only development chains, which let anybody send as anyone, can ask for this.
  need(!isProtocol(caller), 'NotAllowed')
  need(value <= maxAmount, 'AmountTooLarge')
}

function openCall(rules: ProtocolRules, context: PrecompileContext, input: Uint8Array): Call {
  const { world, caller, value, block } = context
  const charge = (amount: bigint) => context.charge(amount)
  return {
    rules,
    caller,
    value,
    now: block.timestamp,
    blockNumber: block.number,
    chainId: block.chainId,
    baseFee: block.baseFee,
    input,
    store: createStore(world, charge),
    world,
    charge,
    log: (topics, data) => context.log(topics, data),
  }
}

/** All money of the protocol lies at one account, so that one equation shows that none is lost. */
function moveValue({ world, value, charge }: Call, from: Address): void {
  if (from === protocol.settlement) return
  charge(gas.pay)
  addBalance(world, from, -value)
  addBalance(world, protocol.settlement, value)
}

function addBalance(world: World, address: Address, wei: bigint): void {
  const { nonce, balance, codeHash } = world.account(address)!
  world.setAccount(address, { nonce, codeHash, balance: balance + wei })
}
