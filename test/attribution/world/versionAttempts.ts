import { absent } from '../../../attribution/kernel/build/audit.ts'
import { type VersionFault, versionFault } from '../../../attribution/kernel/build/calls.ts'
import { openAt, openChunks } from '../../../attribution/kernel/build/openings.ts'
import type { ClaimedVersion } from '../../../attribution/kernel/build/version.ts'
import { decodeDoc } from '../../../attribution/kernel/leaves.ts'
import { createTree } from '../../../attribution/kernel/merkle.ts'
import { createTextTree } from '../../../attribution/kernel/text.ts'
import { concatBytes, type Hash } from '../../../core/hex.ts'
import type { Random } from './random.ts'

/** A refutation of a right version: true openings, nothing false among them. */
export function attemptVersion(
  random: Random,
  { documents, chunks }: ClaimedVersion,
  contentOf: (contribution: Hash) => Uint8Array,
): VersionFault {
  const text = concatBytes(...chunks)
  const docTree = createTree(documents)
  const textTree = createTextTree(text)
  const index = random.below(documents.length)
  const { start, contribution } = decodeDoc(documents[index]!)!
  const entry = docTree.open(index)
  const kind = random.below(4)
  if (kind === 0) {
    const next = openAt({ tree: docTree }, index + (random.chance(0.9) ? 1 : 2))
    return versionFault('refuteVersionEntry', { entry, next: random.chance(0.7) ? next : absent })
  }
  if (kind === 1) {
    const again = docTree.open(random.below(documents.length))
    return versionFault('refuteVersionRepeat', { entry, again })
  }
  if (kind === 2) {
    const place = random.chance(0.9) ? Math.max(0, start - 1) : random.below(text.length)
    return versionFault('refuteVersionSeparator', { next: entry, text: textTree.open(Math.floor(place / 256)) })
  }
  if (random.chance(0.2)) {
    const chunk = textTree.open(random.below(chunks.length))
    return versionFault('refuteVersionBytes', { entry: absent, content: absent, text: [chunk] })
  }
  const content = contentOf(contribution)
  const tree = createTextTree(content)
  const at = random.below(Number(tree.count))
  const [from, to] = [start + 256 * at, start + Math.min(content.length, 256 * (at + 1))]
  return versionFault('refuteVersionBytes', {
    entry,
    content: tree.open(at),
    text: openChunks(textTree, { from, to: random.chance(0.9) ? to : from + 1 }),
  })
}
