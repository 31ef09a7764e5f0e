import type { Kv } from '../../core/ports/kv.ts'
import type { ChainRules } from '../../core/rules.ts'
import { buildGenesis, type Genesis } from '../../genesis/buildGenesis.ts'
import { type ChainSpec, rulesOf } from '../../genesis/spec.ts'
import { type Chain, openChain } from '../../state/chain.ts'
import type { Engine } from '../../state/engine.ts'
import { createEthereumjsEngine } from '../../state/engines/ethereumjs/engine.ts'
import type { Logger } from '../log/logger.ts'
import { precompilesOf } from '../precompiles.ts'

/** The chain of an open database, and the engine that executes it. */
export type Core = {
  readonly rules: ChainRules
  readonly genesis: Genesis
  readonly chain: Chain
  readonly engine: Engine
}

/** Opens the chain in a database, or creates it there. Throws what `openChain` throws. */
export async function openCore(kv: Kv, spec: ChainSpec, log: Logger): Promise<Core> {
  const rules = rulesOf(spec)
  const genesis = buildGenesis(spec)
  const chain = await openChain({ kv, genesis, rules })
  if (chain.recovery !== undefined) {
    const { head, dropped, findings } = chain.recovery
    log.warn(
      { head: head.number, dropped, findings: findings.length },
      'incomplete blocks at the end of the chain removed',
    )
  }
  const precompiles = precompilesOf(spec)
  const engine = await createEthereumjsEngine({ rules, precompiles, blockHash: chain.reader.hashByNumber })
  return { rules, genesis, chain, engine }
}
