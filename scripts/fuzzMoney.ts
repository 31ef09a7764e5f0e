import { parseArgs } from 'node:util'
import { createTally, formatTally, runOperations, runScript } from '../test/attribution/conservation/run.ts'

// Random calls of all precompiles, the books checked after each: node scripts/fuzzMoney.ts --operations 200000 --seed 7
// Prints what succeeded and what failed; a failure ends it with the shortest sequence of steps that leads there.

const { values } = parseArgs({
  options: {
    operations: { type: 'string', default: '200000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
  },
})
const [seed, operations] = [Number(values.seed), Number(values.operations)]
const step = 20_000
const tally = createTally()

console.log(`seed ${seed}: ${operations} operations`)
const started = performance.now()
try {
  runScript(tally)
  for (let part = 0; tally.operations < operations; part++) {
    // A part of its own seed each time, so that it can be run alone.
    runOperations(seed + part, Math.min(operations, tally.operations + step), tally)
    const perSecond = tally.operations / ((performance.now() - started) / 1_000)
    console.log(`${tally.operations} operations, ${perSecond.toFixed(0)} per second`)
  }
} catch (error) {
  console.log(error)
  process.exitCode = 1
}
console.log(formatTally(tally))
