import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { count, type Tally } from '../test/attribution/world/cases.ts'
import { casesPerWorld, formatTally, runWorld } from '../test/attribution/world/run.ts'

// Falsifiability fuzz through the real precompiles, over processes: npm run fuzz:traces -- --cases 1000000 --seed 1
// Again from a seed: --seed 7; one world of it: --seed 7 --world 12.

/** What a process tells of one world. */
type Report = { readonly tally: readonly (readonly [string, number])[]; readonly failure: string | undefined }

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    jobs: { type: 'string', default: String(availableParallelism()) },
    world: { type: 'string' },
  },
})
const seed = Number(values.seed)

if (process.send !== undefined) serve()
else if (values.world !== undefined) runOne(Number(values.world))
else await runAll(Math.ceil(Number(values.cases) / casesPerWorld), Number(values.jobs))

/** A process: runs each world it is sent. */
function serve(): void {
  process.on('message', (world: number) => process.send!(reportOf(world)))
  process.on('disconnect', () => process.exit())
}

function runOne(world: number): void {
  const { tally, failure } = reportOf(world)
  console.log(failure ?? formatTally(new Map(tally)))
  process.exitCode = failure === undefined ? 0 : 1
}

function reportOf(world: number): Report {
  const tally: Tally = new Map()
  const failed = runWorld(seed, world, tally)
  const failure = failed && `--seed ${seed} --world ${world}, case ${failed.index}: ${textOf(failed.error)}`
  return { tally: [...tally], failure }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** Spreads the worlds over processes, each of which asks for the next when it is done. Stops at the first failure. */
async function runAll(worlds: number, jobs: number): Promise<void> {
  console.log(`seed ${seed}: ${worlds * casesPerWorld} cases over ${jobs} processes`)
  const started = performance.now()
  const tally: Tally = new Map()
  let [next, done] = [0, 0]
  let failure: string | undefined
  let shown = started
  const show = () => {
    const cases = done * casesPerWorld
    const perSecond = (cases / (performance.now() - started)) * 1000
    console.log(`${cases} cases, ${perSecond.toFixed(0)} per second, ${tally.get('refuted') ?? 0} refuted`)
  }
  const work = (child: ChildProcess) =>
    new Promise<void>((resolve) => {
      const advance = () => {
        if (next < worlds && failure === undefined) child.send(next++)
        else child.disconnect()
      }
      child.on('message', (report: Report) => {
        for (const [name, times] of report.tally) count(tally, name, times)
        failure ??= report.failure
        done++
        if (performance.now() - shown > 5_000) {
          shown = performance.now()
          show()
        }
        advance()
      })
      child.on('exit', (code) => {
        if (code !== 0) failure ??= `a process ended with ${code}`
        resolve()
      })
      advance()
    })
  const children = Array.from({ length: jobs }, () => fork(import.meta.filename, ['--seed', String(seed)]))
  await Promise.all(children.map(work))
  console.log(formatTally(tally))
  show()
  if (failure !== undefined) console.log(`FAILED ${failure}`)
  process.exitCode = failure === undefined ? 0 : 1
}
