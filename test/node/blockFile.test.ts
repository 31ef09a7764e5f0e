import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { encodeRlp } from '../../core/rlp.ts'
import { createBlockFile, readBlockFile } from '../../node/data/blockFile.ts'

const folder = mkdtempSync(join(tmpdir(), 'ol-file-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const lists = [0, 10, 55, 56, 300, 70_000, 1_500_000].map((size) => encodeRlp([new Uint8Array(size).fill(7)]))

async function readAll(path: string, maxBytes = 2 << 20): Promise<Uint8Array[]> {
  const found: Uint8Array[] = []
  for await (const { raw } of readBlockFile(path, maxBytes)) found.push(raw)
  return found
}

test('what was written is read back, whatever the sizes', async () => {
  const path = join(folder, 'whole.rlp')
  const file = await createBlockFile(path)
  for (const list of lists) await file.write(list)
  await file.close()
  assert.deepEqual(await readAll(path), lists)
  await assert.rejects(createBlockFile(path), /exists already/)
})

test('cut, foreign and oversized files are refused with the offset', async () => {
  const path = join(folder, 'bad.rlp')
  writeFileSync(path, Buffer.concat([lists[1]!, lists[4]!.subarray(0, 100)]))
  await assert.rejects(readAll(path), /ends in the middle of the block at byte 12$/)
  writeFileSync(path, 'hello')
  await assert.rejects(readAll(path), /no valid block at byte 0$/)
  writeFileSync(path, Buffer.from([0xff, 1, 1, 1, 1, 1, 1, 1, 1]))
  await assert.rejects(readAll(path), /no valid block at byte 0$/)
  writeFileSync(path, lists[6]!)
  await assert.rejects(readAll(path, 1000), /no valid block at byte 0$/)
  await assert.rejects(readAll(join(folder, 'none')), /cannot be read$/)
  await assert.rejects(readAll(folder), { code: 'block_file', message: /is a folder$/, fix: /export/ })
})
