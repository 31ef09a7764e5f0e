import type { Block } from '../../../core/block.ts'
import { decodeL1Attributes } from '../../../core/l1Attributes.ts'
import type { ChainRules } from '../../../core/rules.ts'
import type { Follower } from '../../../l1/follow.ts'
import type { OriginAnswer, OriginParent } from '../../../l1/origins.ts'
import type { L1Ref } from '../../../l1/source.ts'
import type { Chain } from '../../../state/chain.ts'
import type { Engine } from '../../../state/engine.ts'
import type { BlockReject } from '../../../state/sealed.ts'
import { verifyBlock } from '../../../state/verify.ts'

export type Taker = {
  readonly chain: Chain
  readonly engine: Engine
  readonly rules: ChainRules
  readonly follower: Follower
  /** Of the genesis block. */
  readonly origin: L1Ref
}

/**
 * Appends a block that did not come from L1, as far as L1 and the rules allow: what became of it. `no_parent`: it is not
 * the child of the head.
 */
export async function takeBlock(
  { chain, engine, rules, follower, origin }: Taker,
  block: Block,
): Promise<'taken' | 'no_parent' | Exclude<OriginAnswer['kind'], 'inputs'> | BlockReject> {
  const parentHash = chain.heads().unsafe.hash
  const isChild = () => chain.heads().unsafe.hash === block.header.parentHash
  if (!isChild()) return 'no_parent'
  const parent = l1PartOf(chain.block(parentHash)!) ?? { origin, sequenceNumber: 0n }
  const own = l1PartOf(block)!
  const answer = await follower.origins.inputs(parent, own.origin)
  if (answer.kind !== 'inputs') return answer.kind
  if (!isChild()) return 'no_parent'
  const state = { parent: chain.header(), state: chain.state(), readNode: chain.reader.readNode }
  const { inputs } = answer
  const sealed = await verifyBlock({ ...state, block, parentOrigin: parent.origin, inputs, engine, rules })
  if ('reject' in sealed) return sealed
  await chain.append(sealed)
  return 'taken'
}

/** Origin and sequence number of a block; undefined for the genesis block. */
export function l1PartOf({ transactions }: Block): OriginParent | undefined {
  const first = transactions[0]
  return first === undefined ? undefined : decodeL1Attributes(first.tx.data)
}
