import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * `npm run bench`: every bench in a process of its own, one after the other; `npm run bench -- compare` runs one of
 * them, with what follows as its arguments. Results are printed and written to build/bench/<name>.json.
 */
const benches = ['compare', 'engine', 'trie', 'store', 'attribution', 'derive', 'rollup', 'peers'] as const

const [first, ...rest] = process.argv.slice(2)
const named = benches.find((name) => name === first)
if (named === undefined && first !== undefined) {
  console.error(`bench: no bench of this name. Fix: use one of ${benches.join(', ')}, or none for all.`)
  process.exit(2)
}
const results = join(import.meta.dirname, '..', 'build', 'bench')
mkdirSync(results, { recursive: true })
for (const name of named === undefined ? benches : [named]) {
  console.log(`\n== ${name}`)
  const args = [join(import.meta.dirname, `${name}.ts`), ...rest, '--json', join(results, `${name}.json`)]
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
