import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeDoc } from '../../attribution/kernel/leaves.ts'
import { createTree } from '../../attribution/kernel/merkle.ts'
import { versions } from '../../attribution/storage/datanets.ts'
import { type Hash, zeroHash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { ether } from '../state/testChain.ts'
import { argsOf, bonds, createChecked, creditOf, eventsOf, runOutOfGas, viewed } from './checked.ts'
import { alice, bob, bytesOf, carol, commit, contribute, createDatanet, publish } from './datasets.ts'

const bond = 10n * ether

function createCase(texts: readonly string[] = ['one', 'two', 'three']) {
  const h = createChecked()
  const datanet = createDatanet(h, alice)
  const contents = texts.map((text) => contribute(h, bob, datanet, text))
  return { h, datanet, contents }
}

test('a curator publishes versions one after another, each bonded', () => {
  const { h, datanet, contents } = createCase()
  const terms = { datanet, textRoot: keccakHash(bytesOf('text')), docRoot: keccakHash(bytesOf('docs')) }
  const first = { ...terms, sequence: 1n, byteLength: 1n, documents: 1n }
  h.fails('NotAllowed', bob, 'publishVersion', first, { value: bond })
  for (const sequence of [0n, 2n])
    assert.deepEqual(h.fails('SequenceMismatch', alice, 'publishVersion', { ...first, sequence }), { expected: 1n })
  assert.deepEqual(h.fails('BondTooLow', alice, 'publishVersion', first, { value: bond - 1n }), { needed: bond })
  h.fails('EmptyContent', alice, 'publishVersion', { ...first, byteLength: 0n }, { value: bond })
  for (const documents of [0n, 8n]) {
    const wrong = { ...first, byteLength: 7n, documents }
    assert.deepEqual(h.fails('OutOfBounds', alice, 'publishVersion', wrong, { value: bond }), { min: 1n, max: 7n })
  }
  const publishedAt = h.now
  const events = eventsOf(h, alice, 'publishVersion', first, { value: bond + 1n })
  const version = argsOf(events, 'VersionPublished').version as Hash
  assert.deepEqual(argsOf(events, 'VersionPublished'), { ...first, version })
  const stored = { publisher: alice, bond: bond + 1n, publishedAt, publishBlock: 1n, closed: false, refuted: false }
  const before = viewed<object>(h, 'getVersion', { version })
  assert.deepEqual(before, { ...first, ...stored, supersededAt: 0n })
  assert.equal(bonds(h), bond + 1n)

  h.pass(7n)
  const second = publish(h, alice, datanet, contents)
  assert.deepEqual(viewed(h, 'getVersion', { version }), { ...before, supersededAt: h.now })
  const at = (sequence: bigint) => h.ok(bob, 'versionAt', { datanet, sequence }).version
  assert.deepEqual([at(1n), at(2n), at(3n)], [version, second.version, zeroHash])
})

test("a version's bond is released to its publisher a release time after the next version", () => {
  const { h, datanet, contents } = createCase()
  const { version } = publish(h, alice, datanet, contents)
  h.fails('WrongStatus', alice, 'releaseVersionBond', { version })
  h.ok(alice, 'transferDatanet', { datanet, to: carol })
  const { version: second } = publish(h, carol, datanet, contents)
  const supersededAt = h.now
  h.pass(59n)
  assert.deepEqual(h.fails('TooEarly', bob, 'releaseVersionBond', { version }), { earliest: supersededAt + 60n })
  h.pass(1n)
  const events = eventsOf(h, bob, 'releaseVersionBond', { version })
  assert.deepEqual(argsOf(events, 'BondReleased'), { id: version, to: alice, bond })
  assert.deepEqual([creditOf(h, alice), creditOf(h, carol), bonds(h)], [bond, 0n, bond])
  h.fails('AlreadyClaimed', bob, 'releaseVersionBond', { version })

  publish(h, carol, datanet, contents)
  versions.set(h.store, { refuted: true }, second)
  h.pass(60n)
  assert.deepEqual(h.fails('VersionRefuted', carol, 'releaseVersionBond', { version: second }), { version: second })
})

test('a datanet that its curator ends takes no more; its newest version gives its bond back in its time', () => {
  const { h, datanet, contents } = createCase()
  const early = commit(h, bob, datanet, { text: 'committed before' })
  const { version } = publish(h, alice, datanet, contents)
  h.pass(3n)
  h.fails('NotAllowed', bob, 'retireDatanet', { datanet })
  h.fails('UnknownObject', alice, 'retireDatanet', { datanet: zeroHash })
  const events = eventsOf(h, alice, 'retireDatanet', { datanet })
  assert.deepEqual(argsOf(events, 'DatanetRetired'), { datanet })
  const retiredAt = h.now
  assert.equal(viewed<{ retiredAt: bigint }>(h, 'getDatanet', { datanet }).retiredAt, retiredAt)
  assert.equal(viewed<{ supersededAt: bigint }>(h, 'getVersion', { version }).supersededAt, retiredAt)
  assert.deepEqual(h.fails('WrongStatus', alice, 'retireDatanet', { datanet }), { status: 2n })
  const terms = { datanet, sequence: 2n, textRoot: zeroHash, docRoot: zeroHash, byteLength: 1n, documents: 1n }
  assert.deepEqual(h.fails('WrongStatus', alice, 'publishVersion', terms, { value: bond }), { status: 2n })
  assert.deepEqual(h.fails('WrongStatus', bob, 'commitContribution', { datanet, commitment: zeroHash }), { status: 2n })
  // What was committed before is revealed: its bond comes back as any other.
  h.ok(bob, 'revealContribution', early.reveal)
  assert.deepEqual(h.fails('TooEarly', bob, 'releaseVersionBond', { version }), { earliest: retiredAt + 60n })
  h.pass(60n)
  h.ok(bob, 'releaseVersionBond', { version })
  assert.equal(creditOf(h, alice), bond)
  const empty = createDatanet(h, carol)
  h.ok(carol, 'retireDatanet', { datanet: empty })
})

test('anyone closes a version by showing a document whose contributor has revoked', () => {
  const { h, datanet, contents } = createCase()
  const { version, docTree } = publish(h, alice, datanet, contents)
  const { contribution } = contents[1]!
  const document = docTree.open(1)
  assert.deepEqual(h.fails('WrongStatus', carol, 'closeVersion', { version, document }), { status: 2n })
  h.ok(bob, 'revokeConsent', { contribution })
  h.fails('WrongStatus', carol, 'closeVersion', { version, document: docTree.open(0) })
  const events = eventsOf(h, carol, 'closeVersion', { version, document })
  assert.deepEqual(argsOf(events, 'VersionClosed'), { version, contribution })
  assert.equal(viewed<{ closed: boolean }>(h, 'getVersion', { version }).closed, true)
  assert.deepEqual(h.fails('VersionClosed', carol, 'closeVersion', { version, document }), { version })
})

test('a version closes by nothing but an opening of its own docRoot', () => {
  const { h, datanet, contents } = createCase(['a', 'b', 'c', 'd', 'e'])
  const { version, docTree, documents } = publish(h, alice, datanet, contents)
  for (const { contribution } of contents) h.ok(bob, 'revokeConsent', { contribution })
  const good = docTree.open(2)
  const wrong = [
    { ...good, index: 3n },
    { ...good, index: 2n ** 64n - 1n },
    { ...good, path: good.path.slice(1) },
    { ...good, path: [...good.path, zeroHash] },
    { ...good, path: good.path.map(() => zeroHash) },
    { ...good, data: docTree.open(3).data },
    { ...good, data: new Uint8Array(0) },
    createTree(documents.slice(1).map(encodeDoc)).open(2),
  ]
  for (const document of wrong) h.fails('InvalidOpening', carol, 'closeVersion', { version, document })
  h.ok(carol, 'closeVersion', { version, document: good })
})

test('what is no document of a known contribution closes nothing', () => {
  const { h, datanet } = createCase()
  const publishLeaf = (leaf: Uint8Array, sequence: bigint) => {
    const tree = createTree([leaf])
    const terms = { datanet, sequence, textRoot: zeroHash, docRoot: tree.root, byteLength: 9n, documents: 1n }
    return { version: h.ok(alice, 'publishVersion', terms, { value: bond }).version, document: tree.open(0) }
  }
  h.fails('InvalidOpening', carol, 'closeVersion', publishLeaf(new Uint8Array(44), 1n))
  const id = keccakHash(bytesOf('nothing'))
  const unknown = publishLeaf(encodeDoc({ start: 0, contribution: id, order: 1n }), 2n)
  assert.deepEqual(h.fails('UnknownObject', carol, 'closeVersion', unknown), { id })
})

test('short of gas, publishing, closing and releasing leave nothing behind; longer openings cost more', () => {
  const { h, datanet, contents } = createCase(Array.from({ length: 33 }, (_, index) => `text ${index}`))
  const few = publish(h, alice, datanet, contents.slice(0, 2))
  const many = publish(h, alice, datanet, contents)
  const roots = { textRoot: many.textTree.root, docRoot: many.docTree.root }
  const terms = { datanet, sequence: 3n, ...roots, byteLength: 200n, documents: 33n }
  assert(runOutOfGas(h, alice, 'publishVersion', terms, bond).stops > 20)
  h.ok(bob, 'revokeConsent', { contribution: contents[0]!.contribution })
  const short = runOutOfGas(h, carol, 'closeVersion', { version: few.version, document: few.docTree.open(0) })
  const long = runOutOfGas(h, carol, 'closeVersion', { version: many.version, document: many.docTree.open(0) })
  // Five more levels: a word of input and a hash of 65 bytes each.
  assert.equal(long.gas - short.gas, 5n * (6n + 60n + 3n * 6n))
  h.pass(60n)
  runOutOfGas(h, carol, 'releaseVersionBond', { version: few.version })
})
