import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { runSim } from './run.ts'

/** SIM_SEED: this one. Otherwise the first hundred. */
const { SIM_SEED: one } = process.env
const seeds = one === undefined ? Array.from({ length: 100 }, (_, index) => index + 1) : [Number(one)]

describe('a network of five to seven nodes, with faults of links, machines and L1, heals and agrees', () => {
  for (const seed of seeds) {
    test(`SIM_SEED=${seed}`, async (t) => {
      const { blocks, dropped, virtualSec } = await runSim(seed)
      t.diagnostic(`${virtualSec} s, ${blocks} blocks, ${dropped} of them dropped by L1`)
    })
  }
})

test('a seed gives the same run every time', async () => {
  const [first, second] = [await runSim(7), await runSim(7)]
  assert.deepEqual(first.lines, second.lines)
})
