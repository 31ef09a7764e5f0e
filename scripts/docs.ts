import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generatedDocs } from '../node/docs/all.ts'

const root = join(import.meta.dirname, '..')
mkdirSync(join(root, 'docs'), { recursive: true })
for (const [path, make] of Object.entries(generatedDocs)) {
  writeFileSync(join(root, path), make())
  console.log(path)
}
