import type { PrecompileTable } from '../attribution/precompile.ts'
import { protocolPrecompiles } from '../attribution/protocol.ts'
import { type ChainSpec, protocolRulesOf } from '../genesis/spec.ts'
import { devPrecompiles } from './dev/setBalance.ts'

/** All native precompiles of a chain: the attribution protocol's, and on solo development chains those of its tools. */
export function precompilesOf(spec: ChainSpec): PrecompileTable {
  const protocol = protocolPrecompiles(protocolRulesOf(spec))
  return spec.impersonation ? new Map([...protocol, ...devPrecompiles]) : protocol
}
