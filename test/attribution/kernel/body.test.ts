import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type BodyInput, buildBody, commitBody } from '../../../attribution/kernel/body.ts'
import {
  encodeEntry,
  encodeReceipt,
  encodeTile,
  encodeUpdate,
  type ReceiptLeaf,
} from '../../../attribution/kernel/leaves.ts'
import { createTree, emptyRoot, verifyOpening } from '../../../attribution/kernel/merkle.ts'
import { traceOutput } from '../../../attribution/kernel/span/trace.ts'
import { domainSeparator, nextHead, receiptHash } from '../../../attribution/kernel/typedData.ts'
import { check } from '../../core/random.ts'
import { bodyInputs, receiptsOf } from './bodies.ts'
import { corpusOf } from './span/corpora.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const passage = 'the quick brown fox jumps over a lazy dog'

test('a body holds its receipts by channel and sequence, linked from each update to its end', (t) => {
  check(
    t,
    fc.property(bodyInputs, (input) => {
      const { updates, receipts } = buildBody(input)
      const domain = domainSeparator(input.chainId)
      let place = 0
      let lastChannel = 0n
      for (const update of updates) {
        assert.ok(update.channel > lastChannel, 'channels ascend')
        lastChannel = update.channel
        const { before, receipts: signed } = input.channels.find(({ channel }) => channel === update.channel)!
        let { sequence, cumulative, head } = before
        assert.deepEqual(
          [update.beforeSequence, update.beforeCumulative, update.beforeHead],
          [sequence, cumulative, head],
        )
        for (const { receipt } of signed) {
          const { leaf } = receipts[place++]!
          head = nextHead(head, receiptHash(domain, receipt))
          const { previousCumulative, headAfter, traceRoot, marginBefore, creditBefore, ...fields } = leaf
          assert.deepEqual(fields, receipt)
          assert.deepEqual([leaf.sequence, previousCumulative, headAfter], [++sequence, cumulative, head])
          cumulative = leaf.cumulative
        }
        assert.deepEqual([update.afterSequence, update.afterCumulative, update.afterHead], [sequence, cumulative, head])
      }
      assert.equal(place, receipts.length)
    }),
    { numRuns: 200 },
  )
})

test('traces are those of the plain scan; private receipts have neither output nor tiles', (t) => {
  const seen = { open: 0, closed: 0, tiles: 0 }
  check(
    t,
    fc.property(bodyInputs, (input) => {
      for (const { leaf, output, tiles, traceTree } of buildBody(input).receipts) {
        const { isPrivate, receipts } = input.channels.find(({ channel }) => channel === leaf.channel)!
        const sold = receipts.find(({ receipt }) => receipt.sequence === leaf.sequence)!.output!
        seen[isPrivate ? 'closed' : 'open']++
        seen.tiles += tiles.length
        assert.deepEqual(output, isPrivate ? undefined : sold)
        assert.deepEqual(tiles, isPrivate ? [] : traceOutput(sold.bytes, input.corpus))
        assert.equal(leaf.traceRoot, createTree(tiles.map(encodeTile)).root)
        assert.equal(traceTree.root, leaf.traceRoot)
        if (isPrivate) assert.equal(leaf.traceRoot, emptyRoot)
      }
    }),
    { numRuns: 200 },
  )
  t.diagnostic(JSON.stringify(seen))
  for (const [kind, times] of Object.entries(seen)) assert.ok(times > 100, `hardly a case ${kind}`)
})

test('the header commits to all leaves, and each of them opens', (t) => {
  check(
    t,
    fc.property(bodyInputs, (input) => {
      const { header, trees, updates, receipts, entries } = buildBody(input)
      const opens = (
        root: string,
        leaves: readonly Uint8Array[],
        tree: ReturnType<typeof createTree>,
        count = leaves.length,
      ) => {
        assert.deepEqual([tree.root, tree.count, tree.byteLength], [root, BigInt(count), 0n])
        leaves.forEach((leaf, index) => {
          const opening = tree.open(index)
          assert.deepEqual(opening.data, leaf)
          assert.ok(verifyOpening(tree, opening))
        })
      }
      opens(header.updatesRoot, updates.map(encodeUpdate), trees.updates)
      opens(
        header.receiptsRoot,
        receipts.map(({ leaf }) => encodeReceipt(leaf)),
        trees.receipts,
        Number(header.receiptCount),
      )
      opens(header.ledgerRoot, entries.map(encodeEntry), trees.ledger, Number(header.ledgerCount))
    }),
    { numRuns: 50 },
  )
})

test('the order in which channels are given does not matter, an engine may trace', (t) => {
  check(
    t,
    fc.property(bodyInputs, (input) => {
      const { header } = buildBody(input)
      assert.deepEqual(buildBody({ ...input, channels: [...input.channels].reverse() }).header, header)
      const trace = (output: Uint8Array) => traceOutput(output, input.corpus)
      assert.deepEqual(buildBody({ ...input, trace }).header, header)
    }),
    { numRuns: 50 },
  )
})

test('committing to the content of a body gives the body; to a changed one, another', () => {
  const body = buildBody(sample())
  const content = { ...body, margin: body.header.margin, credit: body.header.credit }
  assert.deepEqual(commitBody(content).header, body.header)
  const [first, ...rest] = body.receipts
  const leaf = (changes: Partial<ReceiptLeaf>) => ({
    ...content,
    receipts: [{ ...first!, leaf: { ...first!.leaf, ...changes } }, ...rest],
  })
  assert.notEqual(commitBody(leaf({ creditBefore: 1n })).header.receiptsRoot, body.header.receiptsRoot)
  const untiled = { ...content, receipts: [{ ...first!, tiles: [] }, ...rest] }
  assert.equal(commitBody(untiled).receipts[0]!.leaf.traceRoot, emptyRoot)
  assert.notEqual(commitBody(untiled).header.receiptsRoot, body.header.receiptsRoot)
  assert.equal(commitBody({ ...content, credit: 7n }).header.credit, 7n)
})

test('a batch without channels is empty', () => {
  const { header } = buildBody({ ...sample(), channels: [] })
  assert.deepEqual(header, {
    updatesRoot: emptyRoot,
    receiptsRoot: emptyRoot,
    ledgerRoot: emptyRoot,
    receiptCount: 0n,
    ledgerCount: 0n,
    margin: 0n,
    credit: 0n,
  })
})

test('receipts that make no honest batch are a bug of the caller', () => {
  const input = sample()
  const channel = input.channels[0]!
  const [first, second] = channel.receipts
  const building = (changes: Partial<typeof channel>) => () =>
    buildBody({ ...input, channels: [{ ...channel, ...changes }] })
  const receipt = (changes: Partial<ReceiptLeaf>) => ({ ...first!, receipt: { ...first!.receipt, ...changes } })
  building({})()
  assert.throws(() => buildBody({ ...input, channels: [channel, channel] }), /a channel once/)
  assert.throws(building({ receipts: [] }), /has receipts/)
  assert.throws(building({ receipts: [second!] }), /without gaps/)
  assert.throws(building({ receipts: [first!, first!] }), /without gaps/)
  assert.throws(building({ channel: 9n }), /without gaps/)
  assert.throws(building({ receipts: [receipt({ cumulative: 999n })] }), /does not fall/)
  assert.throws(building({ receipts: [receipt({ outputLength: 8193 })] }), /8,192/)
  assert.throws(building({ receipts: [receipt({ outputLength: 40 })] }), /output of its root/)
  assert.throws(building({ receipts: [{ ...first!, output: second!.output }] }), /output of its root/)
  assert.throws(building({ receipts: [{ ...first!, output: undefined }] }), /output of its root/)
  building({ isPrivate: true, receipts: [{ ...first!, output: undefined }] })()
})

/** One channel with two receipts, one of which quotes the corpus. */
function sample(): BodyInput {
  const sold = [
    { output: bytes(`He said: ${passage}.`), price: 10n ** 18n },
    { output: bytes('nothing of the sort'), price: 5n },
  ]
  const channel = receiptsOf({ channel: 3n, isPrivate: false, sequence: 4n, cumulative: 1_000n, sold })
  const corpus = corpusOf([[passage]])
  return { chainId: 1612n, corpus, channels: [channel], marginBps: 2_000n, dataBps: 5_000n, specificBps: 5_000n }
}
