import { parseArgs } from 'node:util'
import { runFuzz } from '../test/p2p/gossip/fuzz.ts'

// What peers may send, right and faulty, at every decoder and at the gate of gossip: node scripts/fuzzPeers.ts --inputs 100000
// Ends at the first input that throws, that decodes to something else than itself, or that makes memory grow.

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    help: { type: 'boolean' },
  },
  strict: false,
})
const [seed, inputs] = [Number(values.seed), Number(values.inputs)]
if (values.help || !Number.isSafeInteger(seed) || !Number.isSafeInteger(inputs)) {
  console.log('npm run fuzz:peers -- --inputs <count, 100000> [--seed <number>]')
  process.exit(values.help ? 0 : 2)
}
const step = 5_000
const maxGrowthBytes = 256 * 2 ** 20

console.log(`seed ${seed}: ${inputs} rounds`)
const started = performance.now()
const totals: Record<string, number> = {}
let firstRss: number | undefined
for (let done = 0, part = 0; done < inputs; part++) {
  // A part of its own seed each time, so that it can be run alone.
  const rounds = Math.min(step, inputs - done)
  const { inputs: fed, taken, verdicts } = await runFuzz(seed + part, rounds)
  done += rounds
  for (const [verdict, count] of Object.entries(verdicts)) totals[verdict] = (totals[verdict] ?? 0) + count
  const perSecond = done / ((performance.now() - started) / 1_000)
  const share = ((100 * taken) / fed).toFixed(0)
  const { rss } = process.memoryUsage()
  firstRss ??= rss
  console.log(
    `${done} rounds, ${perSecond.toFixed(0)} a second, ${share} % taken, ${(rss / 2 ** 20).toFixed(0)} MiB (seed ${seed + part})`,
  )
  if (rss > firstRss + maxGrowthBytes) {
    console.log('memory grows')
    process.exitCode = 1
    break
  }
}
for (const [verdict, count] of Object.entries(totals).sort()) console.log(`${String(count).padStart(8)} ${verdict}`)
