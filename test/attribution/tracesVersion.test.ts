import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tracesAbi } from '../../attribution/abi/traces.ts'
import { type DocLeaf, encodeDoc } from '../../attribution/kernel/leaves.ts'
import { createTree, type Tree } from '../../attribution/kernel/merkle.ts'
import { chunk, createTextTree, joinDocuments } from '../../attribution/kernel/text.ts'
import { contributions, versions } from '../../attribution/storage/datanets.ts'
import type { Hash } from '../../core/hex.ts'
import { ether } from '../state/testChain.ts'
import { argsOf, bonds, createChecked, creditOf } from './checked.ts'
import { alice, bob, type Committed, carol, commit, contribute, createDatanet } from './datasets.ts'
import { absent, commitTo, open, undone } from './tracesScene.ts'

const h = createChecked()
const curator = alice
const prover = carol
const until = h.now + 1_000n
const datanet = createDatanet(h, curator)
const foreign = contribute(h, bob, createDatanet(h, bob), 'What belongs to another datanet')
const long = 'A first text that is longer than a chunk, because it says the same again and again. '.repeat(8)
const given: readonly Committed[] = [
  contribute(h, bob, datanet, long),
  contribute(h, bob, datanet, 'A second text'),
  contribute(h, bob, datanet, 'A third text, not like the first'),
]
const hidden = commit(h, bob, datanet, { text: 'Never revealed' })
const expiring = commit(h, bob, datanet, { text: 'Allowed for a while', consentUntil: until })
// A datanet's policy is for ever: a consent for a while covers only a policy that ends before.
h.fails('ConsentTooNarrow', bob, 'revealContribution', expiring.reveal)
const revoked = contribute(h, bob, datanet, 'Revoked before')
const quarantined = contribute(h, bob, datanet, 'Quarantined before')
h.pass(4n)
const late = commit(h, bob, datanet, { text: 'Committed when the others became active' })
h.ok(bob, 'revealContribution', late.reveal)
h.pass(1n)
h.ok(bob, 'revokeConsent', { contribution: revoked.contribution })
h.ok('0x4200000000000000000000000000000000000a02' as typeof alice, 'quarantineContribution', {
  contribution: quarantined.contribution,
})
h.pass(1n)
const fresh = commit(h, bob, datanet, { text: 'Committed too late' })
h.ok(bob, 'revealContribution', fresh.reveal)
const held = bonds(h)

type Draft = { docs: (DocLeaf | Uint8Array)[]; chunks: Uint8Array[]; byteLength: number }
type Trial = { readonly version: Hash; readonly docs: Tree; readonly text: Tree; readonly draft: Draft }

/** The version of these contributions, as it should be. */
function draftOf(contents: readonly Committed[]): Draft {
  const { text, starts } = joinDocuments(contents.map(({ text }) => text))
  const docs = contents.map(({ contribution, order }, at) => ({ start: starts[at]!, contribution, order }))
  return { docs, chunks: chunksOf(text), byteLength: text.length }
}

function chunksOf(text: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.ceil(text.length / 256) }, (_, at) => chunk(text, at))
}

/** Publishes a draft, with this lie in it. */
function publish(contents: readonly Committed[], lie: (draft: Draft) => void = () => {}): Trial {
  const draft = draftOf(contents)
  lie(draft)
  const docs = createTree(draft.docs.map((doc) => (doc instanceof Uint8Array ? doc : encodeDoc(doc))))
  const text = createTree(draft.chunks, BigInt(draft.byteLength))
  const roots = { textRoot: text.root, docRoot: docs.root }
  const lengths = { byteLength: BigInt(draft.byteLength), documents: docs.count }
  const args = { datanet, sequence: 1n, ...roots, ...lengths }
  const version: Hash = h.ok(curator, 'publishVersion', args, { value: 10n * ether }).version!
  return { version, docs, text, draft }
}

function refute({ version }: Trial, name: string, args: Readonly<Record<string, unknown>>) {
  const given = commitTo(h, prover, version, name, { version, ...args })
  h.pass(1n)
  return h.call(prover, name, given)
}

const doc = (at: number, changes: (doc: DocLeaf) => Partial<DocLeaf>) => (draft: Draft) => {
  const before = draft.docs[at] as DocLeaf
  draft.docs[at] = { ...before, ...changes(before) }
}
/** Other bytes, from the whole text. */
const text = (change: (bytes: Uint8Array) => void) => (draft: Draft) => {
  const bytes = Buffer.concat(draft.chunks)
  change(bytes)
  draft.chunks = chunksOf(bytes)
}

type VersionCase = {
  readonly name: `refuteVersion${string}`
  readonly what: string
  readonly contents?: readonly Committed[]
  readonly lie?: (draft: Draft) => void
  readonly args: (trial: Trial) => Readonly<Record<string, unknown>>
}

const entryAt =
  (at: number, withNext = false) =>
  ({ docs }: Trial) => ({
    entry: open(docs, at),
    next: withNext ? open(docs, at + 1) : absent,
  })
const contentTree = createTextTree(given[0]!.text)
const listed = (extra: Committed) => [given[0]!, extra, given[2]!]

const entryCases: readonly VersionCase[] = [
  {
    what: 'an unreadable entry',
    lie: (draft: Draft) => void draft.docs.splice(1, 1, new Uint8Array(44)),
    args: entryAt(1),
  },
  { what: 'a first one that does not start at 0', lie: doc(0, () => ({ start: 1 })), args: entryAt(0) },
  { what: 'a contribution that does not exist', lie: doc(1, () => ({ contribution: datanet })), args: entryAt(1) },
  { what: 'a foreign contribution', contents: listed(foreign), args: entryAt(1) },
  { what: 'another order', lie: doc(1, ({ order }) => ({ order: order - 1n })), args: entryAt(1) },
  { what: 'one never revealed', contents: listed(hidden), args: entryAt(1) },
  { what: 'one not active yet', contents: listed(fresh), args: entryAt(1) },
  { what: 'one revoked before', contents: listed(revoked), args: entryAt(1) },
  { what: 'one quarantined before', contents: listed(quarantined), args: entryAt(1) },
  { what: 'a document too long', lie: doc(2, ({ start }) => ({ start: start + 1 })), args: entryAt(1, true) },
  { what: 'a document too short', lie: doc(1, ({ start }) => ({ start: start - 1 })), args: entryAt(0, true) },
  { what: 'starts that fall', lie: doc(2, () => ({ start: 0 })), args: entryAt(1, true) },
  { what: 'a last document too long', lie: (draft: Draft) => void draft.byteLength++, args: entryAt(2) },
].map((each) => ({ name: 'refuteVersionEntry', ...each }))

const bytesCases: readonly VersionCase[] = [
  { what: 'inside one chunk', at: 600, part: 2, spans: [2] },
  { what: 'where the content is not aligned', at: 3, part: 0, spans: [0] },
].map(({ what, at, part, spans }) => ({
  name: 'refuteVersionBytes',
  what,
  lie: text((bytes) => (bytes[at]! ^= 1)),
  args: ({ docs, text }) => ({
    entry: open(docs, 0),
    content: contentTree.open(part),
    text: spans.map((span) => text.open(span)),
  }),
}))

const second = draftOf(given).docs[1] as DocLeaf
const otherCases: readonly VersionCase[] = [
  {
    name: 'refuteVersionBytes',
    what: 'in a document that does not start with a chunk',
    lie: text((bytes) => (bytes[second.start + 2]! ^= 1)),
    args: ({ docs, text }) => ({
      entry: open(docs, 1),
      content: createTextTree(given[1]!.text).open(0),
      text: [text.open(2)],
    }),
  },
  {
    name: 'refuteVersionBytes',
    what: 'a chunk of a wrong length',
    lie: (draft) => void draft.chunks.splice(1, 1, draft.chunks[1]!.slice(1)),
    args: ({ text }) => ({ entry: absent, content: absent, text: [text.open(1)] }),
  },
  {
    name: 'refuteVersionSeparator',
    what: 'a byte that separates nothing',
    lie: text((bytes) => (bytes[second.start - 1] = 0x20)),
    args: ({ docs, text }) => ({ next: open(docs, 1), text: text.open(2) }),
  },
  {
    name: 'refuteVersionRepeat',
    what: 'a contribution listed twice',
    contents: [given[0]!, given[1]!, given[0]!],
    args: ({ docs }) => ({ entry: open(docs, 0), again: open(docs, 2) }),
  },
]

const versionCases = [...entryCases, ...bytesCases, ...otherCases]

for (const { name, what, contents = given, lie, args } of versionCases)
  test(`${name} proves ${what}: a fifth of the bond is the prover's, the rest burned`, () =>
    undone(h, () => {
      const trial = publish(contents, lie)
      const outcome = refute(trial, name, args(trial))
      assert(outcome.ok, outcome.ok ? '' : outcome.error)
      assert.equal(argsOf(outcome.events, 'VersionRefuted').slashed, 10n * ether)
      assert.equal(creditOf(h, prover), 2n * ether)
      assert.equal(bonds(h), held)
      assert.equal(versions.field(h.store, 'refuted', trial.version), true)
      const again = refute(trial, name, args(trial))
      assert.equal(again.ok ? '' : again.error, 'AlreadyProven')
    }))

test('every refutation of a version has a case', () => {
  const names = tracesAbi.flatMap((item) => (item.type === 'function' ? [item.name] : []))
  const refutations = names.filter((name) => name.startsWith('refuteVersion'))
  assert.deepEqual([...new Set(versionCases.map(({ name }) => name))].sort(), refutations.sort())
})

test('nothing can be proven against a version that is as it should be', () =>
  undone(h, () => {
    // In the very second in which the last of them becomes active.
    h.pass(3n)
    const trial = publish([...given, late])
    for (const { name, what, args } of versionCases) {
      const outcome = refute(trial, name, args(trial))
      assert(!outcome.ok && ['InvalidProof', 'InvalidOpening'].includes(outcome.error), `${name}: ${what}`)
    }
    // Every document and every pair.
    for (let at = 0; at < 4; at++) {
      const outcome = refute(trial, 'refuteVersionEntry', entryAt(at, true)(trial))
      assert.equal(outcome.ok ? '' : outcome.error, 'InvalidProof')
    }
    for (let at = 0; at < 3; at++) {
      const outcome = refute(trial, 'refuteVersionBytes', {
        entry: open(trial.docs, 0),
        content: contentTree.open(at),
        text: [trial.text.open(at)],
      })
      assert.equal(outcome.ok ? '' : outcome.error, 'InvalidProof')
    }
  }))

test('what happens after the publication, or in its second, does not make a version false', () =>
  undone(h, () => {
    const trial = publish([given[0]!, given[1]!])
    h.ok(bob, 'revokeConsent', { contribution: given[0]!.contribution })
    const outcome = refute(trial, 'refuteVersionEntry', entryAt(0)(trial))
    assert.equal(outcome.ok ? '' : outcome.error, 'InvalidProof')
  }))

test('a consent that had ended before the publication makes a version false', () => {
  for (const [consentUntil, error] of [
    [h.now, 'InvalidProof'],
    [h.now - 1n, ''],
  ] as const)
    undone(h, () => {
      const trial = publish(given)
      contributions.set(h.store, { consentUntil }, given[1]!.contribution)
      const outcome = refute(trial, 'refuteVersionEntry', entryAt(1)(trial))
      assert.equal(outcome.ok ? '' : outcome.error, error)
    })
})

test('a version whose bond is out cannot be proven false any more', () =>
  undone(h, () => {
    const trial = publish(
      given,
      doc(0, () => ({ start: 1 })),
    )
    versions.set(h.store, { supersededAt: h.now }, trial.version)
    const args = commitTo(h, prover, trial.version, 'refuteVersionEntry', {
      version: trial.version,
      ...entryAt(0)(trial),
    })
    h.pass(60n)
    undone(h, () => h.ok(prover, 'refuteVersionEntry', args))
    h.ok(prover, 'releaseVersionBond', { version: trial.version })
    assert.deepEqual(h.fails('WrongStatus', prover, 'refuteVersionEntry', args), { status: 2n })
    assert.equal(versions.field(h.store, 'refuted', trial.version), false)
  }))

test('a version is proven false only by whom a commitment names', () =>
  undone(h, () => {
    const trial = publish(
      given,
      doc(0, () => ({ start: 1 })),
    )
    const args = commitTo(h, prover, trial.version, 'refuteVersionEntry', {
      version: trial.version,
      ...entryAt(0)(trial),
    })
    h.fails('NotCommitted', prover, 'refuteVersionEntry', args)
    h.pass(1n)
    h.fails('NotCommitted', bob, 'refuteVersionEntry', args)
    h.ok(prover, 'refuteVersionEntry', args)
  }))
