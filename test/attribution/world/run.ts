import { checkFalseBatch, checkHonestBatch, type Tally } from './cases.ts'
import { mutationNames } from './mutate.ts'
import { createRandom } from './random.ts'
import { createScenario } from './scenario.ts'
import { checkVersion, createDataScenario } from './versions.ts'

/** Cases of one world: a chain with its data is built once for so many. */
export const casesPerWorld = 100
const kinds = { honest: 4, version: 16 } as const
const triesPerCase = 50

/** A case that did not go as it must, and how to see it again. */
export type Failure = { readonly seed: number; readonly world: number; readonly index: number; readonly error: unknown }

/**
 * Runs the cases of one world: false batches, falsified in each way in turn; honest batches with attempts against them;
 * versions. The same seed and world give the same cases.
 */
export function runWorld(seed: number, world: number, tally: Tally, cases = casesPerWorld): Failure | undefined {
  let index = 0
  try {
    const scenario = createScenario(createRandom(seed, world))
    const data = createDataScenario(createRandom(seed, world, -1))
    for (; index < cases; index++) {
      const random = createRandom(seed, world, index)
      if (index < kinds.honest) checkHonestBatch(scenario, random, triesPerCase, tally)
      else if (index < kinds.honest + kinds.version) checkVersion(data, random, tally)
      else
        checkFalseBatch(scenario, random, mutationNames[(world * casesPerWorld + index) % mutationNames.length]!, tally)
    }
    return undefined
  } catch (error) {
    return { seed, world, index, error }
  }
}

/** What was tried, in lines. */
export function formatTally(tally: Tally): string {
  const lines = [...tally].sort(([a], [b]) => (a < b ? -1 : 1))
  return lines.map(([name, times]) => `${name}: ${times}`).join('\n')
}
