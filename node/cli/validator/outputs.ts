import type { Address } from 'viem'
import type { Claim } from '../../../core/attestation.ts'
import type { Hash } from '../../../core/hex.ts'
import { outputOracleAbi } from '../../../l1/abi.ts'
import type { L1Session } from './session.ts'

/** An output as the oracle on L1 has it; times in Unix seconds. */
export type Output = {
  readonly index: bigint
  readonly claim: Claim
  readonly l1BlockNumber: bigint
  readonly proposer: Address
  readonly isUpheld: boolean
  readonly isFinal: boolean
  /** Undefined: nobody doubts it. */
  readonly challenge: { readonly challenger: Address; readonly deadline: number } | undefined
}

/** The oracle for reading with `readContract`. */
export function oracleOf({ known }: Pick<L1Session, 'known'>) {
  return { address: known.contracts.outputOracle, abi: outputOracleAbi } as const
}

/** An output by its index; throws what the oracle says to one that it does not have. */
export async function readOutput(session: L1Session, index: bigint): Promise<Output> {
  const { reader } = session
  const oracle = oracleOf(session)
  const args = [index] as const
  const [proposal, [l1BlockNumber, l1BlockHash], proposer, isUpheld, isFinal, challenged] = await Promise.all([
    reader.readContract({ ...oracle, functionName: 'getL2Output', args }),
    reader.readContract({ ...oracle, functionName: 'outputL1Block', args }),
    reader.readContract({ ...oracle, functionName: 'outputProposer', args }),
    reader.readContract({ ...oracle, functionName: 'isUpheld', args }),
    reader.readContract({ ...oracle, functionName: 'isFinalized', args }),
    reader.readContract({ ...oracle, functionName: 'challengeOf', args }),
  ])
  const { outputRoot, l2BlockNumber } = proposal
  const [challenger, deadline] = challenged
  return {
    index,
    claim: { l2BlockNumber, outputRoot: outputRoot as Hash, l1BlockHash: l1BlockHash as Hash },
    l1BlockNumber,
    proposer,
    isUpheld,
    isFinal,
    challenge: BigInt(challenger) === 0n ? undefined : { challenger, deadline: Number(deadline) },
  }
}

/** What an output says, for people. */
export function outputFacts({ claim, l1BlockNumber, proposer }: Output): readonly (readonly [string, string])[] {
  return [
    ['output root', claim.outputRoot],
    ['of L2 block', String(claim.l2BlockNumber)],
    ['safe at L1', `block ${l1BlockNumber}, ${claim.l1BlockHash}`],
    ['proposer', proposer],
  ]
}
