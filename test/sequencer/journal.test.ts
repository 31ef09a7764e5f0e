import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { concatBytes, type Hash } from '../../core/hex.ts'
import type { TxEnvelope } from '../../core/tx.ts'
import { openEnvelope, signTx } from '../../core/txEnvelope.ts'
import { type Journal, type JournalFiles, openJournal } from '../../sequencer/journal/journal.ts'
import { decodeJournal, encodeRecord, journalMagic } from '../../sequencer/journal/records.ts'
import { hashes, makeTx } from './fixtures.ts'

const key = new Uint8Array(32).fill(1)

function signed(nonce: number): TxEnvelope {
  return signTx({ ...makeTx({ nonce }).tx }, key)
}

const txs = Array.from({ length: 6 }, (_, nonce) => signed(nonce))

/** A directory of its own, gone after the test. */
function place(t: { after(done: () => void): void }): string {
  const directory = fs.mkdtempSync(join(tmpdir(), 'journal-'))
  t.after(() => fs.rmSync(directory, { recursive: true, force: true }))
  return join(directory, 'journal')
}

function open(path: string, options: { files?: JournalFiles; refuse?: Hash; nowMs?: () => number } = {}) {
  const restored: TxEnvelope[] = []
  const warnings: string[] = []
  const opened = openJournal({
    path,
    open: openEnvelope,
    restore: (tx) => {
      if (tx.hash === options.refuse) return { reject: 'nonce_too_low' }
      restored.push(tx)
      return undefined
    },
    maxTxBytes: 131_072,
    nowMs: options.nowMs ?? (() => 0),
    log: { warn: (_fields, text) => warnings.push(text) },
    ...(options.files && { files: options.files }),
  })
  return { ...opened, txs: restored, warnings }
}

function fill(path: string, all: readonly TxEnvelope[]): void {
  const { journal } = open(path)
  for (const tx of all) journal.add(tx)
  journal.close()
}

test('what was accepted is there again after a restart, in order', (t) => {
  const path = place(t)
  fill(path, txs.slice(0, 4))
  fill(path, txs.slice(4))
  const again = open(path)
  assert.deepEqual(hashes(again.txs), hashes(txs))
  assert.deepEqual([again.restored, again.refused, again.damaged], [6, 0, 0])
  again.journal.close()
})

test('what the pool refuses after a restart is forgotten', (t) => {
  const path = place(t)
  fill(path, txs)
  const first = open(path, { refuse: txs[0]!.hash })
  first.journal.close()
  assert.equal(first.refused, 1)
  const second = open(path)
  second.journal.close()
  assert.deepEqual(hashes(second.txs), hashes(txs.slice(1)))
})

test('a tail cut off anywhere costs only the record it cuts', (t) => {
  const path = place(t)
  fill(path, txs.slice(0, 3))
  const whole = fs.readFileSync(path)
  for (let length = 0; length <= whole.length; length += 7) {
    fs.writeFileSync(path, whole.subarray(0, length))
    const { journal, txs: found, damaged } = open(path)
    journal.close()
    assert.deepEqual(hashes(found), hashes(txs.slice(0, found.length)))
    assert.ok(damaged <= 1)
  }
})

test('a flipped bit costs one record, a garbled length the rest, and new records are readable after it', (t) => {
  const path = place(t)
  fill(path, txs)
  const record = encodeRecord(txs[0]!.raw).length
  const garble = (offset: number) => {
    const bytes = fs.readFileSync(path)
    bytes[offset]! ^= 0x80
    fs.writeFileSync(path, bytes)
  }
  garble(journalMagic.length + record + 20)
  const flipped = open(path)
  assert.deepEqual(hashes(flipped.txs), hashes([txs[0]!, ...txs.slice(2)]))
  assert.equal(flipped.damaged, 1)
  flipped.journal.close()
  garble(journalMagic.length + record)
  const cut = open(path)
  assert.deepEqual(hashes(cut.txs), hashes(txs.slice(0, 1)))
  cut.journal.add(txs[5]!)
  cut.journal.close()
  const last = open(path)
  last.journal.close()
  assert.deepEqual(hashes(last.txs), hashes([txs[0]!, txs[5]!]))
  assert.equal(last.damaged, 0)
})

test('random bytes never crash the reader', () => {
  const prefix = fc.constantFrom(new Uint8Array(), Uint8Array.from(journalMagic))
  fc.assert(
    fc.property(prefix, fc.uint8Array({ maxLength: 300 }), (start, rest) => {
      const { payloads, damaged } = decodeJournal(concatBytes(start, rest), 100)
      assert.ok(payloads.length + damaged <= 1 + rest.length / 8)
    }),
    { seed: 7_702, numRuns: 500 },
  )
})

test('a journal that is mostly outdated is rewritten with what is live', (t) => {
  const path = place(t)
  const { journal } = open(path)
  for (let round = 0; round < 300; round++) for (const tx of txs) journal.add(tx)
  journal.flush()
  const before = fs.statSync(path).size
  journal.maintain(600, () => txs.slice(4))
  assert.equal(fs.statSync(path).size, before, 'not yet: half of it and the slack')
  journal.maintain(2, () => txs.slice(4))
  journal.add(txs[0]!)
  journal.close()
  const again = open(path)
  again.journal.close()
  assert.deepEqual(hashes(again.txs), hashes([...txs.slice(4), txs[0]!]))
})

test('a full disk costs one warning; the journal is whole again once there is room', (t) => {
  const path = place(t)
  let full = false
  let nowMs = 0
  const enospc = () => Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
  const files: JournalFiles = {
    ...fs,
    writeSync: ((fd: number, bytes: Uint8Array, offset: number, length: number, position: number) => {
      if (!full) return fs.writeSync(fd, bytes, offset, length, position)
      fs.writeSync(fd, bytes, offset, 5, position)
      throw enospc()
    }) as JournalFiles['writeSync'],
    writeFileSync: ((...args: Parameters<typeof fs.writeFileSync>) => {
      if (full) throw enospc()
      fs.writeFileSync(...args)
    }) as JournalFiles['writeFileSync'],
  }
  const { journal, warnings } = open(path, { files, nowMs: () => nowMs })
  journal.add(txs[0]!)
  journal.flush()
  full = true
  for (const tx of txs.slice(1, 4)) {
    journal.add(tx)
    journal.flush()
    nowMs += 60_000
    journal.maintain(1, () => txs.slice(0, 4))
  }
  assert.equal(warnings.length, 1)
  assert.deepEqual(hashes(reopened(path)), hashes(txs.slice(0, 1)), 'what was written before is still readable')
  full = false
  nowMs += 60_000
  journal.maintain(4, () => txs.slice(0, 4))
  journal.add(txs[4]!)
  journal.close()
  assert.deepEqual(hashes(reopened(path)), hashes(txs.slice(0, 5)))
})

test('an unreadable journal stops the start with the cause and the fix', (t) => {
  const path = place(t)
  fs.mkdirSync(path)
  assert.throws(() => open(path), { name: 'NodeError', code: 'journal_unreadable', severity: 'fatal' })
})

test('a killed process loses nothing that it wrote a turn of the event loop earlier', async (t) => {
  const path = place(t)
  const child = spawn(process.execPath, [join(import.meta.dirname, 'journalChild.ts'), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let acknowledged = 0
  for await (const chunk of child.stdout) {
    acknowledged += String(chunk).split('\n').length - 1
    if (acknowledged >= 200) break
  }
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('close', resolve))
  const found = reopened(path)
  assert.ok(found.length >= acknowledged, `${found.length} found, ${acknowledged} acknowledged`)
  assert.deepEqual(
    found.map(({ tx }) => tx.type !== 0x7e && tx.nonce),
    found.map((_, nonce) => BigInt(nonce)),
  )
})

test('records are written once per turn of the event loop', async (t) => {
  const path = place(t)
  let writes = 0
  const files = {
    ...fs,
    writeSync: ((...args: Parameters<typeof fs.writeSync>) =>
      ++writes && fs.writeSync(...args)) as JournalFiles['writeSync'],
  }
  const { journal }: { journal: Journal } = open(path, { files })
  for (const tx of txs) journal.add(tx)
  await turn()
  assert.equal(writes, 1)
  journal.close()
})

function reopened(path: string): TxEnvelope[] {
  const { payloads } = decodeJournal(fs.readFileSync(path), 131_072)
  return payloads.map((payload) => openEnvelope(payload) as TxEnvelope)
}
