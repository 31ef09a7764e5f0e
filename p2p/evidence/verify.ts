import { decodeBlock } from '../../core/block.ts'
import { NodeError } from '../../core/errors.ts'
import type { Address, Hash } from '../../core/hex.ts'
import type { L1Inputs } from '../../core/ports/l1.ts'
import { sealSigner } from '../../core/seal.ts'
import { type ChainSpec, rulesOf } from '../../genesis/spec.ts'
import { blockRejects } from '../../state/sealed.ts'
import type { EvidenceBundle } from './bundle.ts'
import type { Finding } from './finding.ts'
import { type Judgement, judgeFinding, unproved } from './judge.ts'
import { type OpenEngine, placeOnL1, replayWitness, type Witness, witnessState } from './witness.ts'

export type VerifyEvidenceOptions = {
  readonly spec: ChainSpec
  /** The hash of the genesis block that the spec builds to. */
  readonly genesis: Hash
  readonly openEngine: OpenEngine
  /** Keys known from L1 to have been signers of blocks, besides the one that the chain spec names. */
  readonly signers?: readonly Address[]
}

/**
 * Checks a bundle without any network or database: signatures, hashes and links, and for an invalid block its execution
 * from the witness. Nothing in the bundle is trusted; what it takes from L1 is listed in `needs`.
 */
export async function verifyEvidence(
  { chain, finding, witness }: EvidenceBundle,
  { spec, genesis, openEngine, signers = [] }: VerifyEvidenceOptions,
): Promise<Judgement> {
  if (chain.chainId !== spec.chainId || chain.genesis !== genesis) {
    return unproved([], `It is about another chain: ${chain.chainId} with the genesis block ${chain.genesis}.`)
  }
  const judgement = judgeFinding(finding, spec)
  if (!judgement.holds) return judgement
  const stranger = checkSigner(finding, spec, signers)
  if (stranger !== undefined) return unproved(judgement.says, stranger)
  if (finding.kind !== 'invalid_block') return judgement
  return await executeAgain(finding, witness, judgement, { spec, openEngine })
}

/** Anybody can sign a block that breaks rules, and every altered one is of some key: it counts whose that is. */
function checkSigner(finding: Finding, spec: ChainSpec, signers: readonly Address[]): string | undefined {
  if (finding.kind === 'output_mismatch' || finding.kind === 'double_attestation') return undefined
  const signed = finding.kind === 'equivocation' ? finding.first : finding.block
  const signer = sealSigner(spec.chainId, signed, signed.seal)
  const named = spec.l1.rollup?.unsafeSigner
  if (signer === undefined || signer === named || signers.includes(signer)) return undefined
  return `The chain spec names ${named ?? 'nobody'} as the signer of blocks: whether L1 has named ${signer} since must be told (--signer).`
}

async function executeAgain(
  { block: signed, inputs }: Extract<Finding, { readonly kind: 'invalid_block' }>,
  witness: Witness | undefined,
  { says, needs }: Judgement,
  { spec, openEngine }: Pick<VerifyEvidenceOptions, 'spec' | 'openEngine'>,
): Promise<Judgement> {
  if (witness === undefined) return unproved(says, 'There is no witness to execute it from: a node has to do that.')
  const block = decodeBlock(signed.raw)
  if ('reject' in block) return unproved(says, 'It does not decode.')
  const rules = rulesOf(spec)
  const result = await replayWitness(witness, { block, inputs, rules, spec, openEngine })
  if (typeof result === 'string') return unproved(says, `The witness does not do: ${result}.`)
  if (!('reject' in result)) return unproved(says, 'Executed again, it is valid.')
  if (result.reject === 'fork_unknown') return unproved(says, 'A newer version of the node has to judge it.')
  const place = checkPlace(witness, inputs, spec)
  if (place !== undefined) return unproved(says, place)
  const detail = result.detail === undefined ? '' : ` (${result.detail})`
  const executed = `Executed again on its parent's state, it breaks a rule: ${blockRejects[result.reject]}${detail}.`
  return { holds: true, says: [...says, executed], needs }
}

/** L1's inputs follow from the parent's place: a bundle that has other ones would make any block look wrong. */
function checkPlace(witness: Witness, inputs: L1Inputs, spec: ChainSpec): string | undefined {
  const { origin, sequenceNumber, deposits } = inputs
  try {
    const parent = placeOnL1(witness.parent, witnessState(witness), spec)
    const isSame = origin.number === parent.number
    if (isSame && origin.hash !== parent.hash)
      return 'The origin given is not that of the parent, which has its number.'
    if (isSame && deposits.length > 0) return 'Deposits are given again to an origin that had them.'
    if (sequenceNumber !== (isSame ? parent.sequenceNumber + 1n : 0n))
      return 'The sequence number given does not follow.'
    return undefined
  } catch (error) {
    if (!(error instanceof NodeError)) throw error
    return 'The witness does not tell the origin of the parent.'
  }
}
