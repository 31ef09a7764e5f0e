import type { Hash } from '../../../core/hex.ts'
import { type CorpusVersion, contentRange } from '../span/corpus.ts'
import { createTextTree } from '../text.ts'
import type { KnownCorpus } from './corpus.ts'
import type { ContributionFacts } from './version.ts'

/** What the chain records of a contribution's content; undefined if it has no such contribution. */
export type RecordedContents = (
  contribution: Hash,
) => Pick<ContributionFacts, 'order' | 'contentRoot' | 'isActive'> | undefined

/**
 * Documents of a version that are not what the chain records of the contributions they name: of another content or
 * order, or of none that is active. No demand for a holder there is answered from this text, and the version may stand
 * all the same, as long as nobody shows the true content. Providers serve no model over such a version: hashes its text.
 */
export function findUnshowable(version: CorpusVersion, recorded: RecordedContents): ReadonlySet<number> {
  const unshowable = new Set<number>()
  for (const [document, { contribution, order }] of version.documents.entries()) {
    const { start, end } = contentRange(version, document)
    const facts = recorded(contribution)
    const isRight =
      facts?.isActive === true &&
      facts.order === order &&
      facts.contentRoot === createTextTree(version.text.subarray(start, end)).root
    if (!isRight) unshowable.add(document)
  }
  return unshowable
}

/** The corpus of a challenger who looked: a tile at a document that is not of its contribution is a holder to ask for. */
export function checkContents({ versions, find }: KnownCorpus, recorded: RecordedContents): KnownCorpus {
  return {
    find,
    versions: versions.map((version) =>
      version.content === undefined ? version : { ...version, unshowable: findUnshowable(version.content, recorded) },
    ),
  }
}
