import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Hash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { createChecked, runOutOfGas } from './checked.ts'
import { alice, bob, bytesOf, type Committed, contribute, createDatanet, publish } from './datasets.ts'
import { createHarness, type Harness } from './harness.ts'
import { kinds, modelBond, register, specOf } from './modelSpecs.ts'

const half = 500_000_000n
const blockGas = 8_000_000n

/** A retrieval model, which its weights bind to no corpus, with 23 to 32 ancestors and 16 versions. */
function registerHeir(h: Harness, bases: readonly Hash[], groups: readonly Hash[], versions: readonly Hash[]): Hash {
  const parents = [...groups, ...bases].map((model) => ({ model, share: half / 8n }))
  return register(h, alice, { kind: kinds.retrieval, parents, versions })
}

function ancestorCount(h: Harness, model: Hash): number {
  const { ancestors } = h.ok(bob, 'getAncestors', { model }) as unknown as { readonly ancestors: readonly unknown[] }
  return ancestors.length
}

/** Eight parents of `ancestors` ancestors each (the last of one less), and a 16-version corpus that no other has. */
function createFamily(h: Harness) {
  const nets = Array.from({ length: 16 }, () => createDatanet(h, alice))
  const contents = nets.map((net, index): [Hash, Committed] => [net, contribute(h, bob, net, `text ${index}`)])
  const nextVersions = () => contents.map(([net, content]) => publish(h, alice, net, [content]).version)
  const bases = Array.from({ length: 29 }, () => register(h, alice))
  const groups = [0, 8, 16].map((from) =>
    register(h, alice, { parents: bases.slice(from, from + 8).map((model) => ({ model, share: half / 8n })) }),
  )
  const heirs = Array.from({ length: 8 }, (_, index) =>
    registerHeir(h, bases.slice(24, index === 7 ? 28 : 29), groups, nextVersions()),
  )
  return { heirs, nextVersions }
}

test('registering with 8 parents of 32 ancestors and 16 versions each fits a block several times', (t) => {
  const h = createHarness()
  const { heirs, nextVersions } = createFamily(h)
  const counts = heirs.map((model) => ancestorCount(h, model))
  assert.deepEqual(counts, [32, 32, 32, 32, 32, 32, 32, 31])
  const versions = nextVersions()
  const providers = Array.from({ length: 16 }, (_, index) => keccakHash(bytesOf(`agent ${index}`)))
  const gasOf = (shareOf: (index: number) => bigint) => {
    const parents = heirs.map((model, index) => ({ model, share: shareOf(index) }))
    const spec = specOf({ parents, versions, providers })
    const startedAt = performance.now()
    const outcome = h.call(alice, 'registerModel', { spec }, { value: modelBond })
    return { outcome, ms: performance.now() - startedAt }
  }
  // The most that can be written: 32 ancestors, 16 versions, 16 providers. Shares of 1e-9 are floored away.
  const { outcome: most, ms } = gasOf((index) => (index === 7 ? half - 7n : 1n))
  assert(most.ok)
  assert.equal(ancestorCount(h, most.events[0]!.args.model as Hash), 32)
  // Forty ancestors: all is read before it fails.
  const { outcome: tooMany } = gasOf(() => half / 8n)
  assert(!tooMany.ok && tooMany.error === 'TooManyAncestors')
  t.diagnostic(`${most.gas} gas in ${ms.toFixed(1)} ms, TooManyAncestors after ${tooMany.gas} gas`)
  assert(most.gas < (blockGas * 2n) / 3n)
})

test('gas follows the work: parents, ancestors, versions, providers', () => {
  const h = createHarness()
  const datanet = createDatanet(h, alice)
  const { version } = publish(h, alice, datanet, [contribute(h, bob, datanet, 'text')])
  const root = register(h, alice)
  const child = register(h, alice, { parents: [{ model: root, share: half }], versions: [version] })
  const provider = keccakHash(bytesOf('agent'))
  const gasOf = (fields: Readonly<Record<string, unknown>>) => {
    const outcome = h.call(alice, 'registerModel', { spec: specOf(fields) }, { value: modelBond })
    assert(outcome.ok)
    return outcome.gas
  }
  const plain = gasOf({})
  const slot = 22_100n
  const within = (gas: bigint, reads: bigint, writes: bigint) => {
    const storage = reads * 2_100n + writes * slot
    assert(gas >= storage && gas < storage + 5_000n + storage / 20n, `${gas} for ${storage}`)
  }
  within(gasOf({ providers: [provider] }) - plain, 0n, 1n)
  within(gasOf({ versions: [version] }) - plain, 7n, 1n)
  within(gasOf({ parents: [{ model: root, share: 1n }] }) - plain, 6n, 2n)
  within(gasOf({ parents: [{ model: child, share: half }] }) - plain, 6n + 2n + 3n, 4n + 1n)
})

test('short of gas, registering leaves nothing behind', () => {
  const h = createChecked()
  const datanet = createDatanet(h, alice)
  const { version } = publish(h, alice, datanet, [contribute(h, bob, datanet, 'text')])
  const root = register(h, alice)
  const parent = register(h, alice, { parents: [{ model: root, share: half }], versions: [version] })
  const newer = publish(h, alice, datanet, [contribute(h, bob, datanet, 'other')]).version
  const spec = specOf({ parents: [{ model: parent, share: half }], versions: [newer], providers: [root] })
  const { stops } = runOutOfGas(h, alice, 'registerModel', { spec }, modelBond)
  assert(stops > 40)
})
