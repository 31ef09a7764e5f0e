import type { ExtractAbiEvent, ExtractAbiEventNames, ExtractAbiFunction, ExtractAbiFunctionNames } from 'abitype'
import type { Abi, AbiEvent, AbiFunction } from 'viem'
import { toFunctionSelector } from 'viem'
import type { Address } from '../../core/hex.ts'
import type { ProtocolName } from './addresses.ts'
import { type Call, emitLog } from './call.ts'
import type { AbiRecord } from './types.ts'

/** What a function gives back: its named outputs; nothing when it has none. */
type Output<F extends AbiFunction> = F['outputs'] extends readonly [] ? undefined : AbiRecord<F['outputs']>

/** One function of a precompile: what it does, what it costs beside input and storage, and its code. */
export type FunctionEntry<F extends AbiFunction = AbiFunction> = {
  readonly about: string
  /** In words, what decides the gas: slots, hashes, signatures, bytes. */
  readonly gas: string
  readonly run: (call: Call, args: AbiRecord<F['inputs']>) => Output<F>
}

/** The functions of a precompile: one entry for each function of its ABI, none missing, none besides. */
export type FunctionTable<A extends Abi> = {
  readonly [N in ExtractAbiFunctionNames<A>]: FunctionEntry<ExtractAbiFunction<A, N>>
}

/** A precompile as data: dispatch, interface, docs and coverage of tests come from it. */
export type PrecompileDefinition = {
  readonly name: ProtocolName
  readonly address: Address
  readonly about: string
  readonly abi: Abi
  readonly functions: ReadonlyMap<string, DefinedFunction>
}

export type DefinedFunction = {
  readonly abi: AbiFunction
  readonly about: string
  readonly gas: string
  readonly run: (call: Call, args: never) => unknown
}

/** Joins an ABI with its function table; functions are found by selector (0x and eight digits). */
export function definePrecompile<const A extends Abi>(definition: {
  readonly name: ProtocolName
  readonly address: Address
  readonly about: string
  readonly abi: A
  readonly functions: FunctionTable<A>
}): PrecompileDefinition {
  const table = definition.functions as Readonly<Record<string, Omit<DefinedFunction, 'abi'>>>
  const functions = new Map<string, DefinedFunction>()
  for (const item of definition.abi) {
    if (item.type === 'function') functions.set(toFunctionSelector(item), { ...table[item.name]!, abi: item })
  }
  return { ...definition, functions }
}

/** The values of an event by name. */
export type EventValues<A extends Abi, N extends ExtractAbiEventNames<A>> = AbiRecord<ExtractAbiEvent<A, N>['inputs']>

/** Makes the typed function that writes a precompile's events. */
export function emitterOf<const A extends Abi>(
  abi: A,
): <N extends ExtractAbiEventNames<A>>(call: Call, name: N, values: EventValues<A, N>) => void {
  const events = new Map(
    abi.flatMap((item): [string, AbiEvent][] => (item.type === 'event' ? [[item.name, item]] : [])),
  )
  return (call, name, values) => emitLog(call, events.get(name)!, values as Readonly<Record<string, unknown>>)
}
