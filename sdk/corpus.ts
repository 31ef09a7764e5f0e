import { createDocTree } from '../attribution/kernel/claims.ts'
import { type Contribution, type CorpusVersion, joinContributions } from '../attribution/kernel/span/corpus.ts'
import { createTextTree } from '../attribution/kernel/text.ts'
import { concatBytes, type Hash, type Hex, hexToBytes, parseHash, zeroHash } from '../core/hex.ts'
import { keccakHash } from '../core/keccak.ts'

/** What of a content goes into its commitment (`contentRoot`) and its reveal (`top`, `byteLength`). */
export function contentRoots(content: Uint8Array): {
  readonly contentRoot: Hash
  readonly top: Hash
  readonly byteLength: bigint
} {
  const { root, top, byteLength } = createTextTree(content)
  return { contentRoot: root, top, byteLength }
}

/** What `commitContribution` takes: keccak(contentRoot, salt, owner). The salt, 32 random bytes, stays secret until the reveal. */
export function contributionCommitment(contentRoot: Hash, salt: Hash, owner: Hex): Hash {
  return keccakHash(concatBytes(hexToBytes(contentRoot), hexToBytes(salt), hexToBytes(owner)))
}

/** The id of a licence: 32 bytes given as hex, or else the keccak of its name, like `CC-BY-4.0` (SPDX). Only recorded. */
export function licenceId(name: string): Hash {
  return parseHash(name) ?? keccakHash(new TextEncoder().encode(name))
}

/** What `publishVersion` takes, for a version that holds these contributions in this order; and the version itself. */
export function versionRoots(contributions: readonly Contribution[]): {
  readonly roots: {
    readonly textRoot: Hash
    readonly docRoot: Hash
    readonly byteLength: number
    readonly documents: number
  }
  readonly content: Omit<CorpusVersion, 'version'>
} {
  const { text, documents } = joinContributions(zeroHash, contributions)
  const roots = {
    textRoot: createTextTree(text).root,
    docRoot: createDocTree(documents).root,
    byteLength: text.length,
    documents: documents.length,
  }
  return { roots, content: { text, documents } }
}
