import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocol } from '../../attribution/native/addresses.ts'
import { zeroAddress } from '../../core/hex.ts'
import { argsOf, bonds, createChecked, creditOf, eventsOf, viewed } from './checked.ts'
import { alice, bob, carol, commit, contribute, createDatanet, dave } from './datasets.ts'
import { court } from './harness.ts'

type Stored = Readonly<Record<'revokedAt' | 'quarantinedAt' | 'bond', bigint>> & { readonly owner: string }

/** One contribution of bob, revealed and bonded with 9 wei; one only committed; one duplicate. */
function createCase() {
  const h = createChecked()
  const datanet = createDatanet(h, alice)
  const { contribution } = contribute(h, bob, datanet, 'text', 9n)
  const committed = commit(h, bob, datanet, { text: 'other' })
  const copy = contribute(h, bob, datanet, 'text')
  const view = () => viewed<Stored>(h, 'getContribution', { contribution })
  return { h, contribution, committed, copy, view }
}

test('a contribution is transferred by its owner once it is revealed', () => {
  const { h, contribution, committed, copy, view } = createCase()
  h.fails('NotAllowed', carol, 'transferContribution', { contribution, to: carol })
  h.fails('WrongStatus', bob, 'transferContribution', { contribution: committed.contribution, to: carol })
  h.fails('WrongStatus', bob, 'transferContribution', { contribution: copy.contribution, to: carol })
  for (const to of [zeroAddress, protocol.settlement])
    h.fails('BadRecipient', bob, 'transferContribution', { contribution, to })
  const events = eventsOf(h, bob, 'transferContribution', { contribution, to: carol })
  assert.deepEqual(argsOf(events, 'ContributionTransferred'), { contribution, from: bob, to: carol })
  assert.equal(view().owner, carol)
  h.fails('NotAllowed', bob, 'revokeConsent', { contribution })
  // The bond goes with it.
  h.ok(carol, 'revokeConsent', { contribution })
  h.pass(60n)
  h.ok(dave, 'releaseContributionBond', { contribution })
  assert.deepEqual([creditOf(h, carol), creditOf(h, bob)], [9n, 0n])
})

test('consent is revoked once, and the bond is released to the owner a release time later', () => {
  const { h, contribution, committed, copy, view } = createCase()
  h.fails('NotAllowed', carol, 'revokeConsent', { contribution })
  h.fails('WrongStatus', bob, 'revokeConsent', { contribution: committed.contribution })
  h.fails('WrongStatus', bob, 'revokeConsent', { contribution: copy.contribution })
  h.fails('WrongStatus', bob, 'releaseContributionBond', { contribution })
  assert.deepEqual(argsOf(eventsOf(h, bob, 'revokeConsent', { contribution }), 'ConsentRevoked'), { contribution })
  const revokedAt = h.now
  assert.equal(view().revokedAt, revokedAt)
  h.pass(59n)
  h.fails('WrongStatus', bob, 'revokeConsent', { contribution })
  assert.deepEqual(h.fails('TooEarly', bob, 'releaseContributionBond', { contribution }), { earliest: revokedAt + 60n })
  h.pass(1n)
  const events = eventsOf(h, dave, 'releaseContributionBond', { contribution })
  assert.deepEqual(argsOf(events, 'BondReleased'), { id: contribution, to: bob, bond: 9n })
  assert.deepEqual([creditOf(h, bob), bonds(h), view().bond], [9n, 0n, 0n])
  h.fails('AlreadyClaimed', dave, 'releaseContributionBond', { contribution })
})

test('the court, and nobody else, quarantines and lifts; a quarantined bond stays', () => {
  const { h, contribution, committed, view } = createCase()
  for (const name of ['quarantineContribution', 'liftQuarantine']) {
    h.fails('NotAllowed', bob, name, { contribution })
    h.fails('WrongStatus', court, name, { contribution: committed.contribution })
  }
  h.fails('WrongStatus', court, 'liftQuarantine', { contribution })
  const events = eventsOf(h, court, 'quarantineContribution', { contribution })
  assert.deepEqual(argsOf(events, 'ContributionQuarantined'), { contribution })
  assert.equal(view().quarantinedAt, h.now)
  assert.deepEqual(h.fails('Quarantined', court, 'quarantineContribution', { contribution }), { contribution })
  h.ok(bob, 'revokeConsent', { contribution })
  h.pass(60n)
  assert.deepEqual(h.fails('Quarantined', bob, 'releaseContributionBond', { contribution }), { contribution })
  assert.deepEqual(argsOf(eventsOf(h, court, 'liftQuarantine', { contribution }), 'QuarantineLifted'), { contribution })
  assert.equal(view().quarantinedAt, 0n)
  h.ok(bob, 'releaseContributionBond', { contribution })
  assert.equal(creditOf(h, bob), 9n)
})

test('the court, and nobody else, gives a contribution to whom it belongs', () => {
  const { h, contribution, committed, view } = createCase()
  h.fails('NotAllowed', bob, 'reassignContribution', { contribution, to: carol })
  h.fails('WrongStatus', court, 'reassignContribution', { contribution: committed.contribution, to: carol })
  h.fails('BadRecipient', court, 'reassignContribution', { contribution, to: zeroAddress })
  const events = eventsOf(h, court, 'reassignContribution', { contribution, to: carol })
  assert.deepEqual(argsOf(events, 'ContributionReassigned'), { contribution, from: bob, to: carol })
  assert.equal(view().owner, carol)
})
