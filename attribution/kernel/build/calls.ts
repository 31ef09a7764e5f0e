import type { ExtractAbiFunction, ExtractAbiFunctionNames } from 'abitype'
import type { tracesAbi } from '../../abi/traces.ts'
import type { AbiRecord } from '../../native/types.ts'

type Name = ExtractAbiFunctionNames<typeof tracesAbi>
type Inputs<N extends Name> = AbiRecord<ExtractAbiFunction<typeof tracesAbi, N>['inputs']>

/** Functions that prove a dataset version false, and those that prove a batch false. */
export type VersionRefutationName = Extract<Name, `refuteVersion${string}`>
export type RefutationName = Exclude<Extract<Name, `refute${string}`>, VersionRefutationName>
export type DemandName = Extract<Name, `demand${string}`>
export type AnswerName = Extract<Name, `answer${string}`>

/** The arguments of a function of Traces, those aside that every call of its kind has: batch, version, salt. */
export type TracesArgs<N extends Name> = Omit<Inputs<N>, 'batch' | 'version' | 'salt'>

type CallOf<N extends Name> = { readonly [K in N]: { readonly name: K; readonly args: TracesArgs<K> } }[N]

/** The one call that proves something in a batch false. */
export type Fault = CallOf<RefutationName>
/** The one call that proves something in a dataset version false. */
export type VersionFault = CallOf<VersionRefutationName>
/** The call that asks for what is not shown: unanswered, it ends the batch as a refutation does. */
export type Demand = CallOf<DemandName>

/** What a challenger can do about a batch that is not as it should be. */
export type Finding = Fault | { readonly demand: Demand }

/** A fault with its arguments. */
export function fault<N extends RefutationName>(name: N, args: TracesArgs<N>): Fault {
  return { name, args } as Fault
}

/** A fault of a version with its arguments. */
export function versionFault<N extends VersionRefutationName>(name: N, args: TracesArgs<N>): VersionFault {
  return { name, args } as VersionFault
}

/** A demand with its arguments. */
export function demand<N extends DemandName>(name: N, args: TracesArgs<N>): { readonly demand: Demand } {
  return { demand: { name, args } as Demand }
}
