import { claimOutput } from '../../../../attribution/kernel/build/claimed.ts'
import { createTree, rootOf } from '../../../../attribution/kernel/merkle.ts'
import { createSaltedTree, saltsOf } from '../../../../attribution/kernel/text.ts'
import { concatBytes } from '../../../../core/hex.ts'
import { keccak256 } from '../../../../core/keccak.ts'
import type { DraftReceipt } from '../draft.ts'
import { type Mutation, pickOne, publicReceipts, replaceAt } from './tools.ts'

// Outputs that are not what receipts say of them, or that nobody is shown.

/** A root over chunks of other lengths, or one that says another length: signed as if it were right. */
export const malformOutput: Mutation = (draft, random) => {
  const target = pickOne(random, publicReceipts(draft))
  if (target === undefined) return
  let { count, byteLength, leaves } = target.output!
  const kind = random.pick([0, 1, 2, 2, 3, 3, 4])
  if (kind === 0) count += 1n
  if (kind === 1) byteLength = random.chance(0.5) ? byteLength + 1n : random.bits(40)
  if (kind === 2 && leaves.length > 0)
    leaves = replaceAt(leaves, random.below(leaves.length), (leaf) => leaf.slice(0, -1))
  if (kind === 3 && leaves.length > 1) {
    const [from, to] = [leaves.at(-2)!, leaves.at(-1)!]
    leaves = [
      ...leaves.slice(0, -2),
      from.slice(0, -1),
      concatBytes(to.subarray(0, 32), from.subarray(-1), to.subarray(32)),
    ]
  }
  if (kind === 4) leaves = [...leaves, random.bytes(40)]
  const { top } = createTree(leaves)
  target.output = { count, byteLength, leaves }
  target.receipt = { ...target.receipt, outputRoot: rootOf(count, byteLength, top) }
}

export const longOutput: Mutation = (draft, random) => {
  const target = pickOne(random, publicReceipts(draft))
  if (target !== undefined) replaceOutput(target, random.bytes(8192 + random.between(1, 300)))
}

export const otherOutput: Mutation = (draft, random) => {
  const target = pickOne(random, publicReceipts(draft))
  if (target !== undefined) replaceOutput(target, random.bytes(random.below(300)))
}

export const emptyOutput: Mutation = (draft, random) => {
  const target = pickOne(random, publicReceipts(draft))
  if (target !== undefined) replaceOutput(target, new Uint8Array(0))
}

export const hideOutput: Mutation = (draft, random) => {
  random.pick(draft.receipts).output = undefined
}

export const hideTiles: Mutation = (draft, random) => {
  random.pick(draft.receipts).hidesTiles = true
}

function replaceOutput(target: DraftReceipt, bytes: Uint8Array): void {
  const salts = saltsOf(keccak256(bytes), bytes.length)
  target.output = claimOutput(bytes, salts)
  target.receipt = { ...target.receipt, outputLength: bytes.length, outputRoot: createSaltedTree(bytes, salts).root }
}
