import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tracesAbi } from '../../attribution/abi/traces.ts'
import { receiptSpecific, specificPart } from '../../attribution/kernel/margin.ts'
import type { Opening } from '../../attribution/kernel/merkle.ts'
import { bytesToHash, type Hash, hexToBytes } from '../../core/hex.ts'
import { ether } from '../state/testChain.ts'
import { type Case, cases } from './tracesCases.ts'
import { absent, createStage, openingsOf, prove, type Scene, settleTale, undone } from './tracesScene.ts'

const stage = createStage()
const { h } = stage
/** D of the whole batch, and of one receipt: 10 OPEN of margin per 25 of price, a quarter of it specific. */
const weights = {
  batch: specificPart(4_000n * ether, 5_000n, 5_000n),
  receipt: receiptSpecific(0n, 800n * ether, 5_000n, 5_000n),
}

function argsOf({ args }: Case, scene: Scene) {
  return args(openingsOf(scene), scene)
}

for (const each of cases) {
  test(`${each.name} proves ${each.what}, which costs the author what it weighs`, () =>
    undone(h, () => {
      const scene = settleTale(stage, each.lie)
      const outcome = prove(scene, each.name, argsOf(each, scene))
      assert(outcome.ok, outcome.ok ? '' : outcome.error)
      const slashed = outcome.events.find(({ name }) => name === 'AuthorSlashed')
      assert.equal(slashed?.args.taken, 10n * (each.receipt === undefined ? weights.batch : weights.receipt))
      assert(outcome.gas < 400_000n, `${outcome.gas} gas`)
    }))
}

test('every refutation of a batch has a case', () => {
  const names = tracesAbi.flatMap((item) => (item.type === 'function' ? [item.name] : []))
  const refutations = names.filter((name) => name.startsWith('refute') && !name.startsWith('refuteVersion'))
  assert.deepEqual([...new Set(cases.map(({ name }) => name))].sort(), refutations.sort())
})

test('no refutation succeeds against an honest batch', () =>
  undone(h, () => {
    const scene = settleTale(stage)
    for (const each of cases) {
      const outcome = undone(h, () => prove(scene, each.name, argsOf(each, scene)))
      assert(!outcome.ok, `${each.name}: ${each.what}`)
      assert(['InvalidProof', 'InvalidOpening'].includes(outcome.error), `${each.name}: ${outcome.error}`)
    }
  }))

/** All openings in the arguments, each with a way to put another in its place. */
function* openingsIn(
  value: unknown,
  place: (value: unknown) => Record<string, unknown>,
): Iterable<{ opening: Opening; replace: (opening: Opening) => Record<string, unknown> }> {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return
  if ('path' in value) {
    yield { opening: value as Opening, replace: place }
    return
  }
  for (const [key, inner] of Object.entries(value)) {
    const copy = (changed: unknown) =>
      place(
        Array.isArray(value)
          ? value.map((item, at) => (String(at) === key ? changed : item))
          : { ...value, [key]: changed },
      )
    yield* openingsIn(inner, copy)
  }
}

const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte))
const flipHash = (hash: Hash): Hash => bytesToHash(flip(hexToBytes(hash)))

test('a proof with any opening changed proves nothing', () => {
  let changed = 0
  for (const each of cases)
    undone(h, () => {
      const scene = settleTale(stage, each.lie)
      const args = argsOf(each, scene)
      for (const { opening, replace } of openingsIn(args, (value) => value as Record<string, unknown>)) {
        if (opening === absent) continue
        const { data, index, path } = opening
        const tampered = [
          { index: index + 1n, data, path },
          { index, data: data.length > 0 ? flip(data) : Uint8Array.of(1), path },
          { index, data, path: [...path, absentHash] },
          { index, data, path: path.slice(1) },
          { index, data, path: path.map((hash, at) => (at === 0 ? flipHash(hash) : hash)) },
          absent,
        ].filter(({ path: other }, at) => at < 3 || other !== path || path.length > 0)
        for (const other of tampered) {
          if (JSON.stringify(other, text) === JSON.stringify(opening, text)) continue
          const outcome = undone(h, () => prove(scene, each.name, replace(other)))
          if (outcome.ok) assert.fail(`${each.name} (${each.what}) with ${JSON.stringify(other, text)}`)
          assert(['InvalidOpening', 'InvalidProof'].includes(outcome.error), outcome.error)
          changed++
        }
      }
    })
  assert(changed > 1_000, `${changed}`)
})

const absentHash = bytesToHash(new Uint8Array(32))
const text = (_: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)
