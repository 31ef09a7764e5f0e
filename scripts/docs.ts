import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generatedDocs } from '../node/docs/all.ts'

const root = join(import.meta.dirname, '..')
for (const [path, make] of Object.entries(generatedDocs)) {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), make())
  console.log(path)
}
