import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkContents, type RecordedContents } from '../../../attribution/kernel/build/contents.ts'
import { headOf, knowCorpus, openVersion } from '../../../attribution/kernel/build/corpus.ts'
import { contentRange } from '../../../attribution/kernel/span/corpus.ts'
import { indexOccurrences, scanOccurrences } from '../../../attribution/kernel/span/occurrences.ts'
import { createTextTree } from '../../../attribution/kernel/text.ts'
import { zeroHash } from '../../../core/hex.ts'
import { contributionOf, corpusOf } from './span/corpora.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const passage = bytes('the quick brown fox jumps over a lazy dog')

test('the table of windows holds all documents of a false version, also when they overlap', () => {
  const text = Uint8Array.from([...passage, 0x20, ...passage])
  const documents = [0, 84, 0, 84, 0, 84, 0].map((start, at) => ({
    start,
    contribution: contributionOf(BigInt(at)),
    order: BigInt(at),
  }))
  const corpus = [{ version: zeroHash, text, documents }]
  const found = scanOccurrences(corpus)(passage, 0)
  assert.deepEqual(
    found.map(({ document, offset }) => [document, offset]),
    [0, 2, 4, 6].flatMap((document) => [
      [document, 0],
      [document, 42],
    ]),
  )
  assert.deepEqual(indexOccurrences(corpus)(passage, 0), found)
})

test('a content that is not of the version on chain counts as not known', () => {
  const [first, second] = corpusOf([[passage], [passage]]).map(openVersion)
  const heads = [headOf(first!), headOf(second!)]
  const indexes = (corpus: ReturnType<typeof knowCorpus>) =>
    corpus.find(passage, 0).map(({ corpusIndex }) => corpusIndex)
  assert.deepEqual(indexes(knowCorpus(heads, [first, second])), [0, 1])
  assert.deepEqual(indexes(knowCorpus(heads, [undefined, second])), [1])
  for (const change of [{ docRoot: zeroHash }, { textRoot: zeroHash }, { byteLength: 1n }, { documentCount: 2n }]) {
    const corpus = knowCorpus([heads[0]!, { ...heads[1]!, ...change }], [first, second])
    assert.deepEqual(indexes(corpus), [0])
    assert.equal(corpus.versions[1]?.content, undefined)
  }
})

test('documents of another content or order than their contributions, or of none, cannot be shown', () => {
  const [version] = corpusOf([['one', 'two', 'three', 'four', 'five'].map(bytes)])
  const known = knowCorpus([headOf(openVersion(version!))], [openVersion(version!)])
  const right: RecordedContents = (contribution) => {
    const at = version!.documents.findIndex((each) => each.contribution === contribution)
    const { start, end } = contentRange(version!, at)
    const { root } = createTextTree(version!.text.subarray(start, end))
    return { order: version!.documents[at]!.order, contentRoot: root, isActive: true }
  }
  const unshowable = (recorded: RecordedContents) => [...checkContents(known, recorded).versions[0]!.unshowable]
  const idOf = (document: number) => version!.documents[document]!.contribution
  assert.deepEqual(unshowable(right), [])
  assert.deepEqual([...known.versions[0]!.unshowable], [])
  const wrong: RecordedContents = (contribution) => {
    const value = right(contribution)!
    if (contribution === idOf(0)) return { ...value, order: value.order + 1n }
    if (contribution === idOf(1)) return { ...value, contentRoot: createTextTree(bytes('two!')).root }
    if (contribution === idOf(3)) return { ...value, isActive: false }
    return contribution === idOf(4) ? undefined : value
  }
  assert.deepEqual(unshowable(wrong), [0, 1, 3, 4])
  const unknown = knowCorpus([headOf(openVersion(version!))], [undefined])
  assert.deepEqual([...checkContents(unknown, wrong).versions[0]!.unshowable], [])
})
