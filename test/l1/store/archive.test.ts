import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NodeError } from '../../../core/errors.ts'
import type { Hash } from '../../../core/hex.ts'
import { keccakHash } from '../../../core/keccak.ts'
import type { KvOp } from '../../../core/ports/kv.ts'
import type { L1Source } from '../../../l1/source.ts'
import { type MorePlaces, withArchive } from '../../../l1/store/archive.ts'
import { createL1Store } from '../../../l1/store/records.ts'
import { createMemoryKv } from '../../../state/store/memoryKv.ts'
import { origin } from '../derive/fakeL1.ts'

const contentOf = (name: string) => new TextEncoder().encode(name)
const hashOf = (name: string) => keccakHash(contentOf(name))
const [a, b, c] = ['a', 'b', 'c'].map(hashOf) as [Hash, Hash, Hash]
const wrong = contentOf('something else')

/** An archive over an L1 that has some blobs, in a world where others may have more. */
function scene(onL1: readonly string[], morePlaces?: MorePlaces, severity: 'retry' | 'fatal' = 'retry') {
  const kv = createMemoryKv()
  const store = createL1Store(kv)
  const asked: (readonly Hash[])[] = []
  const there = new Map(onL1.map((name) => [hashOf(name), contentOf(name)]))
  const source = {
    async blobs(_, hashes) {
      asked.push(hashes)
      const missing = new NodeError({ code: 'blob_missing', severity, message: 'no such blob' })
      return new Map(
        hashes.map((hash) => {
          const blob = there.get(hash)
          if (blob === undefined) throw missing
          return [hash, blob]
        }),
      )
    },
    isBlobOf: async (blob, hash) => keccakHash(blob) === hash,
  } as Partial<L1Source> as L1Source
  const write = (ops: readonly KvOp[]) => kv.batch(ops, { sync: true })
  const archived = withArchive(source, store, write, morePlaces)
  return { store, asked, blobs: (hashes: readonly Hash[]) => archived.blobs(origin, hashes) }
}

const namesOf = (blobs: ReadonlyMap<Hash, Uint8Array>) =>
  [...blobs].map(([hash, blob]) => {
    assert.equal(keccakHash(blob), hash)
    return new TextDecoder().decode(blob)
  })

test('nobody else is asked for what L1 has', async () => {
  const { blobs, asked } = scene(['a', 'b'], async () => assert.fail('asked'))
  assert.deepEqual(namesOf(await blobs([a, b])), ['a', 'b'])
  assert.deepEqual(asked, [[a, b]])
})

test('what L1 has not comes from elsewhere, and goes into the archive', async () => {
  let asked = 0
  const elsewhere: MorePlaces = async (hash) => {
    asked++
    return hash === b ? contentOf('b') : undefined
  }
  const { blobs, store } = scene(['a'], elsewhere)
  assert.deepEqual(namesOf(await blobs([a, b])).sort(), ['a', 'b'])
  assert.equal(asked, 2)
  assert.deepEqual(store.blob(b), contentOf('b'))
  assert.equal((await blobs([b, a])).size, 2)
  assert.equal(asked, 2)
})

test('what was found stays in the archive, even if the rest is missing yet', async () => {
  const found = new Map([[b, contentOf('b')]])
  const { blobs, store, asked } = scene(['a'], async (hash) => found.get(hash))
  await assert.rejects(blobs([a, b, c]), { code: 'blob_missing' })
  assert.deepEqual(store.blob(b), contentOf('b'))
  found.set(c, contentOf('c'))
  assert.equal((await blobs([a, b, c])).size, 3)
  assert.deepEqual(asked, [[a, b, c], [a, c], [a, c], [a]])
})

test('nothing is believed: a wrong blob is no blob, whether the finder looks at it or not', async () => {
  const refused: string[] = []
  const careful: MorePlaces = async (_, isRight) => {
    for (const blob of [wrong, contentOf('b')]) {
      if (await isRight(blob)) return blob
      refused.push(new TextDecoder().decode(blob))
    }
    return undefined
  }
  assert.deepEqual(namesOf(await scene([], careful).blobs([b])), ['b'])
  assert.deepEqual(refused, ['something else'])
  const careless = scene([], async () => wrong)
  await assert.rejects(careless.blobs([b]), { code: 'blob_missing' })
  assert.equal(careless.store.blob(b), undefined)
  // One that shows a right blob and gives another.
  const cunning = scene([], async (_, isRight) => ((await isRight(contentOf('b'))) ? wrong : undefined))
  await assert.rejects(cunning.blobs([b]), { code: 'blob_missing' })
})

test('a fatal failure of L1 is none that others can help with', async () => {
  const { blobs } = scene([], async () => assert.fail('asked'), 'fatal')
  await assert.rejects(blobs([a]), { code: 'blob_missing', severity: 'fatal' })
})
