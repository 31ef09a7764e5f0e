import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocol } from '../../attribution/native/addresses.ts'
import { type Hash, zeroAddress, zeroHash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { ether } from '../state/testChain.ts'
import { argsOf, bonds, createChecked, creditOf, eventsOf, viewed } from './checked.ts'
import { alice, bob, bytesOf, carol, contribute, createDatanet, publish } from './datasets.ts'
import { kinds, modelBond, refuses, register, specOf } from './modelSpecs.ts'

const someHash = (label: string) => keccakHash(bytesOf(label))
const numbered = (count: number) => Array.from({ length: count }, (_, index) => someHash(`agent ${index}`))

test('a model is stored as it was declared, under an id of its creator and its number', () => {
  const h = createChecked()
  const datanet = createDatanet(h, alice)
  const { version } = publish(h, alice, datanet, [contribute(h, bob, datanet, 'text')])
  const parent = register(h, alice)
  const terms = {
    weightsHash: someHash('weights'),
    metadataHash: someHash('metadata'),
    method: someHash('span-v1'),
    kind: kinds.finetune,
    class: 2n,
    priceIn: 11n,
    priceOut: 2n ** 96n - 1n,
    marginBps: 10_000n,
    minChildShare: 500_000_000n,
  }
  const providers = [someHash('one'), someHash('two')]
  const spec = { ...terms, parents: [{ model: parent, share: 100_000_000n }], versions: [version], providers }
  const events = eventsOf(h, carol, 'registerModel', { spec }, { value: modelBond + 1n })
  const { model, ...registered } = argsOf(events, 'ModelRegistered') as { readonly model: Hash }
  assert.deepEqual(registered, { ...terms, owner: carol, corpus: [version], providers })
  assert.deepEqual(argsOf(events, 'AncestorShare'), { model, ancestor: parent, share: 100_000_000n })
  const id = Buffer.from(
    `${'openledger/model'.replace(/./g, (c) => c.charCodeAt(0).toString(16))}${carol.slice(2)}${'0'.repeat(15)}1`,
    'hex',
  )
  assert.equal(model, keccakHash(id))
  const counts = { parentShares: 100_000_000n, ancestors: 1n, corpusSize: 1n, providers: 2n }
  const stored = { ...terms, ...counts, owner: carol, registeredAt: h.now, retiredAt: 0n, bond: modelBond + 1n }
  assert.deepEqual(viewed(h, 'getModel', { model }), stored)
  assert.deepEqual(h.ok(bob, 'getCorpus', { model }), { versions: [version] })
  assert.deepEqual(h.ok(bob, 'getAncestors', { model }), { ancestors: [{ model: parent, share: 100_000_000n }] })
  assert.equal(bonds(h), 2n * modelBond + 1n + 10n * ether)
  assert.notEqual(register(h, carol), model)
})

test('a model is registered with fields in their ranges only', () => {
  const h = createChecked()
  const ids = Array.from({ length: 9 }, () => register(h, alice))
  const parents = ids.map((model) => ({ model, share: 0n }))
  const ranges: readonly [bigint, readonly object[], readonly object[]][] = [
    [1n, [{ kind: 1n }, { kind: 7n }], [{ kind: 0n }, { kind: 8n }, { kind: 255n }]],
    [2n, [{ class: 1n }, { class: 3n }], [{ class: 0n }, { class: 4n }]],
    [3n, [{ marginBps: 1_000n }, { marginBps: 10_000n }], [{ marginBps: 999n }, { marginBps: 10_001n }]],
    [4n, [{ minChildShare: 500_000_000n }], [{ minChildShare: 500_000_001n }]],
    [5n, [{ parents: parents.slice(1) }], [{ parents }, { parents: [parents[0], parents[1], parents[0]] }]],
    [6n, [{ providers: numbered(16) }], [{ providers: numbered(17) }, { providers: [zeroHash, zeroHash] }]],
  ]
  for (const [field, good, bad] of ranges) {
    for (const fields of good) register(h, alice, fields as Record<string, unknown>)
    for (const fields of bad)
      assert.deepEqual(refuses(h, 'InvalidSpec', alice, fields as Record<string, unknown>), { field })
  }
  assert.deepEqual(refuses(h, 'TooMany', alice, { versions: numbered(17) }), { most: 16n })
  const id = someHash('nothing')
  assert.deepEqual(refuses(h, 'UnknownObject', alice, { parents: [{ model: id, share: 1n }] }), { id })
  assert.deepEqual(refuses(h, 'UnknownObject', alice, { versions: [id] }), { id })
  const short = h.fails('BondTooLow', alice, 'registerModel', { spec: specOf() }, { value: modelBond - 1n })
  assert.deepEqual(short, { needed: modelBond })
})

test('who may serve a model: those it lists, or everyone', () => {
  const h = createChecked()
  const [one, two] = numbered(2)
  const open = register(h, alice)
  const closed = register(h, alice, { providers: [one] })
  const allowed = (model: Hash, agent: Hash | undefined) => h.ok(bob, 'isProvider', { model, agent }).allowed
  assert.deepEqual([allowed(open, one), allowed(open, two)], [true, true])
  assert.deepEqual([allowed(closed, one), allowed(closed, two)], [true, false])
})

test('a model is transferred by its owner to an account that can use it', () => {
  const h = createChecked()
  const model = register(h, alice)
  h.fails('NotAllowed', bob, 'transferModel', { model, to: bob })
  for (const to of [zeroAddress, protocol.models]) h.fails('BadRecipient', alice, 'transferModel', { model, to })
  const events = eventsOf(h, alice, 'transferModel', { model, to: bob })
  assert.deepEqual(argsOf(events, 'ModelTransferred'), { model, from: alice, to: bob })
  h.fails('NotAllowed', alice, 'retireModel', { model })
  h.ok(bob, 'retireModel', { model })
})

test('a model retires once, and its bond is released to its owner a release time later', () => {
  const h = createChecked()
  const model = register(h, alice)
  h.fails('NotAllowed', bob, 'retireModel', { model })
  assert.deepEqual(h.fails('WrongStatus', alice, 'releaseModelBond', { model }), { status: 1n })
  assert.deepEqual(argsOf(eventsOf(h, alice, 'retireModel', { model }), 'ModelRetired'), { model })
  const retiredAt = h.now
  assert.equal(viewed<{ retiredAt: bigint }>(h, 'getModel', { model }).retiredAt, retiredAt)
  assert.deepEqual(h.fails('WrongStatus', alice, 'retireModel', { model }), { status: 2n })
  h.pass(59n)
  assert.deepEqual(h.fails('TooEarly', bob, 'releaseModelBond', { model }), { earliest: retiredAt + 60n })
  h.pass(1n)
  const events = eventsOf(h, bob, 'releaseModelBond', { model })
  assert.deepEqual(argsOf(events, 'BondReleased'), { id: model, to: alice, bond: modelBond })
  assert.deepEqual([creditOf(h, alice), bonds(h)], [modelBond, 0n])
  h.fails('AlreadyClaimed', bob, 'releaseModelBond', { model })
  // A retired model is still what its children were made from.
  register(h, carol, { parents: [{ model, share: 1n }] })
})
