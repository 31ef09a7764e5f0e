import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { vectors } from './vectors.ts'

const folder = join(import.meta.dirname, '../../vectors/attribution')

for (const [name, make] of Object.entries(vectors)) {
  test(`the code gives the committed vectors: ${name}`, () => {
    assert.deepEqual(make(), JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')))
  })
}
