import assert from 'node:assert/strict'
import type { Finding } from '../../../attribution/kernel/build/calls.ts'
import { findFault, findFaults, isFault } from '../../../attribution/kernel/build/refute.ts'
import { type Made, makeBody } from './draft.ts'
import { isHonest } from './honest.ts'
import { mutate } from './mutate.ts'
import { people } from './people.ts'
import { commitRefutation, revealRefutation } from './proof.ts'
import type { Random } from './random.ts'
import { readFacts, type Scenario } from './scenario.ts'
import { settle } from './trade.ts'

/** How often what happened, by name. */
export type Tally = Map<string, number>

export function count(tally: Tally, name: string): void {
  tally.set(name, (tally.get(name) ?? 0) + 1)
}

/** Runs something on a scenario's chain and takes it back. */
export function undone<T>({ h }: Scenario, run: () => T): T {
  const { now, blockNumber } = h
  h.world.checkpoint()
  try {
    return run()
  } finally {
    h.world.revert()
    Object.assign(h, { now, blockNumber })
  }
}

/** Proofs of one false batch that are tried beside the first. */
const others = 3

/**
 * Settles a falsified batch and ends it: by the one call that the builder gives, and by some of the other faults that it
 * sees; by the demand, if something is withheld. A batch that came out right has no fault.
 */
export function checkFalseBatch(scenario: Scenario, random: Random, name: string, tally: Tally): void {
  const { draft, names } = mutate(scenario, random, name)
  const made = makeBody(scenario, draft)
  undone(scenario, () => {
    const { h, corpus } = scenario
    const batch = settle(h, scenario, made.roots, made.packed)
    const facts = readFacts(scenario, batch, made.updates)
    const finding = findFault(made.claimed, corpus, facts)
    assert.equal(finding === undefined, isHonest(scenario, made), `a fault exactly if false: ${names}`)
    if (finding === undefined) return count(tally, 'stayed right')
    count(tally, `by ${names[0]}`)
    if (!isFault(finding)) return expire(scenario, batch, finding, tally)
    const all = [...findFaults(made.claimed, corpus, facts)].filter(isFault)
    const tried = [finding, ...random.shuffle(all.slice(1)).slice(0, others)]
    const committed = tried.map((fault) => commitRefutation(h, people.challenger.address, batch, fault))
    h.pass(1n)
    for (const refutation of committed) {
      const outcome = revealRefutation(h, people.challenger.address, refutation)
      assert.ok(outcome.ok, outcome.ok ? '' : `${names}: ${refutation.name} ${outcome.error}`)
      assert.ok(outcome.events.some(({ name }) => name === 'Refuted'))
      count(tally, refutation.name)
    }
    count(tally, 'refuted')
  })
}

function expire({ h }: Scenario, batch: Made['roots']['receiptsRoot'], finding: Finding, tally: Tally): void {
  assert.ok('demand' in finding)
  const { name, args } = finding.demand
  const value = h.baseFee * 40n * 40_000n
  const demanded = h.ok(people.challenger.address, name, { batch, ...args }, { value }) as unknown as { demand: string }
  h.pass(61n)
  h.ok(people.challenger.address, 'expireDemand', { demand: demanded.demand })
  const { value: after } = h.ok(people.challenger.address, 'getBatch', { batch }) as unknown as {
    value: { status: bigint }
  }
  assert.equal(after.status, 2n)
  count(tally, name)
}
