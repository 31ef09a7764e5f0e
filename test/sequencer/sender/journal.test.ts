import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { decodeEntry, type Entry, encodeEntry } from '../../../sequencer/sender/entry.ts'
import { openSendJournal } from '../../../sequencer/sender/journal.ts'
import { begin, blobRequest, callRequest, self, setup } from './fixtures.ts'

const folder = await mkdtemp(join(tmpdir(), 'send-journal-'))
after(() => rm(folder, { recursive: true }))
const owner = { chainId: 900n, address: self }
let count = 0
const fresh = () => join(folder, `journal${count++}`)

/** Entries as senders write them: pending, replaced, landed; call and blobs. */
async function someEntries(): Promise<readonly Entry[]> {
  const world = await setup()
  await begin(world.sender, blobRequest(1, 2))
  await world.sender.supersede(blobRequest(2, 1))
  const pending = world.journal.entries()
  await world.run(1)
  const landed = world.journal.entries()
  await world.sender.acknowledge()
  const done = world.journal.entries()
  await world.l1.mineMany(11)
  await begin(world.sender, callRequest(3, { value: 7n }))
  return [...pending, ...landed, ...done, ...world.journal.entries().slice(-1)]
}
const entries = await someEntries()

test('an entry is read back as it was written', () => {
  assert.equal(entries.length, 4)
  for (const entry of entries) assert.deepEqual(decodeEntry(encodeEntry(entry, owner)), { entry, owner })
})

test('a damaged entry is recognised, wherever the damage is (seed 7)', () => {
  const bytes = encodeEntry(entries.at(-1)!, owner)
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const damaged = bytes.slice()
      damaged[at] = damaged[at]! ^ flip
      assert.equal(decodeEntry(damaged), undefined)
    }),
    { seed: 7 },
  )
  for (let length = 0; length < bytes.length; length++) assert.equal(decodeEntry(bytes.slice(0, length)), undefined)
})

test('what is put is there after opening again; what is removed is not', async () => {
  const path = fresh()
  const { journal } = await openSendJournal(path, owner)
  const [pending, , done, call] = entries
  await journal.put(pending!)
  await journal.put(done!)
  await journal.put(call!)
  assert.deepEqual(journal.entries(), [done, call])
  const again = await openSendJournal(path, owner)
  assert.deepEqual(again.journal.entries(), [done, call])
  assert.equal(again.damaged, 0)
  await again.journal.remove(done!.nonce)
  assert.deepEqual((await openSendJournal(path, owner)).journal.entries(), [call])
})

test('a write that was cut off leaves what was there before', async () => {
  const path = fresh()
  const { journal } = await openSendJournal(path, owner)
  await journal.put(entries[0]!)
  await writeFile(join(path, '0.tx.new'), encodeEntry(entries[2]!, owner).slice(0, 1_000))
  const again = await openSendJournal(path, owner)
  assert.deepEqual(again.journal.entries(), [entries[0]])
  assert.deepEqual(await readdir(path), ['0.tx'])
})

test('a damaged file is put aside, the others are read', async () => {
  const path = fresh()
  const { journal } = await openSendJournal(path, owner)
  await journal.put(entries[2]!)
  await journal.put(entries[3]!)
  const name = join(path, '0.tx')
  const bytes = await readFile(name)
  bytes[bytes.length >> 1]! ^= 1
  await writeFile(name, bytes)
  const again = await openSendJournal(path, owner)
  assert.equal(again.damaged, 1)
  assert.deepEqual(again.journal.entries(), [entries[3]])
  assert.deepEqual((await readdir(path)).sort(), ['0.tx.damaged', '1.tx'])
})

test('the journal of another key or another L1 is refused', async () => {
  const path = fresh()
  const { journal } = await openSendJournal(path, owner)
  await journal.put(entries[0]!)
  await assert.rejects(openSendJournal(path, { ...owner, chainId: 1n }), { code: 'journal_foreign', severity: 'fatal' })
})

test('a journal that cannot be written keeps everything from being sent', async () => {
  const path = fresh()
  const { journal } = await openSendJournal(path, owner)
  await rm(path, { recursive: true })
  const world = await setup({ journal })
  await assert.rejects(world.sender.begin(callRequest(1)), { code: 'journal_unwritable', severity: 'retry' })
  assert.equal(world.waiting().length, 0)
  assert.equal((await world.sender.poll()).state, 'idle')
})
