import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openDatabase } from '../../node/data/database.ts'
import {
  createDataDir,
  createTemporaryDir,
  dataDir,
  readPid,
  removeDataDir,
  removePid,
  writePid,
} from '../../node/data/dir.ts'
import { spaceLevel } from '../../node/data/space.ts'

/** A process number that the system never gives out. */
const deadPid = 2 ** 22 + 12345

test('throw-away folders of dead processes are removed, those of living ones stay', () => {
  const stale = mkdtempSync(join(tmpdir(), `openledger-${deadPid}-`))
  const living = mkdtempSync(join(tmpdir(), `openledger-${process.ppid}-`))
  const dir = createTemporaryDir()
  assert.equal(existsSync(stale), false)
  assert.equal(existsSync(living), true)
  assert.equal(dir.isKept, false)
  removeDataDir(dir)
  assert.equal(existsSync(dir.path), false)
  rmSync(living, { recursive: true })
})

test('a kept folder survives its node, and names the living process that uses it', () => {
  const dir = createDataDir(join(mkdtempSync(join(tmpdir(), 'ol-data-test-')), 'deep', 'er'))
  assert.equal(readPid(dir), undefined)
  writePid(dir)
  assert.equal(readPid(dir), process.pid)
  writeFileSync(join(dir.path, 'openledger.pid'), `${deadPid}\n`)
  assert.equal(readPid(dir), undefined)
  removePid(dir)
  removeDataDir(dir)
  assert.equal(existsSync(dir.path), true)
  rmSync(dir.path, { recursive: true })
})

test('a folder that cannot be made is refused with cause and fix', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ol-data-test-'))
  const file = join(folder, 'file')
  writeFileSync(file, '')
  assert.throws(() => createDataDir(join(file, 'below')), { message: /a file, not a folder$/, fix: /--data-dir/ })
  assert.throws(() => createDataDir(file), { message: /it is a file, not a folder$/ })
  mkdirSync(join(folder, 'pid', 'openledger.pid'), { recursive: true })
  assert.throws(() => writePid(dataDir(join(folder, 'pid'), true)), { code: 'data_dir' })
  rmSync(folder, { recursive: true })
})

test('a folder whose database was emptied is refused until somebody says that its blocks are given up', async () => {
  const dir = createDataDir(mkdtempSync(join(tmpdir(), 'ol-data-test-')))
  const reopen = async () => await (await openDatabase(dir, { cacheMiB: 1 })).close()
  await reopen()
  await reopen()
  for (const left of [['LOCK', 'LOG'], ['MANIFEST-000002', '000003.log', '000005.ldb'], [], undefined]) {
    rmSync(dir.chain, { recursive: true, force: true })
    if (left !== undefined) mkdirSync(dir.chain)
    for (const name of left ?? []) writeFileSync(join(dir.chain, name), '')
    await assert.rejects(reopen(), { code: 'chain_missing', message: /is gone/, fix: /backup.*chain\.created$/ })
  }
  rmSync(join(dir.path, 'chain.created'))
  await reopen()
  rmSync(dir.path, { recursive: true })
})

test('free space is low under the minimum, a warning under twice it, and never with a minimum of 0', () => {
  assert.deepEqual(
    [99, 100, 199, 200].map((free) => spaceLevel(free, 100)),
    ['low', 'warn', 'warn', 'ok'],
  )
  assert.equal(spaceLevel(0, 0), 'ok')
})
