import { agentsAbi } from '../attribution/abi/agents.ts'
import { datanetsAbi } from '../attribution/abi/datanets.ts'
import { errorsAbi } from '../attribution/abi/errors.ts'
import { modelsAbi } from '../attribution/abi/models.ts'
import { settlementAbi } from '../attribution/abi/settlement.ts'
import { tracesAbi } from '../attribution/abi/traces.ts'
import { protocol } from '../attribution/native/addresses.ts'
import { type ParamName, paramNames } from '../attribution/native/rules.ts'

/** Address and ABI of each precompile. Names of functions are unique over all five. */
export const openledgerContracts = {
  datanets: { address: protocol.datanets, abi: datanetsAbi },
  models: { address: protocol.models, abi: modelsAbi },
  settlement: { address: protocol.settlement, abi: settlementAbi },
  traces: { address: protocol.traces, abi: tracesAbi },
  agents: { address: protocol.agents, abi: agentsAbi },
} as const

/** Everything in one list, errors included: for explorers, and for contracts that pass the protocol's errors on. */
export const openledgerAbi = [
  ...datanetsAbi,
  ...modelsAbi,
  ...settlementAbi,
  ...tracesAbi,
  ...agentsAbi,
  ...errorsAbi,
] as const

export type OpenledgerAbi = typeof openledgerAbi

/** The numbers of the parameters, as `paramNow` and `setParam` take them. */
export const paramNumbers = Object.fromEntries(paramNames.map((name, number) => [name, number])) as Readonly<
  Record<ParamName, number>
>
