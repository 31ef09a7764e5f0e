import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocol } from '../../attribution/native/addresses.ts'
import { uses } from '../../attribution/storage/datanets.ts'
import { type Hash, zeroAddress, zeroHash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { createChecked, eventsOf, viewed } from './checked.ts'
import { alice, bob, bytesOf, createDatanet, openConsent } from './datasets.ts'

const terms = {
  uri: bytesOf('https://example.org/croissant.json'),
  metadataHash: keccakHash(bytesOf('metadata')),
  licence: keccakHash(bytesOf('CC-BY-4.0')),
  consent: uses.train | uses.commercial,
  consentUntil: 2_000_000_000n,
  bondPerKb: 7n,
  curatorBps: 1_000n,
}

test('a datanet has the terms it was created with, under an id of its creator and its number', () => {
  const h = createChecked()
  const [event] = eventsOf(h, alice, 'createDatanet', terms)
  const datanet = event?.args.datanet as Hash
  assert.deepEqual(event, {
    name: 'DatanetCreated',
    address: protocol.datanets,
    args: { ...terms, datanet, curator: alice },
  })
  const first = Buffer.concat([
    Buffer.from('openledger/datanet'),
    Buffer.from(alice.slice(2), 'hex'),
    Buffer.from('0000000000000001', 'hex'),
  ])
  assert.equal(datanet, keccakHash(first))
  const { uri, ...stored } = terms
  assert.deepEqual(viewed(h, 'getDatanet', { datanet }), { ...stored, curator: alice, versions: 0n, retiredAt: 0n })
  const ids = [datanet, createDatanet(h, alice), createDatanet(h, bob)]
  assert.equal(new Set(ids).size, 3)
})

test('a datanet needs terms within their bounds', () => {
  const h = createChecked()
  const most = { ...terms, uri: new Uint8Array(512).fill(97) }
  h.ok(alice, 'createDatanet', most)
  assert.deepEqual(h.fails('TooMany', alice, 'createDatanet', { ...terms, uri: new Uint8Array(513) }), { most: 512n })
  assert.deepEqual(h.fails('OutOfBounds', alice, 'createDatanet', { ...terms, curatorBps: 1_001n }), {
    min: 0n,
    max: 1_000n,
  })
  assert.deepEqual(h.fails('OutOfBounds', alice, 'createDatanet', { ...terms, consent: 16n }), { min: 0n, max: 15n })
})

test('a policy only becomes narrower', () => {
  const h = createChecked()
  const datanet = createDatanet(h, alice)
  const narrow = (consent: bigint, consentUntil: bigint) => ({ datanet, consent, consentUntil })
  h.fails('NotAllowed', bob, 'setPolicy', narrow(1n, 5n))
  const [event] = eventsOf(h, alice, 'setPolicy', narrow(3n, 2_000n))
  assert.deepEqual(event?.args, { datanet, consent: 3n, consentUntil: 2_000n })
  for (const wider of [narrow(7n, 2_000n), narrow(3n, 2_001n), narrow(3n, 0n), narrow(4n, 1_000n), narrow(19n, 2_000n)])
    h.fails('PolicyWidened', alice, 'setPolicy', wider)
  h.ok(alice, 'setPolicy', narrow(3n, 2_000n))
  h.ok(alice, 'setPolicy', narrow(0n, 1n))
  const { consent, consentUntil } = viewed<Record<string, bigint>>(h, 'getDatanet', { datanet })
  assert.deepEqual([consent, consentUntil], [0n, 1n])
})

test('a datanet is transferred by its curator to an account that can use it', () => {
  const h = createChecked()
  const datanet = createDatanet(h, alice)
  h.fails('NotAllowed', bob, 'transferDatanet', { datanet, to: bob })
  h.fails('BadRecipient', alice, 'transferDatanet', { datanet, to: zeroAddress })
  h.fails('BadRecipient', alice, 'transferDatanet', { datanet, to: protocol.agents })
  const [event] = eventsOf(h, alice, 'transferDatanet', { datanet, to: bob })
  assert.deepEqual(event?.args, { datanet, from: alice, to: bob })
  h.fails('NotAllowed', alice, 'setPolicy', { datanet, ...openConsent })
  h.ok(bob, 'setPolicy', { datanet, ...openConsent })
})

test('the lookups know nothing about what does not exist', () => {
  const h = createChecked()
  assert.deepEqual(h.ok(alice, 'versionAt', { datanet: zeroHash, sequence: 1n }), { version: zeroHash })
  assert.deepEqual(h.ok(alice, 'contributionOf', { datanet: zeroHash, contentRoot: zeroHash }), {
    contribution: zeroHash,
  })
})
