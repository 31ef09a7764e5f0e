import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { vectors } from '../test/attribution/kernel/vectors.ts'

// Writes the test vectors of the attribution kernel. Only for vectors that are new: those that exist are consensus.
const folder = join(import.meta.dirname, '../test/vectors/attribution')
mkdirSync(folder, { recursive: true })
for (const [name, make] of Object.entries(vectors)) {
  const path = join(folder, `${name}.json`)
  writeFileSync(path, `${JSON.stringify(make(), undefined, 2)}\n`)
  console.log(path)
}
