import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTally, formatTally, runOperations, runScript, writers } from './conservation/run.ts'

const seed = Number(process.env.OPENLEDGER_SEED ?? 1)
const operations = Number(process.env.OPENLEDGER_RUNS ?? 1) * 20_000
const tally = createTally()

test('a scripted life in which every function has its place keeps the books exact', () => {
  runScript(tally)
})

test(`${operations} random calls of all precompiles keep the books exact (seed ${seed})`, (t) => {
  runOperations(seed, tally.operations + operations, tally)
  t.diagnostic(formatTally(tally))
})

test('every function that changes something succeeded in it', () => {
  assert.deepEqual(
    writers.filter((name) => !tally.succeeded.has(name)),
    [],
  )
})
