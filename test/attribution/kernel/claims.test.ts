import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { buildBody } from '../../../attribution/kernel/body.ts'
import {
  buildClaim,
  type Claim,
  type ClaimOpenings,
  type ClaimReject,
  checkClaim,
  claimRejects,
} from '../../../attribution/kernel/claims.ts'
import { encodeEntry, type LedgerEntry } from '../../../attribution/kernel/leaves.ts'
import { createTree, type Opening, type Tree } from '../../../attribution/kernel/merkle.ts'
import type { Hash } from '../../../core/hex.ts'
import { check } from '../../core/random.ts'
import { bodyInputs, someHash } from './bodies.ts'

const contributions = ['0x11', '0x55', '0x99', '0xdd'].map((prefix) => prefix.padEnd(66, '0') as Hash)
const [a, b, c, d] = contributions as [Hash, Hash, Hash, Hash]

/** Entries with these contributions and wei, in the order given. */
function entriesOf(...earned: readonly (readonly [Hash, bigint])[]): LedgerEntry[] {
  let prefix = 0n
  return earned.map(([contribution, wei], place) => {
    prefix += wei
    return { contribution, receipt: place, tile: 0, wei, prefix: prefix - wei }
  })
}

function ledgerOf(entries: readonly LedgerEntry[]): { entries: readonly LedgerEntry[]; trees: { ledger: Tree } } {
  return { entries, trees: { ledger: createTree(entries.map(encodeEntry)) } }
}

const sample = ledgerOf(entriesOf([a, 5n], [b, 0n], [b, 7n], [b, 1n], [c, 2n], [d, 0n]))

test('the claims of all contributions prove what their tiles earn, and together the credit of the batch', (t) => {
  const seen = { claims: 0, runs: 0 }
  check(
    t,
    fc.property(bodyInputs, (input) => {
      const body = buildBody(input)
      let total = 0n
      for (const contribution of new Set(body.entries.map((entry) => entry.contribution))) {
        const own = body.entries.filter((entry) => entry.contribution === contribution)
        const earned = own.reduce((sum, { wei }) => sum + wei, 0n)
        const { openings, wei } = buildClaim(body, contribution)!
        assert.equal(wei, earned)
        const index = BigInt(body.entries.findIndex((entry) => entry.contribution === contribution))
        assert.deepEqual(checkClaim(body.trees.ledger, openings), { contribution, index, wei: earned })
        total += wei
        seen.claims++
        if (own.length > 1) seen.runs++
      }
      assert.equal(total, body.header.credit)
      assert.equal(buildClaim(body, someHash('nobody')), undefined)
    }),
    { numRuns: 200 },
  )
  t.diagnostic(JSON.stringify(seen))
  assert.ok(seen.runs > 100, 'hardly a claim of several entries')
})

test('each code refuses what it names', () => {
  const { ledger } = sample.trees
  const claim = buildClaim(sample, b)!.openings
  const refused: Record<ClaimReject['code'], readonly (Claim | ClaimReject)[]> = {
    not_adjacent: [
      checkClaim(ledger, { ...claim, previous: undefined }),
      checkClaim(ledger, { ...claim, next: undefined }),
      checkClaim(ledger, { ...claim, next: ledger.open(5) }),
      checkClaim(ledger, { ...claim, first: claim.last, last: claim.first }),
      checkBackwards(),
      checkClaim(ledger, { ...buildClaim(sample, a)!.openings, previous: ledger.open(5) }),
      checkClaim(ledger, { ...buildClaim(sample, d)!.openings, next: ledger.open(0) }),
    ],
    wrong_opening: [
      checkClaim({ ...ledger, root: someHash('another ledger') }, claim),
      checkClaim({ ...ledger, count: 7n }, claim),
      checkClaim(ledger, { ...claim, last: { ...claim.last, path: claim.last.path.slice(1) } }),
    ],
    malformed_entry: [checkMalformed()],
    several_contributions: [
      checkClaim(ledger, { ...claim, last: ledger.open(4), next: ledger.open(5) }),
      checkClaim(ledger, { ...claim, previous: undefined, first: ledger.open(0) }),
    ],
    incomplete: [
      checkClaim(ledger, { ...claim, previous: ledger.open(1), first: ledger.open(2) }),
      checkClaim(ledger, { ...claim, last: ledger.open(2), next: ledger.open(3) }),
    ],
    negative: [checkFalling()],
  }
  for (const code of Object.keys(claimRejects) as ClaimReject['code'][]) {
    assert.ok(refused[code].length > 0)
    for (const result of refused[code]) assert.deepEqual(result, { code })
  }
})

test('a ledger of one entry is claimed without neighbours', () => {
  const one = ledgerOf(entriesOf([a, 9n]))
  const { openings } = buildClaim(one, a)!
  assert.deepEqual([openings.previous, openings.next], [undefined, undefined])
  assert.deepEqual(checkClaim(one.trees.ledger, openings), { contribution: a, index: 0n, wei: 9n })
})

test('no change to the openings of a claim proves anything else', (t) => {
  const names = ['previous', 'first', 'last', 'next'] as const
  const entry = fc.tuple(fc.constantFrom(...contributions), fc.bigInt({ min: 0n, max: 9n }))
  const seen = new Set<string>()
  check(
    t,
    fc.property(
      fc.array(entry, { minLength: 1, maxLength: 20 }),
      fc.constantFrom(...names),
      fc.constantFrom(...changes),
      fc.nat(),
      fc.nat(),
      (earned, name, change, pick, at) => {
        const sorted = earned.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
        const { entries, trees } = ledgerOf(entriesOf(...sorted))
        const contribution = entries[pick % entries.length]!.contribution
        const { openings } = buildClaim({ entries, trees }, contribution)!
        const changed = { ...openings, [name]: change(openings[name], trees.ledger, at) }
        fc.pre(JSON.stringify(text(changed)) !== JSON.stringify(text(openings)))
        if (changed.first === undefined || changed.last === undefined) return
        const result = checkClaim(trees.ledger, changed as ClaimOpenings)
        assert.ok('code' in result, 'a changed claim is refused')
        seen.add(result.code)
      },
    ),
    { numRuns: 2000 },
  )
  t.diagnostic([...seen].join(' '))
  assert.deepEqual([...seen].sort(), ['not_adjacent', 'wrong_opening'])
})

test('of all openings of a ledger, only those of whole contributions are claims', () => {
  const { ledger } = sample.trees
  const inner = sample.entries.map((_, index) => ledger.open(index))
  const outer = [undefined, ...inner]
  const claims = outer.flatMap((previous) =>
    inner.flatMap((first) =>
      inner.flatMap((last) => outer.map((next) => checkClaim(ledger, { previous, first, last, next }))),
    ),
  )
  assert.deepEqual(
    claims.filter((result) => !('code' in result)),
    [
      { contribution: a, index: 0n, wei: 5n },
      { contribution: b, index: 1n, wei: 8n },
      { contribution: c, index: 4n, wei: 2n },
      { contribution: d, index: 5n, wei: 0n },
    ],
  )
})

/** Ways to change one opening: another leaf, none, other data, a bit of the path, another index. */
const changes: readonly ((opening: Opening | undefined, tree: Tree, at: number) => Opening | undefined)[] = [
  (_, tree, at) => tree.open(at % Number(tree.count)),
  () => undefined,
  (opening, _, at) => opening && { ...opening, data: flip(opening.data, at) },
  (opening, _, at) => opening && { ...opening, data: opening.data.subarray(0, at % opening.data.length) },
  (opening, _, at) =>
    opening && {
      ...opening,
      path: opening.path.map((hash, level) => (level === at % opening.path.length ? someHash('other') : hash)),
    },
  (opening) => opening && { ...opening, path: [...opening.path, someHash('more')] },
  (opening) => opening && { ...opening, path: opening.path.slice(1) },
  (opening, tree, at) => opening && { ...opening, index: BigInt(at) % (tree.count + 2n) },
]

function flip(data: Uint8Array, at: number): Uint8Array {
  return data.with(at % data.length, data[at % data.length]! ^ (1 << (at % 8)))
}

function text(openings: Record<string, Opening | undefined>) {
  return Object.entries(openings).map(([name, opening]) => [
    name,
    opening && [`${opening.index}`, [...opening.data], opening.path],
  ])
}

function checkMalformed(): Claim | ClaimReject {
  const tree = createTree([encodeEntry(sample.entries[0]!), new Uint8Array(61)])
  return checkClaim(tree, { previous: undefined, first: tree.open(0), last: tree.open(0), next: tree.open(1) })
}

/** A false ledger in which what stands around a run read backwards is of others. */
function checkBackwards(): Claim | ClaimReject {
  const tree = ledgerOf(entriesOf([b, 5n], [a, 1n], [c, 1n], [b, 1n]).reverse()).trees.ledger
  return checkClaim(tree, { previous: tree.open(2), first: tree.open(3), last: tree.open(0), next: tree.open(1) })
}

function checkFalling(): Claim | ClaimReject {
  const [first, last] = entriesOf([a, 5n], [a, 1n])
  const tree = ledgerOf([{ ...first!, prefix: 7n }, last!]).trees.ledger
  return checkClaim(tree, { previous: undefined, first: tree.open(0), last: tree.open(1), next: undefined })
}
