import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headOf, knowCorpus, openVersion } from '../../../attribution/kernel/build/corpus.ts'
import { indexOccurrences, scanOccurrences } from '../../../attribution/kernel/span/occurrences.ts'
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
