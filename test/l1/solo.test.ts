import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { L1Inputs } from '../../core/ports/l1.ts'
import { loadSpec } from '../../genesis/loadSpec.ts'
import { originOf, withSolo } from '../../genesis/spec.ts'
import { createFixedL1 } from '../../l1/fixedL1.ts'
import { createSoloL1, soloL1Block } from '../../l1/soloL1.ts'
import { devAddress } from '../../node/dev/setBalance.ts'

const spec = withSolo(loadSpec('devnet'), [devAddress])
const start = originOf(spec)
const l1 = createSoloL1(spec.systemConfig)

async function follow(steps: readonly number[]): Promise<readonly L1Inputs[]> {
  const made: L1Inputs[] = []
  let time = spec.timestamp
  for (const step of steps) {
    time += BigInt(step)
    made.push(await l1.inputs(made.at(-1) ?? start, time))
  }
  return made
}

describe('synthetic L1 of a solo chain', () => {
  test('the devnet genesis origin is its block 0', () => {
    assert.deepEqual(start.origin, soloL1Block(0n, spec.timestamp))
  })

  test('keeps the origin for 12 seconds and counts its blocks', async () => {
    const made = await follow([0, 5, 6, 1, 3])
    assert.deepEqual(
      made.map(({ origin, sequenceNumber }) => [origin.number, origin.timestamp - spec.timestamp, sequenceNumber]),
      [
        [0n, 0n, 1n],
        [0n, 0n, 2n],
        [0n, 0n, 3n],
        [1n, 12n, 0n],
        [1n, 12n, 1n],
      ],
    )
  })

  test('whatever jumps the clock makes, origins are in order, never in the future and never too old', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(fc.nat(20), fc.nat(10_000_000)), { maxLength: 50 }), async (steps) => {
        let time = spec.timestamp
        let parent: Pick<L1Inputs, 'origin' | 'sequenceNumber'> = start
        for (const [index, inputs] of (await follow(steps)).entries()) {
          time += BigInt(steps[index] ?? 0)
          assert(inputs.origin.timestamp <= time && time < inputs.origin.timestamp + 12n)
          const moved = inputs.origin.number - parent.origin.number
          assert(moved === 0n || moved === 1n)
          assert.equal(inputs.origin.hash === parent.origin.hash, moved === 0n)
          assert.equal(inputs.sequenceNumber, moved === 0n ? parent.sequenceNumber + 1n : 0n)
          assert.equal(inputs.deposits.length, 0)
          parent = inputs
        }
      }),
      { seed: 31337, numRuns: 100 },
    )
  })

  test('gives the same inputs for the same parent and time', async () => {
    assert.deepEqual(await follow([1, 50, 3]), await follow([1, 50, 3]))
  })
})

test('a fixed L1 never moves', async () => {
  const fixed = createFixedL1(spec.systemConfig)
  const inputs = await fixed.inputs(start, spec.timestamp + 1_000_000n)
  assert.deepEqual(inputs, { origin: start.origin, deposits: [], config: spec.systemConfig, sequenceNumber: 1n })
})
