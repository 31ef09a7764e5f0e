import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refutationCommitment } from '../../../attribution/kernel/build/commitment.ts'
import { domainSeparator, packSignature, voucherDigest } from '../../../attribution/kernel/typedData.ts'
import { encodeUpdates } from '../../../attribution/kernel/updates.ts'
import { uses } from '../../../attribution/storage/datanets.ts'
import { balances } from '../../../attribution/storage/settlement.ts'
import { type Hash, hexToBytes } from '../../../core/hex.ts'
import { keccakHash } from '../../../core/keccak.ts'
import { sign } from '../../../core/secp256k1.ts'
import { ether } from '../../state/testChain.ts'
import { bonds, createChecked, creditOf } from '../checked.ts'
import { bytesOf, commit, contribute, createDatanet, publish } from '../datasets.ts'
import { createHarness, devRules, inputOf } from '../harness.ts'
import {
  channelState,
  controller,
  createModel,
  openChannel,
  packUpdates,
  sessionKey,
  settle,
} from '../settlementMarket.ts'
import { absent, commitTo, someSalt } from '../tracesScene.ts'
import {
  accomplice,
  anyone,
  attacker,
  audit,
  auditor,
  bystander,
  claimOf,
  createNet,
  openShop,
  price,
  retell,
  sell,
  settleBody,
  specific,
  victim,
  wealth,
} from './trade.ts'

// Attacks on what others are about to do: taking it over, coming before it, keeping it out, playing it again.

const saying = 'Whoever waters the garden before the sun is up will see it green in August, said the miller'

test('stealing a commit: the thief cannot open it and loses its own bond; the owner loses 0 wei', () => {
  const h = createChecked()
  const datanet = createDatanet(h, victim)
  const own = commit(h, victim, datanet, { text: saying, bond: ether })
  const { contentRoot: commitment } = h.ok(anyone, 'getContribution', { contribution: own.contribution })
    .value as unknown as { contentRoot: Hash }
  // Even one place ahead in the block it would open to the owner alone.
  const taken = h.ok(attacker, 'commitContribution', { datanet, commitment }, { value: ether }).contribution!
  h.fails('NotAllowed', attacker, 'revealContribution', own.reveal)
  h.ok(victim, 'revealContribution', own.reveal)
  h.fails('WrongCommitment', attacker, 'revealContribution', { ...own.reveal, contribution: taken })
  h.pass(5n)
  h.ok(anyone, 'expireCommit', { contribution: taken })
  assert.equal(wealth(h, attacker), 1_000_000n * ether - ether)
  assert.equal(balances.field(h.store, 'burns'), ether)
  assert.equal(bonds(h), ether)
})

test('stealing a reveal: the same content committed after it was seen becomes a duplicate, for 0 wei', () => {
  const h = createChecked()
  const datanet = createDatanet(h, victim)
  const own = commit(h, victim, datanet, { text: saying, bond: ether })
  // Seen in the pool, committed and revealed by the thief before the owner's reveal is in a block.
  const copy = commit(h, attacker, datanet, { text: saying, bond: ether })
  h.ok(attacker, 'revealContribution', copy.reveal)
  h.ok(victim, 'revealContribution', own.reveal)
  const stands = h.ok(anyone, 'contributionOf', { datanet, contentRoot: own.contentRoot }).contribution
  assert.equal(stands, own.contribution)
  assert.equal(wealth(h, attacker), 1_000_000n * ether)
  h.fails('WrongStatus', attacker, 'transferContribution', { contribution: copy.contribution, to: accomplice })
})

test('stealing a claim: whoever sends it, the owner is credited; the thief gains 0 wei', () => {
  const h = createChecked()
  const data = createNet(h, victim, [[victim, saying]])
  const sold = sell(h, openShop(h, [data]), [saying])
  const batch = settleBody(h, sold, sold.body)
  h.pass(61n)
  h.ok(anyone, 'finalizeBatch', { batch })
  const before = wealth(h, attacker)
  const claims = [claimOf(sold.body, batch, data.documents[0]!.contribution)]
  h.ok(attacker, 'claim', { claims })
  h.fails('AlreadyClaimed', victim, 'claim', { claims })
  h.ok(attacker, 'claimBase', { version: data.version, document: data.docTree.open(0), next: absent })
  h.ok(attacker, 'sweepFor', { account: victim })
  assert.equal(wealth(h, attacker), before)
  h.fails('PoolExceeded', attacker, 'withdrawTo', { to: attacker, amount: 1n })
  assert(creditOf(h, victim) === 0n && h.balance(victim) > 1_000_000n * ether - 10n * ether + specific)
})

/** A batch with a lie in it, and the call that proves it. */
function lyingBatch() {
  const h = createChecked()
  const data = createNet(h, victim, [[victim, saying]])
  const shop = openShop(h, [data])
  const sold = sell(h, shop, [saying])
  const body = retell(shop.corpus, sold.body, () => ({ tiles: [] }))
  const batch = settleBody(h, sold, body)
  const found = audit(h, shop.corpus, body) as { name: string; args: Readonly<Record<string, unknown>> }
  return { h, shop, batch, name: found.name, args: { batch, salt: someSalt, ...found.args } }
}

test('stealing a refutation: a copied call is not the thief’s, a copied commitment serves the owner; 0 wei', () => {
  const { h, batch, name, args } = lyingBatch()
  const commitment = refutationCommitment(batch, auditor, someSalt, inputOf(name, args).input)
  h.ok(attacker, 'commitRefutation', { commitment })
  h.pass(1n)
  h.fails('NotCommitted', attacker, name, args)
  h.ok(auditor, name, args)
  h.pass(60n)
  h.ok(attacker, 'payRefuter', { batch })
  assert.deepEqual([creditOf(h, attacker), creditOf(h, auditor)], [0n, 2n * specific])
})

test('censoring a reveal: who keeps it out and sends an own copy of the proof first is not the earliest; 0 wei', () => {
  const { h, batch, name, args } = lyingBatch()
  commitTo(h, auditor, batch, name, args)
  h.pass(1n)
  // The auditor's call is public now, and in no block. The censor commits to the same proof and reveals it.
  commitTo(h, attacker, batch, name, args)
  h.pass(1n)
  h.ok(attacker, name, args)
  h.pass(59n)
  h.ok(auditor, name, args)
  h.pass(1n)
  h.ok(attacker, 'payRefuter', { batch })
  assert.deepEqual([creditOf(h, attacker), creditOf(h, auditor)], [0n, 2n * specific])
})

test('replaying a voucher on another chain, on another channel or again moves 0 wei', () => {
  const h = createChecked()
  const shop = openShop(h, [createNet(h, victim, [[victim, saying]])])
  const [one, two] = [openChannel(h, shop, { from: bystander }), openChannel(h, shop, { from: bystander })]
  const voucher = { channel: one, sequence: 1n, cumulative: ether, head: someSalt }
  const header = {
    provider: shop.provider,
    model: shop.model,
    receiptsRoot: someSalt,
    ledgerRoot: someSalt,
    receipts: 1n,
    entries: 0n,
    credit: 0n,
  }
  const signedFor = (chain: bigint, signed: typeof voucher, sent: typeof voucher) => {
    const digest = voucherDigest(domainSeparator(chain), signed)
    return encodeUpdates([{ ...sent, signature: packSignature(sign(hexToBytes(digest), sessionKey)) }])
  }
  const abroad = signedFor(h.chainId + 1n, voucher, voucher)
  h.fails('InvalidSignature', controller, 'settleBatch', { header, updates: abroad })
  const elsewhere = signedFor(h.chainId, voucher, { ...voucher, channel: two })
  h.fails('InvalidSignature', controller, 'settleBatch', { header, updates: elsewhere })
  settle(h, { header, updates: packUpdates(h, [voucher]) })
  h.pass(10n)
  h.fails('SequenceRegress', controller, 'settleBatch', { header, updates: packUpdates(h, [voucher]) })
  assert.deepEqual([channelState(h, one).cumulative, channelState(h, two).cumulative], [ether, 0n])
  // Heads begin differently for every chain, channel and payer: receipts of one lead nowhere on another.
  assert.notEqual(channelState(h, one).head, channelState(h, two).head)
})

test('revoking while a version is on its way does not make it false: 0 wei of its bond', () => {
  // Mainnet's least reveal time; on devnet it is a second.
  const { revealSec } = devRules.params
  const h = createHarness({ ...devRules, params: { ...devRules.params, revealSec: { ...revealSec, min: 3_600n } } })
  const datanet = createDatanet(h, victim)
  const contents = [contribute(h, attacker, datanet, saying), contribute(h, bystander, datanet, 'Another text')]
  h.pass(10n)
  const { contribution } = contents[0]!
  // The contributor sees the publication in the pool and comes a block before it, to take a fifth of the bond.
  h.ok(attacker, 'revokeConsent', { contribution })
  const refute = (afterSec: bigint) => {
    h.pass(afterSec)
    const { version, docTree } = publish(h, victim, datanet, contents)
    const args = { version, entry: docTree.open(0), next: absent }
    const given = commitTo(h, attacker, version, 'refuteVersionEntry', args)
    h.pass(1n)
    return h.call(attacker, 'refuteVersionEntry', given)
  }
  const early = refute(2n)
  assert.equal(early.ok ? '' : early.error, 'InvalidProof')
  assert.equal(creditOf(h, attacker), 0n)
  // An hour later the curator had time to know.
  assert(refute(3_600n).ok)
  assert.equal(creditOf(h, attacker), 2n * ether)
})

test('selling what was given for free: neither a paid child of a free model nor a channel of one; 0 wei', () => {
  const h = createChecked()
  const gift = createNet(h, victim, [[victim, saying]], { consent: uses.train | uses.retrieve })
  const kind = 1n
  const free = createModel(h, [gift], { from: attacker, kind, priceIn: 0n, priceOut: 0n, label: 'free' })
  const parents = [{ model: free, share: 0n }]
  assert.throws(() => createModel(h, [], { from: attacker, kind, parents, label: 'sold' }), /ConsentTooNarrow/)
  const second = createModel(h, [], { from: attacker, kind, parents, priceIn: 0n, priceOut: 0n, label: 'also free' })
  const through = [{ model: second, share: 0n }]
  assert.throws(() => createModel(h, [], { from: attacker, kind, parents: through, label: 'sold' }), /ConsentTooNarrow/)
  const paid = createNet(h, victim, [[victim, `${saying}, too`]])
  const { provider } = openShop(h, [paid])
  const args = { model: free, provider, sessionKey: victim, isPrivate: false, expiry: h.now + 100n }
  h.fails('NotAllowed', bystander, 'openChannel', args, { value: price })
  // Uses that the parent had stay allowed to its children, whatever becomes of the policy.
  const sold = createModel(h, [paid], { from: attacker, label: 'sold before' })
  h.ok(victim, 'setPolicy', { datanet: paid.datanet, consent: uses.train, consentUntil: 0n })
  createModel(h, [], { from: accomplice, parents: [{ model: sold, share: 0n }], label: 'sold after' })
  const retrieving = { from: accomplice, kind: 6n, parents: [{ model: sold, share: 0n }] }
  assert.throws(() => createModel(h, [], retrieving), /ConsentTooNarrow/)
})

test('remains: whoever registers weights first decides which corpus they have; it costs a bond, returned later', () => {
  const h = createChecked()
  const [mine, theirs] = [createNet(h, attacker, [[attacker, 'x']]), createNet(h, victim, [[victim, saying]])]
  const weightsHash = keccakHash(bytesOf('well-known weights'))
  createModel(h, [mine], { from: attacker, weightsHash })
  assert.throws(() => createModel(h, [theirs], { from: victim, weightsHash }), /CorpusMismatch/)
  createModel(h, [theirs], { from: victim, weightsHash: keccakHash(bytesOf('the same with a byte more')) })
  assert.equal(creditOf(h, attacker), 0n)
})
