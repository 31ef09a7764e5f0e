import type { Block } from '../../core/block.ts'
import type { Chain } from '../../state/chain.ts'
import { hashIn, rangeOf } from '../../state/store/tables.ts'
import { originOfBlock } from './candidate.ts'
import { readSeal } from './seals.ts'

/**
 * Whether a sealed child of the block's parent with the same L1 origin has left the chain: to seal this one too would be
 * equivocation. An honest sequencer gets there when L1 replaces a block of its own and then takes that back.
 */
export async function hasSealedSibling({ kv, reader }: Pick<Chain, 'kv' | 'reader'>, block: Block): Promise<boolean> {
  const { number, parentHash } = block.header
  const origin = originOfBlock(block)?.origin.hash
  for await (const [key] of kv.entries(rangeOf('side', { from: number, to: number }))) {
    const hash = hashIn(key)
    if (hash === block.hash || readSeal(kv, hash) === undefined) continue
    const left = reader.blockByHash(hash)
    if (left?.header.parentHash === parentHash && originOfBlock(left)?.origin.hash === origin) return true
  }
  return false
}
