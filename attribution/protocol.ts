import type { Address } from '../core/hex.ts'
import { agentsPrecompile } from './agents/table.ts'
import { datanetsPrecompile } from './datanets/table.ts'
import { modelsPrecompile } from './models/table.ts'
import { servePrecompile } from './native/dispatch.ts'
import type { ProtocolRules } from './native/rules.ts'
import type { PrecompileDefinition } from './native/table.ts'
import type { Precompile, PrecompileTable } from './precompile.ts'
import { settlementPrecompile } from './settlement/table.ts'
import { tracesPrecompile } from './traces/table.ts'

/** The five precompiles as data. */
export const protocolDefinitions: readonly PrecompileDefinition[] = [
  datanetsPrecompile,
  modelsPrecompile,
  agentsPrecompile,
  settlementPrecompile,
  tracesPrecompile,
]

/** The protocol's precompiles under the rules of a chain, by address. */
export function protocolPrecompiles(rules: ProtocolRules): PrecompileTable {
  return new Map(
    protocolDefinitions.map((definition): [Address, Precompile] => [
      definition.address,
      servePrecompile(definition, rules),
    ]),
  )
}
