import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { encodeBundle } from '../../../p2p/evidence/bundle.ts'
import { parseBundle } from '../../../p2p/evidence/parseBundle.ts'
import { readEvidence } from '../../../p2p/evidence/store.ts'
import { verifyEvidence } from '../../../p2p/evidence/verify.ts'
import { createScene, findingsOf, type Scene } from './scene.ts'

const seed = 9_090

describe('what is given as evidence', () => {
  let scene: Scene
  let texts: readonly string[]
  before(async () => {
    scene = await createScene(4)
    const evidence = scene.evidence()
    for (const finding of await findingsOf(scene)) evidence.report(finding)
    await evidence.settled()
    const reads = readEvidence(scene.node.kv)
    texts = await Promise.all((await reads.list()).map(async ({ id }) => JSON.stringify(await reads.bundle(id))))
    assert.equal(texts.length, 5)
  })
  after(() => scene.world.abandon())

  test('is refused by name where it is malformed', () => {
    const json = JSON.parse(texts.find((text) => text.includes('"output_mismatch"'))!)
    const cases: [unknown, RegExp][] = [
      [undefined, /not JSON/],
      [[], /bundle/],
      [{ ...json, format: 'openledger-evidence/2' }, /^format/],
      [{ ...json, kind: 'other' }, /^kind/],
      [{ ...json, extra: 1 }, /extra/],
      [{ ...json, number: '0' }, /^number: not that/],
      [{ ...json, number: '01' }, /^number/],
      [{ ...json, index: String(2n ** 64n) }, /^index/],
      [{ ...json, own: json.own.toUpperCase() }, /^own/],
      [{ ...json, own: json.own.slice(0, -2) }, /^own: expected a header/],
      [{ ...json, claim: { ...json.claim, outputRoot: '0x00' } }, /^claim.outputRoot: expected a hash/],
      [{ ...json, timeMs: -1 }, /^timeMs/],
    ]
    for (const [value, expected] of cases) {
      const result = parseBundle(value === undefined ? '{' : JSON.stringify(value))
      assert('malformed' in result, String(expected))
      assert.match(result.malformed, expected)
    }
    assert('malformed' in parseBundle(`"${'0'.repeat(48 << 20)}"`))
  })

  test('takes large blocks', () => {
    const json = JSON.parse(texts.find((text) => text.includes('"invalid_block"'))!)
    const nodes = Array.from({ length: 20 }, () => `0x${'ab'.repeat(1 << 20)}`)
    const large = JSON.stringify({ ...json, witness: { ...json.witness, nodes } })
    const bundle = parseBundle(large)
    assert(!('malformed' in bundle) && bundle.witness?.nodes.length === 20)
  })

  test(`never throws, and what is read is written the same (seed ${seed})`, async () => {
    const mutation = fc.record({
      text: fc.nat(4),
      at: fc.nat(1 << 30),
      kind: fc.constantFrom('digit', 'cut', 'drop', 'swap'),
      by: fc.integer({ min: 1, max: 15 }),
    })
    let held = 0
    let read = 0
    const property = fc.asyncProperty(mutation, async ({ text, at, kind, by }) => {
      const bundle = parseBundle(mutated(texts[text]!, { at, kind, by }))
      if ('malformed' in bundle) return
      read++
      assert.deepEqual(parseBundle(encodeBundle(bundle)), bundle)
      const { holds } = await verifyEvidence(bundle, scene.verification)
      if (holds) held++
    })
    await fc.assert(property, { seed, numRuns: 150 })
    assert(read > 30, `${read} of the mutations could be read`)
    assert(held < read / 2, `${held} of ${read} hold`)
  })
})

/** One change: a hex digit, a cut end, a lost character, two pieces in each other's place. */
function mutated(text: string, { at, kind, by }: { at: number; kind: string; by: number }): string {
  const place = at % text.length
  if (kind === 'cut') return text.slice(0, place)
  if (kind === 'drop') return text.slice(0, place) + text.slice(place + by)
  if (kind === 'swap') {
    const end = Math.min(text.length, place + 2 * by)
    const middle = Math.floor((place + end) / 2)
    return text.slice(0, place) + text.slice(middle, end) + text.slice(place, middle) + text.slice(end)
  }
  const from = text.slice(place).search(/[0-9a-f]/)
  if (from < 0) return text
  const index = place + from
  const digit = (Number.parseInt(text[index]!, 16) ^ by).toString(16)
  return text.slice(0, index) + digit + text.slice(index + 1)
}
