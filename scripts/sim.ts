// npm run sim -- --seeds N [--from S]: simulated networks until one does not heal, whose seed and last lines are printed.
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { runSim } from '../test/sim/run.ts'
import type { Scene } from '../test/sim/scene.ts'

const options = { seeds: { type: 'string' }, from: { type: 'string' }, help: { type: 'boolean' } } as const
const { values } = parseArgs({ options, strict: false })
const seeds = Number(values.seeds ?? 100)
const from = Number(values.from ?? randomInt(2 ** 30))
if (values.help || !Number.isSafeInteger(seeds) || !Number.isSafeInteger(from)) {
  process.stdout.write('npm run sim -- --seeds <count> [--from <first seed>]\n')
  process.exit(values.help ? 0 : 2)
}
const shownLines = 200
const print = (text: string) => process.stdout.write(`${text}\n`)

const startedMs = performance.now()
for (let seed = from; seed < from + seeds; seed++) {
  let scene: Scene | undefined
  try {
    const { blocks, dropped, virtualSec } = await runSim(seed, (made) => {
      scene = made
    })
    print(`seed ${seed}: ${virtualSec} s of virtual time, ${blocks} blocks, ${dropped} dropped by L1`)
  } catch (error) {
    for (const line of scene?.lines.slice(-shownLines) ?? []) print(line)
    print(`seed ${seed} fails; again with: npm run sim -- --seeds 1 --from ${seed}`)
    throw error
  }
}
print(`${seeds} seeds in ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`)
