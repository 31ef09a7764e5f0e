import assert from 'node:assert/strict'
import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Claim } from '../../../core/attestation.ts'
import { NodeError } from '../../../core/errors.ts'
import type { Hash } from '../../../core/hex.ts'
import { createMemoryJournal, type JournalLimits, openAttestJournal } from '../../../p2p/attest/journal.ts'
import { decodeJournal, journalEntryBytes, journalHeaderBytes } from '../../../p2p/attest/journalFile.ts'
import { createScene, domain, rootOf, signers, signOf } from './scene.ts'

const owner = { signer: signers[0]!, domain }
const seed = 77

function claimOf(number: number, root = 'a', l1 = 'l1'): Claim {
  return { l2BlockNumber: BigInt(number), outputRoot: rootOf(root), l1BlockHash: rootOf(`${l1} ${number}`) }
}

async function inFolder(work: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'journal-'))
  try {
    await work(join(folder, 'deep', 'attestations'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

function open(path: string, isExpected: boolean, limits?: JournalLimits) {
  return openAttestJournal({ path, owner, isExpected, ...(limits && { limits }) })
}

function refused(code: string): (error: unknown) => boolean {
  return (error) => error instanceof NodeError && error.code === code && error.fix !== undefined
}

test('a journal allows each claim, and never a second root, also after it is opened again', async () => {
  await inFolder(async (path) => {
    const first = await open(path, false)
    assert.equal(await first.note({ claim: claimOf(1), isPosted: false }), 'signed')
    assert.equal(await first.note({ claim: claimOf(1), isPosted: true }), 'signed')
    assert.equal(await first.note({ claim: claimOf(1, 'b'), isPosted: false }), 'contradicts')
    const moved = { ...claimOf(1), l2BlockNumber: 2n }
    assert.equal(await first.note({ claim: moved, isPosted: false }), 'contradicts', 'one L1 block has one safe head')
    // The same number for another L1 block is another claim.
    assert.equal(await first.note({ claim: claimOf(1, 'b', 'other'), isPosted: false }), 'signed')
    // At the same time: one after the other.
    const both = [claimOf(2, 'a'), claimOf(2, 'b')].map((claim) => first.note({ claim, isPosted: false }))
    assert.deepEqual(await Promise.all(both), ['signed', 'contradicts'])
    const second = await open(path, true)
    assert.equal(await second.note({ claim: claimOf(1, 'b'), isPosted: false }), 'contradicts')
    assert.equal(await second.note({ claim: claimOf(2, 'a'), isPosted: false }), 'signed')
    assert.equal((await stat(path)).size, journalHeaderBytes + 4 * journalEntryBytes)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
  })
})

test('an entry is on disk before its claim may be signed', async () => {
  await inFolder(async (path) => {
    const journal = await open(path, false)
    const claim = claimOf(9)
    await journal.note({ claim, isPosted: false })
    const content = decodeJournal(await readFile(path), owner)
    assert.deepEqual(content, { floor: 0n, entries: [{ claim, isPosted: false }] })
    await rm(path)
    await assert.rejects(journal.note({ claim: claimOf(10), isPosted: false }), refused('attest_journal_unwritable'))
  })
})

test('what was not written whole is written over; every other damage is refused', async () => {
  await inFolder(async (path) => {
    const journal = await open(path, false)
    await journal.note({ claim: claimOf(1), isPosted: false })
    await journal.note({ claim: claimOf(2), isPosted: false })
    const whole = await readFile(path)
    for (const torn of [1, 40, journalEntryBytes - 1]) {
      await writeFile(path, whole)
      await truncate(path, whole.length - torn)
      const opened = await open(path, true)
      assert.equal(await opened.note({ claim: claimOf(1, 'b'), isPosted: false }), 'contradicts')
      assert.equal(await opened.note({ claim: claimOf(2, 'b'), isPosted: false }), 'signed')
      assert.equal(await (await open(path, true)).note({ claim: claimOf(2), isPosted: false }), 'contradicts')
    }
    // Space that was taken and not filled, wholly or in part.
    for (const filled of [0, 50]) {
      await writeFile(path, whole)
      await appendFile(path, whole.subarray(journalHeaderBytes, journalHeaderBytes + filled))
      await appendFile(path, new Uint8Array(journalEntryBytes - filled))
      const opened = await open(path, true)
      assert.equal(await opened.note({ claim: claimOf(2, 'b'), isPosted: false }), 'contradicts')
    }
    for (let at = 0; at < whole.length; at += 13) {
      const damaged = Uint8Array.from(whole)
      damaged[at]! ^= 0x10
      await writeFile(path, damaged)
      await assert.rejects(open(path, true), refused('attest_journal_damaged'), `byte ${at}`)
    }
    await writeFile(path, whole.subarray(0, journalHeaderBytes - 1))
    await assert.rejects(open(path, true), refused('attest_journal_damaged'))
    await writeFile(path, Buffer.alloc(3_000_000))
    await assert.rejects(open(path, true), refused('attest_journal_damaged'), 'too long to be read')
  })
})

test('a journal that is gone, or of another signer or registry, is refused', async () => {
  await inFolder(async (path) => {
    await assert.rejects(open(path, true), refused('attest_journal_missing'))
    await open(path, false)
    const other = { signer: signers[1]!, domain }
    await assert.rejects(openAttestJournal({ path, owner: other, isExpected: true }), refused('attest_journal_foreign'))
    const elsewhere = { signer: owner.signer, domain: { ...domain, registry: signers[2]! } }
    const opened = openAttestJournal({ path, owner: elsewhere, isExpected: false })
    await assert.rejects(opened, refused('attest_journal_foreign'))
  })
})

test('a journal stays small, and what it has forgotten is not signed', async () => {
  const limits = { heads: 4, posted: 2 }
  await inFolder(async (path) => {
    const journals = [await open(path, false, limits), createMemoryJournal(limits)]
    for (const journal of journals) {
      await journal.note({ claim: claimOf(5), isPosted: true })
      for (let number = 10; number < 30; number++) await journal.note({ claim: claimOf(number), isPosted: false })
    }
    assert((await stat(path)).size <= journalHeaderBytes + 12 * journalEntryBytes)
    for (const journal of [...journals, await open(path, true, limits)]) {
      assert.equal(await journal.note({ claim: claimOf(5), isPosted: true }), 'signed', 'an output stays')
      assert.equal(await journal.note({ claim: claimOf(5, 'b'), isPosted: true }), 'contradicts')
      assert.equal(await journal.note({ claim: claimOf(29, 'b'), isPosted: false }), 'contradicts')
      assert.equal(await journal.note({ claim: claimOf(12), isPosted: false }), 'contradicts', 'below the floor')
      assert.equal(await journal.note({ claim: claimOf(12, 'b', 'x'), isPosted: false }), 'contradicts')
    }
  })
})

test('what was said of the safe head and became an output stays like any output', async () => {
  const limits = { heads: 4, posted: 2 }
  await inFolder(async (path) => {
    const memory = createMemoryJournal(limits)
    let onDisk = await open(path, false, limits)
    for (let number = 1; number < 60; number++) {
      for (const journal of [memory, onDisk]) {
        assert.equal(await journal.note({ claim: claimOf(number), isPosted: false }), 'signed')
        if (number === 5 || number === 7) await journal.note({ claim: claimOf(number), isPosted: true })
      }
      if (number % 9 === 0) onDisk = await open(path, true, limits)
      assert((await stat(path)).size <= journalHeaderBytes + 12 * journalEntryBytes)
    }
    for (const journal of [memory, onDisk, await open(path, true, limits)]) {
      assert.equal(await journal.note({ claim: claimOf(5), isPosted: true }), 'signed')
      assert.equal(await journal.note({ claim: claimOf(7), isPosted: false }), 'signed')
      assert.equal(await journal.note({ claim: claimOf(6), isPosted: true }), 'contradicts', 'long ago')
    }
  })
})

test(`whatever is asked in whatever order, no two roots get through (seed ${seed})`, async () => {
  const ask = fc.record({
    number: fc.integer({ min: 1, max: 12 }),
    root: fc.constantFrom('a', 'b'),
    posted: fc.boolean(),
  })
  await inFolder(async (path) => {
    const property = fc.asyncProperty(fc.array(ask, { maxLength: 40 }), async (asks) => {
      await rm(path, { force: true })
      const limits = { heads: 3, posted: 2 }
      const signed = new Map<number, Hash>()
      let journal = await open(path, false, limits)
      for (const [index, { number, root, posted }] of asks.entries()) {
        if (index % 7 === 6) journal = await open(path, true, limits)
        const claim = claimOf(number, root)
        if ((await journal.note({ claim, isPosted: posted })) !== 'signed') continue
        assert(signed.get(number) === undefined || signed.get(number) === claim.outputRoot)
        signed.set(number, claim.outputRoot)
      }
    })
    await fc.assert(property, { seed, numRuns: 25 })
  })
})

test('a key whose journal is gone attests nothing more from that database', async () => {
  await inFolder(async (journalPath) => {
    const { restart, fold, sent } = await createScene([1n], { sign: signOf(0), journalPath })
    await fold(1n)
    assert.equal(sent.length, 1)
    await restart()
    await rm(journalPath)
    await assert.rejects(restart(), refused('attest_journal_missing'))
    // Another key has none yet.
    await restart({ sign: signOf(1) })
  })
})
