import assert from 'node:assert/strict'
import { chmod, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import type { NodeError } from '../../core/errors.ts'
import { bytesToHex } from '../../core/hex.ts'
import type { Kv, KvOp } from '../../core/ports/kv.ts'
import { checkFreeSpace, freeSpace } from '../../state/store/freeSpace.ts'
import { levelError } from '../../state/store/levelErrors.ts'
import { openLevelKv } from '../../state/store/levelKv.ts'
import { createMemoryKv } from '../../state/store/memoryKv.ts'

const folder = await mkdtemp(join(tmpdir(), 'openledger-kv-'))
after(() => rm(folder, { recursive: true, force: true }))
let count = 0
const freshPath = () => join(folder, `db${count++}`)

const key = fc.uint8Array({ minLength: 1, maxLength: 3, max: 3 })
const op = fc.oneof(
  fc.record({ type: fc.constant('put' as const), key, value: fc.uint8Array({ maxLength: 4 }) }),
  fc.record({ type: fc.constant('del' as const), key }),
)
const range = fc.record({ gte: key, lt: key, reverse: fc.boolean(), limit: fc.option(fc.nat(5), { nil: undefined }) })

const stores: Readonly<Record<string, () => Promise<Kv>>> = {
  memory: async () => createMemoryKv(),
  LevelDB: () => openLevelKv(freshPath(), { cacheBytes: 1 << 20, writeBufferBytes: 1 << 20 }),
}
for (const [name, open] of Object.entries(stores)) {
  test(`${name} does what a sorted map does`, async (t) => {
    const seed = 5
    t.diagnostic(`seed ${seed}`)
    const kv = await open()
    const clear = async () => {
      const ops: KvOp[] = []
      for await (const [key] of kv.entries({ gte: Uint8Array.of(), lt: Uint8Array.of(0xff) }))
        ops.push({ type: 'del', key })
      await kv.batch(ops, { sync: false })
    }
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(op, { maxLength: 8 }), { maxLength: 6 }),
        fc.array(range, { maxLength: 3 }),
        async (batches, ranges) => {
          await clear()
          const model = new Map<string, Uint8Array>()
          for (const ops of batches) {
            await kv.batch(ops, { sync: false })
            for (const op of ops)
              op.type === 'put' ? model.set(bytesToHex(op.key), op.value) : model.delete(bytesToHex(op.key))
          }
          for (const [key, value] of model) assert.deepEqual(kv.get(Buffer.from(key.slice(2), 'hex')), value)
          assert.equal(kv.get(Uint8Array.of(9, 9)), undefined)
          for (const { gte, lt, reverse, limit } of ranges) {
            const found = await Array.fromAsync(
              kv.entries({ gte, lt, reverse, ...(limit === undefined ? {} : { limit }) }),
            )
            const wanted = [...model].filter(([key]) => key >= bytesToHex(gte) && key < bytesToHex(lt)).sort()
            if (reverse) wanted.reverse()
            assert.deepEqual(
              found.map(([key, value]) => [bytesToHex(key), new Uint8Array(value)]),
              wanted.slice(0, limit),
            )
          }
        },
      ),
      { seed, numRuns: 60 },
    )
    await kv.close()
  })

  test(`${name} iterates over what was there when the iteration began`, async () => {
    const kv = await open()
    const put = (byte: number, value: number): KvOp => ({
      type: 'put',
      key: Uint8Array.of(byte),
      value: Uint8Array.of(value),
    })
    await kv.batch([put(1, 1), put(2, 1), put(3, 1)], { sync: true })
    const seen: number[] = []
    for await (const [key, value] of kv.entries({ gte: Uint8Array.of(0), lt: Uint8Array.of(9) })) {
      await kv.batch([put(2, 2), put(4, 2), { type: 'del', key: Uint8Array.of(3) }], { sync: false })
      seen.push(key[0]!, value[0]!)
    }
    assert.deepEqual(seen, [1, 1, 2, 1, 3, 1])
    for await (const _ of kv.entries({ gte: Uint8Array.of(0), lt: Uint8Array.of(9) })) break
    await kv.close()
  })
}

test('a value from LevelDB is a plain array of its own bytes', async () => {
  const kv = await openLevelKv(freshPath())
  await kv.batch([{ type: 'put', key: Uint8Array.of(1), value: Uint8Array.of(1, 2, 3) }], { sync: true })
  const value = kv.get(Uint8Array.of(1))!
  assert.ok(!Buffer.isBuffer(value))
  value.slice(0, 1)[0] = 9
  assert.deepEqual(kv.get(Uint8Array.of(1)), Uint8Array.of(1, 2, 3))
  await kv.close()
  assert.throws(() => kv.get(Uint8Array.of(1)), { code: 'db_closed' })
})

test('another thread reads through its own handle what this one commits', async () => {
  const path = freshPath()
  const kv = await openLevelKv(path)
  const source = `
    const { parentPort, workerData } = require('node:worker_threads')
    import(workerData.module).then(async ({ openLevelKv }) => {
      const kv = await openLevelKv(workerData.path, { readOnly: true })
      parentPort.on('message', async (message) => {
        if (message === 'close') { await kv.close(); parentPort.close() }
        else parentPort.postMessage(kv.get(Uint8Array.of(7)))
      })
      parentPort.postMessage('open')
    })`
  const module = new URL('../../state/store/levelKv.ts', import.meta.url).href
  const worker = new Worker(source, { eval: true, workerData: { module, path } })
  const answer = () => new Promise((resolve) => worker.once('message', resolve))
  assert.equal(await answer(), 'open')
  await kv.batch([{ type: 'put', key: Uint8Array.of(7), value: Uint8Array.of(42) }], { sync: true })
  worker.postMessage('read')
  assert.deepEqual(await answer(), Uint8Array.of(42))
  const exited = new Promise((resolve) => worker.once('exit', resolve))
  worker.postMessage('close')
  await exited
  await kv.close()
})

function fails(code: string, message: RegExp) {
  return (error: NodeError) => {
    assert.equal(error.code, code, error.message)
    assert.equal(error.severity, 'fatal')
    assert.match(error.message, message)
    assert.ok(error.fix !== undefined && !error.fix.includes('\n') && !error.message.includes('\n'))
    return true
  }
}

test('says what is wrong with a data directory it cannot open, and what to do', async (t) => {
  const path = freshPath()
  await assert.rejects(openLevelKv(path, { readOnly: true }), fails('db_missing', /there is no database in/))
  await writeFile(join(folder, 'file'), 'x')
  await assert.rejects(openLevelKv(join(folder, 'file')), fails('db_path', /cannot be a directory/))
  await assert.rejects(openLevelKv(join(folder, 'file', 'below')), fails('db_path', /cannot be a directory/))
  await assert.rejects(openLevelKv('/proc/openledger'), (error: NodeError) => error.severity === 'fatal')

  const child = new Worker(
    `const { ClassicLevel } = require('classic-level'); new ClassicLevel(${JSON.stringify(path)}).open().then(() => { const { parentPort } = require('node:worker_threads'); parentPort.on('message', () => {}); parentPort.postMessage('open') })`,
    { eval: true },
  )
  await new Promise((resolve) => child.once('message', resolve))
  await assert.rejects(openLevelKv(path), fails('db_locked', /another process uses the database/))
  await child.terminate()

  if (process.getuid?.() === 0) t.diagnostic('permission not tried: running as root')
  else {
    const closed = freshPath()
    await mkdir(closed, { mode: 0o500 })
    await assert.rejects(openLevelKv(closed), fails('db_permission', /no permission/))
    await chmod(closed, 0o700)
  }
})

test('refuses damaged LevelDB files instead of starting anew', async () => {
  const path = freshPath()
  const kv = await openLevelKv(path, { writeBufferBytes: 1 << 16 })
  for (let index = 0; index < 40; index++) {
    await kv.batch([{ type: 'put', key: Uint8Array.of(index), value: new Uint8Array(9000).fill(index) }], {
      sync: false,
    })
  }
  await kv.close()
  const files = await readdir(path)
  const manifest = files.find((file) => file.startsWith('MANIFEST'))!
  const table = files.find((file) => file.endsWith('.ldb'))!
  const damage: Readonly<Record<string, (copy: string) => Promise<void>>> = {
    'no CURRENT': (copy) => rm(join(copy, 'CURRENT')),
    'CURRENT names nothing': (copy) => writeFile(join(copy, 'CURRENT'), 'MANIFEST-999999\n'),
    'CURRENT torn': (copy) => writeFile(join(copy, 'CURRENT'), 'MANI'),
    'no manifest': (copy) => rm(join(copy, manifest)),
    'manifest overwritten': (copy) => writeFile(join(copy, manifest), new Uint8Array(100)),
    'table missing': (copy) => rm(join(copy, table)),
  }
  for (const [name, harm] of Object.entries(damage)) {
    const copy = freshPath()
    await cp(path, copy, { recursive: true })
    await harm(copy)
    await assert.rejects(openLevelKv(copy), fails('db_corrupt', /damaged/), name)
  }
})

test('creates a database where an earlier creation was interrupted', async () => {
  const path = freshPath()
  await mkdir(path)
  await writeFile(join(path, 'MANIFEST-000001'), new Uint8Array(10))
  await writeFile(join(path, 'LOCK'), '')
  const kv = await openLevelKv(path)
  assert.equal(kv.get(Uint8Array.of(1)), undefined)
  await kv.close()
})

test('a failed write on a full disk says so', async () => {
  const failure = Object.assign(new Error('IO error'), { code: 'LEVEL_IO_ERROR' })
  const of = (errno: string | undefined) => levelError('/data', failure, async () => errno)
  assert.equal((await of('ENOSPC')).code, 'disk_full')
  assert.equal((await of('EDQUOT')).code, 'disk_full')
  assert.equal((await of('EROFS')).code, 'db_read_only')
  assert.equal((await of(undefined)).code, 'db_io')
  assert.equal((await of('EIO')).code, 'db_io')
  const { message, fix, severity, cause } = await of('ENOSPC')
  assert.equal(severity, 'fatal')
  assert.match(message, /no space left for the database in \/data/)
  assert.match(fix!, /free disk space/)
  assert.equal(cause, failure)
  assert.equal((await levelError(folder, failure)).code, 'db_io', 'this disk is not full')
  assert.deepEqual(
    (await readdir(folder)).filter((file) => file.endsWith('.tmp')),
    [],
  )
})

test('measures free space against a minimum', async () => {
  const { freeBytes, totalBytes } = await freeSpace(folder)
  assert.ok(freeBytes > 0 && freeBytes <= totalBytes)
  assert.equal(await checkFreeSpace(folder, 1), undefined)
  assert.equal((await checkFreeSpace(folder, freeBytes * 0.75))?.level, 'warn')
  assert.equal((await checkFreeSpace(folder, freeBytes * 4))?.level, 'stop')
})
