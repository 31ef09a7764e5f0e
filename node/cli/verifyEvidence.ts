import { NodeError } from '../../core/errors.ts'
import { type Address, parseAddress } from '../../core/hex.ts'
import { buildGenesis } from '../../genesis/buildGenesis.ts'
import { loadSpec } from '../../genesis/loadSpec.ts'
import { rulesOf } from '../../genesis/spec.ts'
import type { EvidenceBundle } from '../../p2p/evidence/bundle.ts'
import { verifyEvidence } from '../../p2p/evidence/verify.ts'
import { createEthereumjsEngine } from '../../state/engines/ethereumjs/engine.ts'
import { precompilesOf } from '../precompiles.ts'
import { readBundle } from './evidenceFile.ts'
import { exitCodes } from './exit.ts'
import type { Context } from './verb.ts'

/**
 * `openledger verify-evidence FILE`: checks a bundle without any network, and says in words what it proves. Exit code 0
 * if it holds, 1 if it does not, 2 if the file is no bundle.
 */
export async function verifyEvidenceVerb({ config, args, own, out }: Context): Promise<number> {
  const file = args[0]!
  const bundle = readBundle(file)
  const spec = loadSpec(config.chain)
  const genesis = buildGenesis(spec).hash
  const rules = rulesOf(spec)
  const precompiles = precompilesOf(spec)
  const { holds, says, needs } = await verifyEvidence(bundle, {
    spec,
    genesis,
    openEngine: (blockHash) => createEthereumjsEngine({ rules, precompiles, blockHash }),
    signers: signersOf(own.signer),
  })
  const { kind } = bundle.finding
  const title = `${titles[kind]}, chain ${bundle.chain.name} (${bundle.chain.chainId})`
  const lines = [
    title,
    ...says.map((line) => `  ${line}`),
    ...(needs.length > 0 ? ['What only L1 can tell:', ...needs.map((need) => `  ${need}`)] : []),
    holds ? 'The evidence holds.' : `The evidence does not hold.${hint(bundle, { spec, genesis })}`,
  ]
  out.result(lines.join('\n'), { kind, chainId: bundle.chain.chainId, holds, says, needs })
  return holds ? exitCodes.ok : exitCodes.failed
}

const titles = {
  equivocation: 'The sequencer signed two chains',
  invalid_block: 'The sequencer signed an invalid block',
  block_not_derived: 'The sequencer signed a block in whose place L1 has another',
  output_mismatch: 'An output on L1 is not what the chain gives',
  double_attestation: 'A validator signed two claims about one L1 block',
} as const satisfies Record<EvidenceBundle['finding']['kind'], string>

function signersOf(given: Context['own'][string]): readonly Address[] {
  if (given === undefined) return []
  return String(given)
    .split(',')
    .map((text) => {
      const signer = parseAddress(text.trim().toLowerCase())
      if (signer !== undefined) return signer
      const fix = 'give 0x and 40 hex digits'
      throw new NodeError({ code: 'usage', severity: 'fatal', message: '--signer is not an address', fix })
    })
}

/** Most often evidence of another chain was meant. */
function hint(
  { chain }: EvidenceBundle,
  { spec, genesis }: { readonly spec: { readonly chainId: bigint }; readonly genesis: string },
): string {
  const isOther = chain.chainId !== spec.chainId || chain.genesis !== genesis
  return isOther ? ' Give --chain the name or the spec file of its chain.' : ''
}
