import { encodeBlock } from '../../core/block.ts'
import { assert } from '../../core/errors.ts'
import type { Hash } from '../../core/hex.ts'
import { sealSigner } from '../../core/seal.ts'
import type { OriginParent, OriginView } from '../../l1/origins.ts'
import type { Chain } from '../../state/chain.ts'
import type { Finding } from '../evidence/finding.ts'
import { type Candidate, originOfBlock, signedBlock } from './candidate.ts'
import { derivedAt } from './derivedAt.ts'
import { readSeal } from './seals.ts'

export type RivalVerdict = {
  /**
   * `replace`: the chain's own block gives way. `waits`: whether it does, L1 will show. `useless`: it stays, because it was
   * first or is safe.
   */
  readonly verdict: 'equivocation' | 'replace' | 'waits' | 'useless'
  readonly finding?: Finding
}

export type RivalOptions = {
  readonly chain: Pick<Chain, 'heads' | 'kv' | 'reader'>
  readonly origins: Pick<OriginView, 'inputs'>
  readonly chainId: bigint
  /** Of an allowed signer, and L1 has its origin. */
  readonly candidate: Candidate
  readonly parent: OriginParent
  /** The canonical block of that height, a child of the same parent. */
  readonly own: Hash
}

/**
 * Which of two children of one parent is followed: what is safe; otherwise the one that was sealed; of two sealed ones
 * the first, unless L1 has dropped its origin. Two of one signer with one origin are evidence against it, and so is one
 * in whose place L1 has another of the same origin.
 */
export async function judgeRival(options: RivalOptions): Promise<RivalVerdict> {
  const { chain, origins, chainId, candidate, parent } = options
  const { number, parentHash } = candidate
  const own = chain.reader.blockByHash(options.own)
  assert(own !== undefined, 'a canonical block is stored')
  const seal = readSeal(chain.kv, own.hash)
  const ownOrigin = originOfBlock(own)
  assert(ownOrigin !== undefined, 'a block begins with its L1 attributes')
  const isSafe = number <= chain.heads().safe.number
  const isSameOrigin = ownOrigin.origin.hash === candidate.origin?.origin.hash

  if (isSameOrigin && seal !== undefined) {
    const first = { number, parentHash, hash: own.hash, seal, raw: encodeBlock(own) }
    if (sealSigner(chainId, first, seal) === candidate.signer) {
      return {
        verdict: 'equivocation',
        finding: { kind: 'equivocation', first, second: signedBlock(candidate) },
      }
    }
  }
  if (isSafe) {
    const l1Block = isSameOrigin ? derivedAt(chain.kv, number) : undefined
    if (l1Block === undefined) return { verdict: 'useless' }
    const derived = { header: own.header, l1Block }
    return { verdict: 'useless', finding: { kind: 'block_not_derived', block: signedBlock(candidate), derived } }
  }
  if (seal === undefined) return { verdict: 'replace' }
  const { kind } = await origins.inputs(parent, ownOrigin.origin)
  return { verdict: kind === 'elsewhere' ? 'replace' : kind === 'ahead' ? 'waits' : 'useless' }
}
