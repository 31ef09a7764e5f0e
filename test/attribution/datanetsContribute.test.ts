import assert from 'node:assert/strict'
import { test } from 'node:test'
import { balances } from '../../attribution/storage/settlement.ts'
import { type Hash, zeroHash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { ether } from '../state/testChain.ts'
import { argsOf, bonds, createChecked, creditOf, eventsOf, runOutOfGas, setParameter, viewed } from './checked.ts'
import { alice, bob, bytesOf, carol, commit, contribute, createDatanet, dave } from './datasets.ts'

type Stored = {
  readonly owner: Hash
  readonly status: bigint
  readonly order: bigint
  readonly activeFrom: bigint
  readonly committedAt: bigint
  readonly contentRoot: Hash
  readonly bond: bigint
}
const committed = 1n
const active = 2n
const duplicate = 3n
const expired = 4n

test('a contribution keeps its content secret until it is revealed, and its order from the commit', () => {
  const h = createChecked()
  const datanet = createDatanet(h, alice)
  const first = commit(h, bob, datanet, { text: 'one', bond: 5n })
  const second = commit(h, carol, datanet, { text: 'two' })
  const view = () => viewed<Stored>(h, 'getContribution', { contribution: first.contribution })
  assert.notEqual(view().contentRoot, first.contentRoot)
  assert.deepEqual([view().status, view().order, second.order], [committed, 1n, 2n])
  assert.deepEqual([view().committedAt, view().activeFrom], [h.now, h.now + 5n])
  assert.equal(bonds(h), 5n)
  const [event, ...rest] = eventsOf(h, bob, 'revealContribution', first.reveal)
  assert.equal(event?.name, 'ContributionRevealed')
  assert.deepEqual([event.args.contentRoot, event.args.byteLength, rest.length], [first.contentRoot, 3n, 0])
  assert.deepEqual([view().status, view().contentRoot, view().bond], [active, first.contentRoot, 5n])
  const { contribution } = h.ok(dave, 'contributionOf', { datanet, contentRoot: first.contentRoot })
  assert.equal(contribution, first.contribution)
  h.fails('WrongStatus', bob, 'revealContribution', first.reveal)
})

test('a commitment opens to exactly what was committed, by who committed it', () => {
  const h = createChecked()
  const datanet = createDatanet(h, alice)
  const { reveal, contribution } = commit(h, bob, datanet, { text: 'mine' })
  h.fails('NotAllowed', carol, 'revealContribution', reveal)
  for (const wrong of [{ salt: zeroHash }, { top: zeroHash }, { byteLength: 3n }, { byteLength: 5n }])
    h.fails('WrongCommitment', bob, 'revealContribution', { ...reveal, ...wrong })
  h.fails('EmptyContent', bob, 'revealContribution', { ...reveal, byteLength: 0n })
  h.fails('OutOfBounds', bob, 'revealContribution', { ...reveal, consent: 31n })
  // Whoever copies a commitment from the chain can do nothing with it.
  const { contentRoot: commitment } = viewed<Stored>(h, 'getContribution', { contribution })
  const copy = h.ok(carol, 'commitContribution', { datanet, commitment }).contribution
  h.fails('WrongCommitment', carol, 'revealContribution', { ...reveal, contribution: copy })
  h.ok(bob, 'revealContribution', reveal)
})

test('a reveal in the last second counts; from the next on the commitment expires and its bond is burned', () => {
  const h = createChecked()
  const datanet = createDatanet(h, alice)
  const late = commit(h, bob, datanet, { text: 'late', bond: 3n * ether })
  const timely = commit(h, bob, datanet, { text: 'timely' })
  const { contribution } = late
  assert.deepEqual(h.fails('TooEarly', dave, 'expireCommit', { contribution }), { earliest: h.now + 5n })
  h.pass(4n)
  h.ok(bob, 'revealContribution', timely.reveal)
  h.pass(1n)
  assert.deepEqual(h.fails('TooLate', bob, 'revealContribution', late.reveal), { latest: h.now - 1n })
  const [event] = eventsOf(h, dave, 'expireCommit', { contribution })
  assert.deepEqual(event?.args, { contribution, burned: 3n * ether })
  assert.deepEqual([bonds(h), balances.field(h.store, 'burns')], [0n, 3n * ether])
  assert.equal(viewed<Stored>(h, 'getContribution', { contribution }).status, expired)
  h.fails('WrongStatus', dave, 'expireCommit', { contribution })
  h.fails('WrongStatus', dave, 'expireCommit', { contribution: timely.contribution })
})

test('a shorter reveal time does not let a lower order appear after a higher one is active', () => {
  const h = createChecked()
  const datanet = createDatanet(h, alice)
  setParameter(h, 'revealSec', 100n)
  const slow = commit(h, bob, datanet, { text: 'same' })
  setParameter(h, 'revealSec', 1n)
  h.pass(1n)
  const quick = contribute(h, carol, datanet, 'same')
  const from = (contribution: Hash) => viewed<Stored>(h, 'getContribution', { contribution }).activeFrom
  assert.equal(from(quick.contribution), from(slow.contribution))
  h.pass(98n)
  h.ok(bob, 'revealContribution', slow.reveal)
  assert(h.now < from(quick.contribution))
  assert.equal(viewed<Stored>(h, 'getContribution', { contribution: quick.contribution }).status, duplicate)
})

test('the bond is by KB begun, the consent at least the policy', () => {
  const h = createChecked()
  const policy = { bondPerKb: 10n, consent: 3n, consentUntil: h.now + 1_000n }
  const datanet = createDatanet(h, alice, policy)
  const cheap = commit(h, bob, datanet, { text: 'x'.repeat(1_025), bond: 19n })
  assert.deepEqual(h.fails('BondTooLow', bob, 'revealContribution', cheap.reveal), { needed: 20n })
  h.ok(bob, 'revealContribution', commit(h, bob, datanet, { text: 'y'.repeat(1_024), bond: 10n }).reveal)
  const { reveal } = commit(h, bob, datanet, { text: 'z', bond: 10n })
  for (const narrow of [{ consent: 1n }, { consent: 14n }, { consentUntil: h.now + 999n }])
    h.fails('ConsentTooNarrow', bob, 'revealContribution', { ...reveal, ...narrow })
  h.ok(bob, 'revealContribution', { ...reveal, consent: 3n, consentUntil: h.now + 1_000n })
  const forever = createDatanet(h, alice)
  const limited = commit(h, bob, forever, { text: 'w', consentUntil: 2n ** 40n - 1n })
  h.fails('ConsentTooNarrow', bob, 'revealContribution', limited.reveal)
})

test('of equal contents the lowest order stands, whoever reveals first', () => {
  const h = createChecked()
  const datanet = createDatanet(h, alice)
  const copies = [bob, carol, dave].map((owner, at) =>
    commit(h, owner, datanet, { text: 'same', bond: BigInt(at + 1) }),
  )
  const [low, middle, high] = copies as [
    (typeof copies)[0] & object,
    (typeof copies)[0] & object,
    (typeof copies)[0] & object,
  ]
  const statusOf = ({ contribution }: { readonly contribution: Hash }) =>
    viewed<Stored>(h, 'getContribution', { contribution }).status
  const standing = () => h.ok(alice, 'contributionOf', { datanet, contentRoot: low.contentRoot }).contribution

  h.ok(carol, 'revealContribution', middle.reveal)
  const later = eventsOf(h, dave, 'revealContribution', high.reveal)
  assert.deepEqual(argsOf(later, 'ContributionDuplicate'), {
    contribution: high.contribution,
    standing: middle.contribution,
  })
  assert.deepEqual(argsOf(later, 'BondReleased'), { id: high.contribution, to: dave, bond: 3n })
  assert.deepEqual([creditOf(h, dave), creditOf(h, carol), standing()], [3n, 0n, middle.contribution])

  const earlier = eventsOf(h, bob, 'revealContribution', low.reveal)
  assert.deepEqual(argsOf(earlier, 'ContributionDuplicate'), {
    contribution: middle.contribution,
    standing: low.contribution,
  })
  assert.deepEqual([creditOf(h, carol), creditOf(h, bob), standing()], [2n, 0n, low.contribution])
  assert.deepEqual(copies.map(statusOf), [active, duplicate, duplicate])
  assert.equal(bonds(h), 1n)

  // The same text in another datanet is another matter.
  assert.equal(statusOf(contribute(h, carol, createDatanet(h, alice), 'same')), active)
  // Revoked content still stands: nobody else can take its place.
  h.ok(bob, 'revokeConsent', { contribution: low.contribution })
  assert.equal(statusOf(contribute(h, carol, datanet, 'same')), duplicate)
})

test('a contribution revoked and then displaced gets its bond back once', () => {
  const h = createChecked()
  const datanet = createDatanet(h, alice)
  const low = commit(h, bob, datanet, { text: 'same' })
  const { contribution } = contribute(h, carol, datanet, 'same', 9n)
  h.ok(carol, 'revokeConsent', { contribution })
  contribute(h, dave, datanet, 'another', 9n)
  h.ok(bob, 'revealContribution', low.reveal)
  assert.equal(viewed<Stored>(h, 'getContribution', { contribution }).bond, 0n)
  h.pass(60n)
  h.fails('AlreadyClaimed', carol, 'releaseContributionBond', { contribution })
  assert.deepEqual([creditOf(h, carol), bonds(h)], [9n, 9n])
})

test('short of gas, a commit, a reveal and a displacement leave nothing behind', () => {
  const h = createChecked()
  const datanet = createDatanet(h, alice)
  const commitment = keccakHash(bytesOf('a commitment'))
  const low = commit(h, bob, datanet, { text: 'same', bond: 1n })
  const high = commit(h, carol, datanet, { text: 'same', bond: 2n })
  const committing = runOutOfGas(h, dave, 'commitContribution', { datanet, commitment }, 7n)
  const revealing = runOutOfGas(h, carol, 'revealContribution', high.reveal)
  const displacing = runOutOfGas(h, bob, 'revealContribution', low.reveal)
  assert(committing.stops > 20 && revealing.stops > 20)
  assert(displacing.gas > revealing.gas - 40_000n && displacing.stops > revealing.stops)
})
