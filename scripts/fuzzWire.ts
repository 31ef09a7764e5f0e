import { parseArgs } from 'node:util'
import { runWire } from '../test/l1/batch/wireRun.ts'

// Two decoders of batches on the same payloads, right ones and faulty ones: node scripts/fuzzWire.ts --inputs 1000000
// Ends at the first input on which they do not agree, or on which one throws; its seed alone brings it back.

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
  },
})
const [seed, inputs] = [Number(values.seed), Number(values.inputs)]
const step = 50_000

console.log(`seed ${seed}: ${inputs} inputs`)
const started = performance.now()
for (let done = 0; done < inputs; ) {
  const part = Math.min(step, inputs - done)
  const { taken, slowestMs } = runWire(seed + done / step, part)
  done += part
  const perSecond = done / ((performance.now() - started) / 1000)
  const share = ((100 * taken) / part).toFixed(0)
  console.log(`${done} inputs, ${perSecond.toFixed(0)} a second, ${share} % taken, slowest ${slowestMs.toFixed(1)} ms`)
}
