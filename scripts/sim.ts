// npm run sim -- --seeds N [--from S]: simulated networks until one does not heal, whose seed and last lines are printed.
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { runSim } from '../test/sim/run.ts'
import type { Scene } from '../test/sim/scene.ts'

const { values } = parseArgs({ options: { seeds: { type: 'string' }, from: { type: 'string' } } })
const seeds = Number(values.seeds ?? 100)
const from = Number(values.from ?? randomInt(2 ** 30))
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
