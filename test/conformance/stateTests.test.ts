import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Failure } from './stateTests/run.ts'
import { runStateTestFile } from './stateTests/run.ts'
import type { ShardReport } from './stateTests/shard.ts'
import { skips, slowFiles } from './stateTests/skips.ts'
import { readStateTestFile, stateTestFiles } from './stateTests/vectors.ts'

// All of it with `npm run test:conformance` or OPENLEDGER_CONFORMANCE=full; otherwise every 25th file.
const isFull = process.env.OPENLEDGER_CONFORMANCE === 'full' || process.env.npm_lifecycle_event === 'test:conformance'
const sampleStep = 25

const files = stateTestFiles()

test('GeneralStateTests: state root and logs of every case', {
  skip: files === undefined && 'no vectors',
}, async (t) => {
  assert(files !== undefined)
  const wanted = files.filter((file) => !(file in skips))
  const { cases, failures } = isFull ? await runAll(wanted) : await runSample(wanted)
  t.diagnostic(`${cases} cases of ${isFull ? wanted.length : `1 in ${sampleStep} of ${wanted.length}`} files`)
  for (const [file, reason] of Object.entries(skips)) t.diagnostic(`skipped: ${file}: ${reason}`)
  assert.deepEqual(failures, [])
  assert(cases > 100)
})

test('GeneralStateTests: a wrong root, wrong logs or a missing refusal is noticed', {
  skip: files === undefined && 'no vectors',
}, async () => {
  const name = files?.find((file) => file.endsWith('stExample/mergeTest.json')) ?? ''
  const [[key, original] = []] = Object.entries(readStateTestFile(name))
  assert(key !== undefined && original !== undefined)
  const outcome = async (change: object) => {
    const post = Object.entries(original.post).map(([fork, [first]]) => [fork, [{ ...first, ...change }]])
    return (await runStateTestFile({ [key]: { ...original, post: Object.fromEntries(post) } })).failures
  }
  const other = `0x${'12'.repeat(32)}`
  assert.deepEqual(await outcome({}), [])
  assert.match((await outcome({ hash: other }))[0]?.problem ?? '', /^state root/)
  assert.match((await outcome({ logs: other }))[0]?.problem ?? '', /^logs/)
  assert.match((await outcome({ expectException: 'any' }))[0]?.problem ?? '', /^not refused/)
})

type Total = { cases: number; failures: Failure[] }

async function runSample(names: readonly string[]): Promise<Total> {
  const total: Total = { cases: 0, failures: [] }
  for (const [index, name] of names.entries()) {
    if (index % sampleStep !== 0) continue
    const { cases, failures } = await runStateTestFile(readStateTestFile(name))
    total.cases += cases
    total.failures.push(...failures)
  }
  return total
}

/** Every file, in as many processes as there are cores. */
async function runAll(names: readonly string[]): Promise<Total> {
  const total: Total = { cases: 0, failures: [] }
  const queue = [
    ...names.filter((name) => slowFiles.includes(name)),
    ...names.filter((name) => !slowFiles.includes(name)),
  ]
  const shard = async () => {
    const child = fork(join(import.meta.dirname, 'stateTests', 'shard.ts'))
    try {
      for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
        const { cases, failures } = await ask(child, name)
        total.cases += cases
        total.failures.push(...failures)
      }
    } finally {
      child.kill()
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, shard))
  return total
}

function ask(child: ReturnType<typeof fork>, name: string): Promise<ShardReport> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`${name}: the process ended with ${code}`))
    child.once('exit', onExit)
    child.once('message', (report) => {
      child.off('exit', onExit)
      resolve(report as ShardReport)
    })
    child.send(name)
  })
}
