import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uses, versions as versionRecords } from '../../attribution/storage/datanets.ts'
import type { Hash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { createChecked } from './checked.ts'
import { alice, bob, bytesOf, contribute, createDatanet, publish } from './datasets.ts'
import type { Harness } from './harness.ts'
import { kinds, refuses, register } from './modelSpecs.ts'

const someHash = (label: string) => keccakHash(bytesOf(label))

/** Publishes one version of a new datanet with this policy. */
function createVersion(h: Harness, policy: Readonly<Record<string, unknown>> = {}) {
  const datanet = createDatanet(h, alice, policy)
  return { datanet, ...nextVersion(h, datanet) }
}

let texts = 0

function nextVersion(h: Harness, datanet: Hash) {
  const content = contribute(h, bob, datanet, `text ${texts++}`)
  const { version, docTree } = publish(h, alice, datanet, [content])
  const close = () => {
    h.ok(bob, 'revokeConsent', { contribution: content.contribution })
    h.ok(bob, 'closeVersion', { version, document: docTree.open(0) })
  }
  return { version, close, refute: () => versionRecords.set(h.store, { refuted: true }, version) }
}

const corpusOf = (h: Harness, model: Hash): readonly Hash[] => h.ok(bob, 'getCorpus', { model }).versions!
const parent = (model: Hash) => ({ model, share: 0n })

test('the policy of each own datanet allows the use: training, retrieval, sale', () => {
  const h = createChecked()
  const only = (consent: bigint) => createVersion(h, { consent }).version
  const [train, retrieve, evaluate] = [only(uses.train), only(uses.retrieve), only(uses.evaluate)]
  const commercial = only(uses.commercial | uses.train)
  for (const [name, kind] of Object.entries(kinds)) {
    const [good, bad] = name === 'retrieval' ? [retrieve, train] : [train, retrieve]
    register(h, alice, { kind, versions: [good] })
    refuses(h, 'ConsentTooNarrow', alice, { kind, versions: [bad] })
    refuses(h, 'ConsentTooNarrow', alice, { kind, versions: [good, evaluate] })
  }
  refuses(h, 'ConsentTooNarrow', alice, { versions: [train], priceIn: 1n })
  refuses(h, 'ConsentTooNarrow', alice, { versions: [train], priceOut: 1n })
  register(h, alice, { versions: [commercial], priceIn: 1n, priceOut: 1n })
})

test('the policy in force when the model is registered counts, until its last second', () => {
  const h = createChecked()
  const { version } = createVersion(h, { consentUntil: h.now + 10n })
  h.pass(10n)
  register(h, alice, { versions: [version] })
  h.pass(1n)
  refuses(h, 'ConsentExpired', alice, { versions: [version] })
  const other = createVersion(h)
  register(h, alice, { versions: [other.version] })
  h.ok(alice, 'setPolicy', { datanet: other.datanet, consent: uses.retrieve, consentUntil: 0n })
  refuses(h, 'ConsentTooNarrow', alice, { versions: [other.version] })
  refuses(h, 'ConsentExpired', alice, { kind: kinds.retrieval, versions: [other.version, version] })
})

test('a model lists one version of a datanet, neither closed nor refuted', () => {
  const h = createChecked()
  const { datanet, version, close } = createVersion(h)
  const newer = nextVersion(h, datanet)
  assert.deepEqual(refuses(h, 'DuplicateDatanet', alice, { versions: [version, newer.version] }), { datanet })
  refuses(h, 'DuplicateDatanet', alice, { versions: [version, version] })
  close()
  assert.deepEqual(refuses(h, 'VersionClosed', alice, { versions: [version] }), { version })
  newer.refute()
  assert.deepEqual(refuses(h, 'VersionRefuted', alice, { versions: [newer.version] }), { version: newer.version })
})

test('children of a model on a closed version go on; on a refuted one they need a newer version', () => {
  const h = createChecked()
  const { datanet, version, close, refute } = createVersion(h)
  const model = register(h, alice, { versions: [version] })
  close()
  const child = register(h, bob, { parents: [parent(model)] })
  assert.deepEqual(corpusOf(h, child), [version])
  refute()
  for (const stale of [model, child])
    assert.deepEqual(refuses(h, 'VersionRefuted', bob, { parents: [parent(stale)] }), { version })
  const newer = nextVersion(h, datanet)
  const mended = register(h, bob, { parents: [parent(child)], versions: [newer.version] })
  assert.deepEqual(corpusOf(h, mended), [newer.version])
  // What it lists itself has to be sound even where it inherits something newer.
  const middle = nextVersion(h, datanet)
  const newest = register(h, alice, { versions: [nextVersion(h, datanet).version] })
  middle.refute()
  refuses(h, 'VersionRefuted', bob, { parents: [parent(newest)], versions: [middle.version] })
})

test('the effective corpus has the newest listed version of each datanet, by datanet id', () => {
  const h = createChecked()
  const nets = [createVersion(h), createVersion(h), createVersion(h)].sort((a, b) => (a.datanet < b.datanet ? -1 : 1))
  const [a, b, c] = nets as [(typeof nets)[0] & object, (typeof nets)[0] & object, (typeof nets)[0] & object]
  const newerB = nextVersion(h, b.datanet)
  const old = register(h, alice, { versions: [c.version, b.version] })
  const recent = register(h, alice, { versions: [newerB.version] })
  assert.deepEqual(corpusOf(h, old), [b.version, c.version])
  for (const parents of [
    [parent(old), parent(recent)],
    [parent(recent), parent(old)],
  ])
    assert.deepEqual(corpusOf(h, register(h, bob, { parents, versions: [a.version] })), [
      a.version,
      newerB.version,
      c.version,
    ])
  // An older version of its own does not win over what it inherits.
  assert.deepEqual(corpusOf(h, register(h, bob, { parents: [parent(recent)], versions: [b.version] })), [
    newerB.version,
  ])
  assert.deepEqual(corpusOf(h, register(h, bob)), [])
})

test('an effective corpus has at most 16 datanets', () => {
  const h = createChecked()
  const all = Array.from({ length: 17 }, () => createVersion(h).version)
  const first = register(h, alice, { versions: all.slice(0, 8) })
  const second = register(h, alice, { versions: all.slice(4, 12) })
  const parents = [parent(first), parent(second)]
  assert.equal(corpusOf(h, register(h, alice, { versions: all.slice(0, 16), parents })).length, 16)
  refuses(h, 'CorpusTooLarge', alice, { versions: all.slice(12), parents })
})

test('weights have one corpus, those of retrieval and ngram models aside', () => {
  const h = createChecked()
  const { datanet, version } = createVersion(h)
  const other = createVersion(h).version
  const weightsHash = someHash('weights')
  const free = [kinds.retrieval, kinds.ngram].flatMap((kind) => [{ kind }, { kind, versions: [other] }])
  const registerFree = () => {
    for (const fields of free) register(h, bob, { weightsHash, ...fields })
  }
  registerFree()
  const model = register(h, alice, { weightsHash, versions: [version] })
  register(h, bob, { weightsHash, versions: [version] })
  register(h, bob, { weightsHash, kind: kinds.quantised, parents: [parent(model)] })
  const newer = nextVersion(h, datanet).version
  for (const versions of [[], [other], [version, other], [newer]])
    assert.deepEqual(refuses(h, 'CorpusMismatch', bob, { weightsHash, versions }), { weightsHash })
  registerFree()
  // Weights without a corpus have that one: none.
  const empty = someHash('empty')
  register(h, alice, { weightsHash: empty })
  refuses(h, 'CorpusMismatch', alice, { weightsHash: empty, versions: [version] })
})

test('weights are free for another corpus once a version of theirs was refuted', () => {
  const h = createChecked()
  const first = createVersion(h)
  const { version: second } = createVersion(h)
  const { version: third } = createVersion(h)
  const weightsHash = someHash('weights of a false version')
  register(h, alice, { weightsHash, versions: [first.version, second] })
  refuses(h, 'CorpusMismatch', bob, { weightsHash, versions: [third] })
  first.refute()
  refuses(h, 'VersionRefuted', bob, { weightsHash, versions: [first.version, second] })
  register(h, bob, { weightsHash, versions: [third] })
  // Bound again, to that corpus.
  for (const versions of [[second], [second, third], []]) refuses(h, 'CorpusMismatch', alice, { weightsHash, versions })
  register(h, alice, { weightsHash, versions: [third] })
})
