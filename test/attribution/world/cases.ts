import assert from 'node:assert/strict'
import { openClaim } from '../../../attribution/kernel/build/audit.ts'
import type { Demand, Fault } from '../../../attribution/kernel/build/calls.ts'
import { type ClaimedBody, claimBody } from '../../../attribution/kernel/build/claimed.ts'
import { findFault, findFaults, isFault } from '../../../attribution/kernel/build/refute.ts'
import { findHeaviestFault, weighFault } from '../../../attribution/kernel/build/weight.ts'
import { createTree } from '../../../attribution/kernel/merkle.ts'
import { larger, smaller } from '../../../attribution/native/bigint.ts'
import { bytesToHash, concatBytes, type Hash } from '../../../core/hex.ts'
import { devRules } from '../harness.ts'
import { attemptNames, attempts } from './attempts.ts'
import { type Made, makeBody } from './draft.ts'
import { isHonest } from './honest.ts'
import { mutate, mutationNames } from './mutate.ts'
import { damage, someHash } from './mutations/tools.ts'
import { people } from './people.ts'
import { commitRefutation, revealRefutation } from './proof.ts'
import type { Random } from './random.ts'
import { readFacts, type Scenario } from './scenario.ts'
import { saltOf, settle } from './trade.ts'

/** How often what happened, by name. */
export type Tally = Map<string, number>

export function count(tally: Tally, name: string, times = 1): void {
  tally.set(name, (tally.get(name) ?? 0) + times)
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

/** Proofs of one false batch that are tried beside the first and the heaviest. */
const others = 2

/**
 * Settles a falsified batch and ends it: by the one call that the builder gives, and by some of the other faults that it
 * sees; by the demand, if something is withheld. A batch that came out right has no fault.
 */
export function checkFalseBatch(scenario: Scenario, random: Random, name: string, tally: Tally): void {
  const { names, made } = falsify(scenario, random, name)
  undone(scenario, () => {
    const { h, corpus } = scenario
    const batch = settle(h, scenario, made.roots, made.packed)
    const facts = readFacts(scenario, batch, made.updates)
    const finding = findFault(made.claimed, corpus, facts)
    assert.equal(finding === undefined, isHonest(scenario, made), `a fault exactly if false: ${names}`)
    if (finding === undefined) return count(tally, 'stayed right')
    count(tally, `by ${names[0]}`)
    if (!isFault(finding)) return expire(scenario, batch, made, finding.demand, tally)
    const all = [...findFaults(made.claimed, corpus, facts)].filter(isFault)
    const heaviest = all.reduce((a, b) => (weighFault(b, facts) > weighFault(a, facts) ? b : a))
    if (random.chance(0.05)) assert.deepEqual(findHeaviestFault(made.claimed, corpus, facts), heaviest)
    const tried = [finding, heaviest, ...random.shuffle(all.slice(1)).slice(0, others)]
    const committed = tried.map((fault, index) => {
      const salt = saltOf(`proof ${index}`)
      return commitRefutation(h, people.challenger.address, batch, fault, salt)
    })
    h.pass(1n)
    const stake = stakeOf(scenario)
    const least = (stake * floorBps) / 10_000n
    let lost = 0n
    for (const [index, refutation] of committed.entries()) {
      const outcome = revealRefutation(h, people.challenger.address, refutation)
      assert.ok(outcome.ok, outcome.ok ? '' : `${names}: ${refutation.name} ${outcome.error}`)
      assert.ok(outcome.events.some(({ name }) => name === 'Refuted'))
      for (const { name, args } of outcome.events) if (name === 'AuthorSlashed') lost += args.taken as bigint
      const weights = tried.slice(0, index + 1).map((fault) => multiple * weighFault(fault, facts))
      assert.equal(lost, smaller(stake, weights.reduce(larger, least)), `${names}: what ${refutation.name} costs`)
      count(tally, refutation.name)
    }
    count(tally, 'refuted')
  })
}

/**
 * Tries refutations of an honest batch: all openings true, a tenth of the calls with something damaged. None succeeds,
 * and each fails because it proves nothing or opens nothing.
 */
export function checkHonestBatch(scenario: Scenario, random: Random, tries: number, tally: Tally): void {
  const { h, body, corpus } = scenario
  undone(scenario, () => {
    const batch = settle(h, scenario, body.header, scenario.updates)
    const facts = readFacts(scenario, batch, body.updates)
    const claimed = claimBody(body)
    assert.equal(findFault(claimed, corpus, facts), undefined)
    const audit = openClaim(claimed, corpus, facts)
    const committed = Array.from({ length: tries }, () => {
      const name = random.pick(attemptNames)
      const args = attempts[name](audit, random)
      if (args === undefined) return undefined
      const tried = { name, args: random.chance(0.1) ? damageArgs(random, args) : args } as Fault
      return commitRefutation(h, people.rival.address, batch, tried)
    })
    h.pass(1n)
    for (const refutation of committed) {
      if (refutation === undefined) continue
      const outcome = revealRefutation(h, people.rival.address, refutation)
      assert.ok(!outcome.ok, `${refutation.name} refutes an honest batch`)
      assert.ok(['InvalidProof', 'InvalidOpening'].includes(outcome.error), `${refutation.name} ${outcome.error}`)
      count(tally, `${outcome.error} ${refutation.name}`)
    }
    count(tally, 'honest')
  })
}

/** The arguments of a call with one of their values changed: a number, some bytes, a hash, the length of a list. */
function damageArgs(random: Random, value: unknown): unknown {
  if (typeof value === 'bigint') return value > 0n && random.chance(0.5) ? value - 1n : value + 1n
  if (typeof value === 'string') return someHash(random)
  if (value instanceof Uint8Array) return value.length === 0 ? random.bytes(1) : damage(random, value)
  if (Array.isArray(value)) {
    if (value.length === 0) return value
    const at = random.below(value.length)
    const [kind, damaged] = [random.below(3), damageArgs(random, value[at])]
    return value.flatMap((item, place) =>
      place !== at ? [item] : kind === 0 ? [] : kind === 1 ? [item, item] : [damaged],
    )
  }
  const entries = Object.entries(value as object)
  const at = random.below(entries.length)
  return Object.fromEntries(
    entries.map(([name, item], place) => [name, place === at ? damageArgs(random, item) : item]),
  )
}

/** What the devnet's rules take of an author at least, and for each wei that a fault weighs. */
const floorBps = devRules.params.slashFloorBps.value
const multiple = devRules.params.slashMultiple.value

function stakeOf({ h, provider }: Scenario): bigint {
  const { value } = h.ok(people.stranger.address, 'getAgent', { agent: provider.agent }) as unknown as {
    value: { stake: bigint; unbonding: bigint }
  }
  return value.stake + value.unbonding
}

/** A body falsified in this way; where there is no place for it, in another. */
function falsify(scenario: Scenario, random: Random, name: string) {
  for (let first = name, left = 4; ; left--, first = random.pick(mutationNames)) {
    const { draft, names } = mutate(scenario, random, first)
    const made = makeBody(scenario, draft)
    if (left === 0 || isChanged(scenario, made)) return { names, made }
  }
}

function isChanged({ body }: Scenario, { claimed, roots }: Made): boolean {
  const { receiptsRoot, ledgerRoot, credit } = body.header
  const isHidden = claimed.receipts.some(({ output, tiles }) => output === undefined || tiles === undefined)
  return isHidden || roots.receiptsRoot !== receiptsRoot || roots.ledgerRoot !== ledgerRoot || roots.credit !== credit
}

/** What is shown does not answer the demand, and so it expires. */
function expire({ h }: Scenario, batch: Hash, { claimed }: Made, { name, args }: Demand, tally: Tally): void {
  const value = h.baseFee * 40n * 40_000n
  const { demand } = h.ok(people.challenger.address, name, { batch, ...args }, { value }) as unknown as { demand: Hash }
  const answer = answerWith(claimed, { name, args } as Demand)
  if (answer !== undefined) h.fails('InvalidOpening', people.controller.address, answer.name, { batch, ...answer.args })
  h.pass(61n)
  h.ok(people.challenger.address, 'expireDemand', { demand })
  const after = h.ok(people.challenger.address, 'getBatch', { batch }) as unknown as {
    value: { status: bigint }
  }
  assert.equal(after.value.status, 2n)
  count(tally, name)
}

/** The answer that what is shown makes up; undefined if it is not all shown. */
function answerWith(claimed: ClaimedBody, { name, args }: Demand) {
  if (name === 'demandLedger') {
    const end = args.start + args.count
    if (end > BigInt(claimed.entries.length)) return undefined
    const { leaves, siblings } = createTree(claimed.entries).range(Number(args.start), Number(end))
    return { name: 'answerLedger', args: { start: args.start, entries: leaves, siblings } }
  }
  const { output, tiles } = claimed.receipts[Number(args.receipt)]!
  if (output === undefined || tiles === undefined) return undefined
  return {
    name: 'answerReceipt',
    args: {
      receipt: createTree(claimed.receipts.map(({ leaf }) => leaf)).open(Number(args.receipt)),
      output: concatBytes(...output.leaves.map((leaf) => leaf.subarray(32))),
      salts: output.leaves.map((leaf) => bytesToHash(leaf.slice(0, 32))),
      tiles,
    },
  }
}
