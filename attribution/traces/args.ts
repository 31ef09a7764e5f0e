import type { ExtractAbiFunction, ExtractAbiFunctionNames } from 'abitype'
import type { tracesAbi } from '../abi/traces.ts'
import type { AbiRecord } from '../native/types.ts'

/** The arguments of a function of Traces. */
export type TracesArgs<N extends ExtractAbiFunctionNames<typeof tracesAbi>> = AbiRecord<
  ExtractAbiFunction<typeof tracesAbi, N>['inputs']
>
