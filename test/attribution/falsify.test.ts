import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attemptNames } from './world/attempts.ts'
import type { Tally } from './world/cases.ts'
import { mutationNames } from './world/mutate.ts'
import { casesPerWorld, formatTally, runWorld } from './world/run.ts'

const seed = 1612
const worlds = 20

test('no refutation succeeds against an honest batch, every false one is refuted by the call found for it', (t) => {
  const tally: Tally = new Map()
  for (let world = 0; world < worlds; world++) {
    const failure = runWorld(seed, world, tally)
    if (failure !== undefined) {
      t.diagnostic(`seed ${seed}, world ${world}, case ${failure.index}`)
      throw failure.error
    }
  }
  t.diagnostic(`seed ${seed}, ${worlds * casesPerWorld} cases\n${formatTally(tally)}`)
  const versionFaults = ['Entry', 'Bytes', 'Separator', 'Repeat'].map((kind) => `refuteVersion${kind}`)
  const demands = ['demandReceipt', 'demandLedger']
  for (const name of [...attemptNames, ...versionFaults, ...demands]) assert.ok(tally.get(name), `no case ${name}`)
  for (const name of [...attemptNames, ...versionFaults])
    assert.ok(tally.get(`InvalidProof ${name}`), `not tried: ${name}`)
  for (const name of mutationNames) assert.ok(tally.get(`by ${name}`), `not falsified: ${name}`)
})
