import { encodeBlock } from '../../core/block.ts'
import type { Chain } from '../../state/chain.ts'
import { hashIn, numberIn, rangeOf } from '../../state/store/tables.ts'
import type { Finding } from '../evidence/finding.ts'
import { originOfBlock } from './candidate.ts'
import { derivedAt } from './derivedAt.ts'
import { readSeal } from './seals.ts'

/**
 * Sealed blocks at these heights, both ends included and safe, in whose place L1 has another child of their parent with
 * the same origin. They are known until a block of their height is final; nobody may write to the chain meanwhile.
 */
export async function replacedBlocks(
  { kv, reader }: Pick<Chain, 'kv' | 'reader'>,
  range: { readonly from: bigint; readonly to: bigint },
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for await (const [key] of kv.entries(rangeOf('side', range))) {
    const [number, hash] = [numberIn(key), hashIn(key)]
    const seal = readSeal(kv, hash)
    const left = seal === undefined ? undefined : reader.blockByHash(hash)
    const safeHash = reader.hashByNumber(number)
    const safe = safeHash === undefined ? undefined : reader.blockByHash(safeHash)
    if (seal === undefined || left === undefined || safe === undefined) continue
    const { parentHash } = left.header
    if (safe.header.parentHash !== parentHash) continue
    if (originOfBlock(safe)?.origin.hash !== originOfBlock(left)?.origin.hash) continue
    const l1Block = derivedAt(kv, number)
    if (l1Block === undefined) continue
    const block = { number, parentHash, hash, seal, raw: encodeBlock(left) }
    findings.push({ kind: 'block_not_derived', block, derived: { header: safe.header, l1Block } })
  }
  return findings
}
