import assert from 'node:assert/strict'
import fc from 'fast-check'
import { protocolDefinitions } from '../../../attribution/protocol.ts'
import { basePaid, basePools } from '../../../attribution/storage/settlement.ts'
import { createHarness, type Harness } from '../harness.ts'
import { runLife } from '../life.ts'
import { createRandom } from '../world/random.ts'
import { type Books, openBooks } from './books.ts'
import { dataActions } from './dataActions.ts'
import { disputeActions } from './disputeActions.ts'
import { type Action, type Args, type Call, createModel, type Model } from './model.ts'
import { tradeActions } from './tradeActions.ts'

/** Functions that change something, of all precompiles. */
export const writers: readonly string[] = protocolDefinitions.flatMap(({ functions }) =>
  [...functions.values()].flatMap(({ abi }) => (abi.stateMutability === 'view' ? [] : [abi.name])),
)

/** Calls by function: those that succeeded, and those that did not, by their error. */
export type Tally = {
  operations: number
  readonly succeeded: Map<string, number>
  readonly failed: Map<string, Map<string, number>>
}

export function createTally(): Tally {
  return { operations: 0, succeeded: new Map(), failed: new Map() }
}

/** What succeeded how often, and why the rest did not, in lines. */
export function formatTally({ operations, succeeded, failed }: Tally): string {
  const lines = writers.map((name) => {
    const errors = [...(failed.get(name) ?? [])].map(([error, times]) => `${error} ${times}`)
    return `${name}: ${[succeeded.get(name) ?? 0, ...errors].join(', ')}`
  })
  return [`${operations} operations`, ...lines].join('\n')
}

/** Calls made before again, by the same or by somebody else: nothing can be had twice. */
const replay: Action = (model, random) => {
  const call = model.calls.length === 0 ? undefined : random.pick(model.calls)
  if (call === undefined) return undefined
  const { from, name, args, value } = call
  const other = random.chance(0.3) ? random.pick(model.people).address : from
  return { from: other, name, args, ...(value === undefined ? {} : { value }) }
}

const actions: Readonly<Record<string, Action>> = { ...dataActions, ...tradeActions, ...disputeActions, replay }

/** What happens more often than the rest. */
const weights: Readonly<Record<string, number>> = {
  commitContribution: 2,
  revealContribution: 2,
  publishVersion: 3,
  openChannel: 3,
  settleHonestly: 5,
  settleFalsely: 6,
  finalizeBatch: 3,
  claim: 3,
  claimBase: 2,
  challenge: 5,
  attempt: 3,
  reveal: 4,
  challengeVersion: 3,
  demand: 4,
  answer: 2,
  expireDemand: 2,
  payRefuter: 2,
  repairBatch: 3,
  expireRepair: 2,
  replay: 4,
}
/** Seconds before a call: mostly few, so that windows stay open; sometimes enough for one of them to end. */
const waits = [...Array.from({ length: 60 }, (_, index) => index % 5), 11, 11, 31, 61, 61, 121, 301, 3_601]

/** One step of a run: which action, with which chance, after how long. */
class Step implements fc.Command<Model, Checked> {
  readonly action: string
  readonly seed: number
  readonly wait: number

  constructor(action: string, seed: number, wait: number) {
    this.action = action
    this.seed = seed
    this.wait = wait
  }

  check(): boolean {
    return true
  }

  run(model: Model, checked: Checked): void {
    const random = createRandom(this.seed)
    const next = random.chance(0.6) ? model.next.shift() : undefined
    const { action, wait } = next ?? this
    model.h.pass(BigInt(wait))
    const call = actions[action]!(model, random)
    if (call !== undefined) checked.make(model, call)
  }

  toString(): string {
    return `${this.action}(${this.seed}) after ${this.wait} s`
  }
}

/** Makes calls and checks the books after each. */
type Checked = { make(model: Model, call: Call): void }

function openChecked(h: Harness, books: Books, tally: Tally): Checked {
  const claimed = new Set<string>()
  return {
    make(model, { from, name, args, value = 0n, done, undo, next = [] }) {
      if (h.balance(from) < value) return
      const outcome = h.call(from, name, args, { value })
      undo?.()
      count(tally, name, outcome.ok ? undefined : outcome.error)
      assert(outcome.ok || outcome.error !== 'OutOfGas')
      books.check()
      if (!outcome.ok) return
      if (name === 'claim') noteClaims(claimed, args)
      done?.(outcome.output)
      model.next.push(...next)
      if (model.next.length > 4) model.next.shift()
      model.calls.push({ from, name, args, value })
      if (model.calls.length > 40) model.calls.shift()
    },
  }
}

/** No run of entries is claimed twice. */
function noteClaims(claimed: Set<string>, args: Args): void {
  for (const { batch, first } of args.claims as readonly { batch: string; first: { index: bigint } }[]) {
    const run = `${batch} ${first.index}`
    assert(!claimed.has(run), 'a run of entries is claimed once')
    claimed.add(run)
  }
}

function count(tally: Tally, name: string, error: string | undefined): void {
  tally.operations++
  if (error === undefined) {
    tally.succeeded.set(name, (tally.succeeded.get(name) ?? 0) + 1)
    return
  }
  const errors = tally.failed.get(name) ?? new Map<string, number>()
  tally.failed.set(name, errors)
  errors.set(error, (errors.get(error) ?? 0) + 1)
}

const stepsPerRun = 300
const step = fc
  .tuple(
    fc.oneof(...Object.keys(actions).map((name) => ({ weight: weights[name] ?? 1, arbitrary: fc.constant(name) }))),
    fc.nat({ max: 0x7fff_ffff }),
    fc.constantFrom(...waits),
  )
  .map(([action, seed, wait]) => new Step(action, seed, wait))
const runs = fc.commands([step], { maxCommands: stepsPerRun, size: 'max' })

/**
 * Makes random calls of all precompiles until so many were made, each followed by a look into all books; a failure is
 * thrown with the shortest sequence of steps that leads to it.
 */
export function runOperations(seed: number, operations: number, tally: Tally): void {
  for (let round = 0; tally.operations < operations; round++) {
    fc.assert(
      fc.property(runs, (steps) => {
        if (tally.operations >= operations) return
        const h = createHarness()
        const books = watch(h)
        const model = createModel(h)
        fc.modelRun(() => ({ model, real: openChecked(h, books, tally) }), steps)
        checkBase(model)
      }),
      { seed: seed * 1_000_003 + round, numRuns: 20 },
    )
  }
}

/** What is left of a version's base pool is what its documents are owed, and what the last division left over. */
function checkBase({ h, versions }: Model): void {
  for (const { version, content } of versions) {
    const { documents, text } = content
    const starts = documents.map(({ start }) => start)
    const isWhole = starts[0] === 0 && starts.every((start, at) => start <= (starts[at + 1] ?? text.length))
    if (!isWhole) continue
    const { perByte, carry, pool } = basePools.get(h.store, version)
    const owed = starts.map((start, at) => {
      const paid = basePaid.field(h.store, 'perByte', version, BigInt(at))
      return (perByte - paid) * BigInt((starts[at + 1] ?? text.length) - start)
    })
    assert.equal(
      pool,
      owed.reduce((sum, wei) => sum + wei, carry),
      'the base pool of a version',
    )
  }
}

/** The scripted life, under the same books. */
export function runScript(tally: Tally): void {
  const h = createHarness()
  const books = watch(h)
  const { call } = h
  h.call = (from, name, ...rest) => {
    const outcome = call(from, name, ...rest)
    if (writers.includes(name)) {
      count(tally, name, outcome.ok ? undefined : outcome.error)
      books.check()
    }
    return outcome
  }
  runLife(h)
}

/** Books that take note of everything the harness does. */
function watch(h: Harness): Books {
  const books = openBooks(h)
  const { raw } = h
  h.raw = (...parameters) => {
    const outcome = raw(...parameters)
    books.note(outcome)
    return outcome
  }
  return books
}
