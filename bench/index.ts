import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/**
 * `npm run bench`: every bench in a process of its own, one after the other. `npm run bench -- compare` runs one of
 * them; other flags go to each (`--json FILE` needs one bench named).
 */
const benches = ['compare', 'engine', 'trie'] as const

const [first = '', ...rest] = process.argv.slice(2)
const named = benches.find((name) => name === first)
if (named === undefined && first !== '' && !first.startsWith('-')) {
  console.error(`bench: no bench "${first}". Fix: use one of ${benches.join(', ')}, or none for all.`)
  process.exit(2)
}
for (const name of named === undefined ? benches : [named]) {
  console.log(`\n== ${name}`)
  const flags = named === undefined ? process.argv.slice(2) : rest
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`), ...flags], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}
