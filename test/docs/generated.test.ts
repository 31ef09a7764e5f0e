import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { generatedDocs } from '../../node/docs/all.ts'

for (const [path, make] of Object.entries(generatedDocs)) {
  test(`${path} is what the tables give (npm run docs)`, () => {
    assert.equal(readFileSync(join(import.meta.dirname, '..', '..', path), 'utf8'), make())
  })
}
