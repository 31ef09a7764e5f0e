import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createDocTree, type DocumentsHead, documentRange, openDocument } from '../../../attribution/kernel/claims.ts'
import type { DocLeaf } from '../../../attribution/kernel/leaves.ts'
import { createTree, type Tree } from '../../../attribution/kernel/merkle.ts'
import { contentRange } from '../../../attribution/kernel/span/corpus.ts'
import { check } from '../../core/random.ts'
import { someHash } from './bodies.ts'
import { contributionOf, corpusOf } from './span/corpora.ts'

function headOf(docTree: Tree, byteLength: number): DocumentsHead {
  return { docRoot: docTree.root, documentCount: docTree.count, byteLength: BigInt(byteLength) }
}

test('the ranges of all documents cover the text, separators included', (t) => {
  check(
    t,
    fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 1, maxLength: 12 }), (contents) => {
      const [version] = corpusOf([contents])
      const docTree = createDocTree(version!.documents)
      const head = headOf(docTree, version!.text.length)
      let covered = 0
      contents.forEach((content, document) => {
        const range = documentRange(head, openDocument(docTree, document))!
        assert.deepEqual(range.start, covered)
        assert.deepEqual(version!.text.slice(range.start, range.contentEnd), content)
        assert.deepEqual(
          [range.document, range.contribution, range.order],
          [document, contributionOf(BigInt(document + 1)), BigInt(document + 1)],
        )
        covered = range.end
      })
      assert.equal(covered, version!.text.length)
    }),
  )
})

test('openings of another tree, of documents apart and without the neighbour show no range', () => {
  const [version] = corpusOf([['one', 'two', 'three', 'four']])
  const docTree = createDocTree(version!.documents)
  const head = headOf(docTree, version!.text.length)
  const second = openDocument(docTree, 1)
  const last = openDocument(docTree, 3)
  assert.ok(documentRange(head, second) && documentRange(head, last))
  const wrong = [
    documentRange({ ...head, docRoot: someHash('another version') }, second),
    documentRange({ ...head, documentCount: 5n }, second),
    documentRange({ ...head, documentCount: 2n }, second),
    documentRange(head, { ...second, next: undefined }),
    documentRange(head, { ...second, next: docTree.open(3) }),
    documentRange(head, { ...second, next: docTree.open(1) }),
    documentRange(head, { ...second, entry: docTree.open(0) }),
    documentRange(head, { ...last, next: docTree.open(0) }),
    documentRange(head, { ...second, entry: { ...second.entry, data: docTree.open(2).data } }),
    documentRange(head, { ...second, next: { ...second.next!, data: last.entry.data } }),
    documentRange(head, { ...second, next: { ...second.next!, path: [] } }),
  ]
  assert.deepEqual(
    wrong,
    wrong.map(() => undefined),
  )
  const short = createTree([second.entry.data, second.entry.data.subarray(1)])
  for (const document of [0, 1]) assert.equal(documentRange(headOf(short, 9), openDocument(short, document)), undefined)
})

test('starts that no version should have give empty or cut ranges, the same that tracers see', (t) => {
  const starts = fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 6 })
  const extreme = fc.constantFrom(0, 30, 2 ** 40 - 1)
  check(
    t,
    fc.property(starts, extreme, fc.nat({ max: 30 }), (some, last, byteLength) => {
      const documents = [...some, last].map((start, place): DocLeaf => {
        const order = BigInt(place + 1)
        return { start, contribution: contributionOf(order), order }
      })
      const docTree = createDocTree(documents)
      const version = { version: someHash('version'), text: new Uint8Array(byteLength), documents }
      documents.forEach(({ start }, document) => {
        const range = documentRange(headOf(docTree, byteLength), openDocument(docTree, document))!
        assert.deepEqual({ start: range.start, end: range.contentEnd }, contentRange(version, document))
        assert.ok(start <= range.contentEnd && range.contentEnd <= range.end, 'never negative')
        assert.ok(range.end === start || range.end <= byteLength, 'never behind the text')
      })
    }),
  )
})
