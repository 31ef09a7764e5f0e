import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claimBody, factsOf } from '../../../attribution/kernel/build/claimed.ts'
import { answerReceipt } from '../../../attribution/kernel/build/demand.ts'
import { findFaults, isFault } from '../../../attribution/kernel/build/refute.ts'
import { larger } from '../../../attribution/native/bigint.ts'
import { agents } from '../../../attribution/storage/agents.ts'
import { balances } from '../../../attribution/storage/settlement.ts'
import type { Hash } from '../../../core/hex.ts'
import { zeroHash } from '../../../core/hex.ts'
import { ether } from '../../state/testChain.ts'
import { createChecked, creditOf } from '../checked.ts'
import { type Harness, timelock } from '../harness.ts'
import { createModel, honestBatch, openChannel, providerOwner } from '../settlementMarket.ts'
import { commitTo, undone } from '../tracesScene.ts'
import {
  accomplice,
  anyone,
  attacker,
  auditor,
  bystander,
  collect,
  convict,
  createNet,
  known,
  margin,
  openShop,
  price,
  rates,
  retell,
  sell,
  seller,
  settleBody,
  specific,
  trade,
  victim,
  wealth,
} from './trade.ts'

// Attacks with the own money: rings, self-refutation, stake that leaves, demands nobody needs.

const saying = 'Whoever waters the garden before the sun is up will see it green in August, said the miller'
const stakeOf = (h: Harness, agent: Hash) => agents.get(h.store, agent)

test('self-quoting: a ring that owns everything and pays itself loses a quarter of every margin, tiny receipts or not', () => {
  const ring = [attacker, accomplice, seller, bystander, providerOwner]
  for (const [receipts, each] of [
    [1, price],
    [40, 7n],
    [40, 10_001n],
  ] as const) {
    const h = createChecked()
    const data = createNet(h, attacker, [[accomplice, saying]], { curatorBps: 1_000n })
    const shop = openShop(h, [data])
    const before = ring.reduce((sum, account) => sum + wealth(h, account), 0n)
    const channel = openChannel(h, shop, { from: bystander, deposit: larger(ether, each) })
    const sold = honestBatch(h, shop, [
      { channel, sold: Array.from({ length: receipts }, () => ({ output: saying, price: each })) },
    ])
    collect(h, shop, settleBody(h, sold, sold.body), sold.body)
    h.pass(86_400n)
    h.call(anyone, 'reclaim', { channel })
    const lost = before - ring.reduce((sum, account) => sum + wealth(h, account), 0n)
    const kept = (BigInt(receipts) * each * 4n) / 10n
    // Validators, treasury, insurance, burn: 25 %, and the dust that a version carries.
    const carried = balances.field(h.store, 'pools')
    assert(carried < 2n * BigInt(saying.length))
    assert.equal(lost, kept - (kept * 7_500n) / 10_000n + carried)
  }
})

test('sybil ancestors: models in between share out the owner’s part and add 0 wei to it', () => {
  const h = createChecked()
  const data = createNet(h, victim, [[victim, saying]])
  let parent = createModel(h, [data], { from: attacker, label: 'model 0' })
  for (let at = 1; at <= 6; at++) {
    parent = createModel(h, [], {
      from: attacker,
      label: `model ${at}`,
      parents: [{ model: parent, share: 500_000_000n }],
    })
  }
  const terms = { from: attacker, label: 'last', parents: [{ model: parent, share: 500_000_000n }] }
  const shop = openShop(h, [], terms, [data])
  const income = trade(h, shop, [saying])
  assert.equal(creditOf(h, attacker), margin / 4n)
  assert.equal(income.specific.get(victim), specific)
})

test('remains: a model in between that asks for nothing keeps its parent from what that asks of children', () => {
  const run = (between: boolean) => {
    const h = createChecked()
    const data = createNet(h, victim, [[bystander, saying]])
    const asking = { from: victim, label: 'asks', minChildShare: 400_000_000n }
    const parent = createModel(h, [data], asking)
    const parents = [{ model: parent, share: 400_000_000n }]
    const middle = createModel(h, [], { from: attacker, label: 'between', parents })
    const own = between ? [{ model: middle, share: 0n }] : parents
    trade(h, openShop(h, [], { from: attacker, label: 'sold', parents: own }, [data]), [saying])
    return [creditOf(h, victim), creditOf(h, attacker)]
  }
  const owners = margin / 4n
  assert.deepEqual(run(false), [(owners * 4n) / 10n, (owners * 6n) / 10n])
  assert.deepEqual(run(true), [0n, owners])
})

/** A settled batch of a large and a tiny sale, both told without tiles. */
function twoLies(h: Harness) {
  const data = createNet(h, victim, [[victim, saying]])
  const shop = openShop(h, [data])
  const channel = openChannel(h, shop, { from: bystander, deposit: 2n * price })
  const sold = honestBatch(h, shop, [
    {
      channel,
      sold: [
        { output: saying, price },
        { output: saying, price: 1_000n },
      ],
    },
  ])
  const body = retell(shop.corpus, sold.body, () => ({ tiles: [] }))
  const batch = settleBody(h, sold, body)
  const facts = factsOf(body, { ...rates, chainId: h.chainId, isPrivate: () => false })
  const faults = [...findFaults(claimBody(body), known(shop.corpus), facts)].filter(isFault)
  const [large, tiny] = faults as [(typeof faults)[0], (typeof faults)[0]]
  return { shop, batch, body, large, tiny }
}

test('self-refutation: showing the own tiny lie first shields from nothing and loses four fifths of ten times the part', () => {
  const h = createChecked()
  const { shop, batch, large, tiny } = twoLies(h)
  const mine = commitTo(h, accomplice, batch, tiny.name, { batch, ...tiny.args })
  const theirs = commitTo(h, auditor, batch, large.name, { batch, ...large.args })
  h.pass(1n)
  h.ok(accomplice, tiny.name, mine)
  // 1 % of the stake for a lie about 100 wei.
  assert.equal(100_000n * ether - stakeOf(h, shop.provider).stake, 1_000n * ether)
  h.ok(auditor, large.name, theirs)
  h.pass(60n)
  h.ok(anyone, 'payRefuter', { batch })
  const lost = 100_000n * ether - stakeOf(h, shop.provider).stake
  assert.equal(lost, 10n * specific)
  // The liar knew first: as the earliest it has a fifth of the 1 % back. The auditor is paid of all that its proof took.
  assert.equal(creditOf(h, accomplice), 200n * ether)
  assert.equal(creditOf(h, auditor), (lost - 1_000n * ether) / 5n)
})

test('withholding behind an own tiny lie: what was asked before it was shown has to be answered still, or ten parts go', () => {
  const h = createChecked()
  const { shop, batch, body, tiny } = twoLies(h)
  const lost = () => 100_000n * ether - stakeOf(h, shop.provider).stake
  const mine = commitTo(h, accomplice, batch, tiny.name, { batch, ...tiny.args })
  // Nobody is shown the large receipt. Somebody asks for it, and the liar falls by the tiny one instead.
  const bond = 40_000n * 40n * h.baseFee
  const demand: Hash = h.ok(auditor, 'demandReceipt', { batch, receipt: 0n }, { value: bond }).demand!
  h.pass(1n)
  h.ok(accomplice, tiny.name, mine)
  assert.equal(lost(), 1_000n * ether)
  undone(h, () => {
    // An honest author answers and has lost no more than for what was proven.
    h.pass(30n)
    h.ok(anyone, 'answerReceipt', { batch, ...answerReceipt(body, 0) })
    assert.equal(creditOf(h, auditor), bond)
    h.fails('WrongStatus', anyone, 'expireDemand', { demand })
    h.pass(30n)
    h.ok(anyone, 'payRefuter', { batch })
    assert.equal(lost(), 1_000n * ether)
  })
  assert.deepEqual(h.fails('TooEarly', accomplice, 'expireDemand', { demand }), { earliest: h.now + 31n })
  h.pass(31n)
  h.fails('TooLate', anyone, 'answerReceipt', { batch, ...answerReceipt(body, 0) })
  h.ok(auditor, 'expireDemand', { demand })
  assert.equal(lost(), 10n * (specific + 25n * 4n))
  // Who asked is paid of what silence cost more, at once; of the rest the liar's accomplice is.
  assert.equal(creditOf(h, auditor), bond + (lost() - 1_000n * ether) / 5n)
  h.pass(30n)
  h.ok(anyone, 'payRefuter', { batch })
  assert.equal(creditOf(h, accomplice), 200n * ether)
})

test('lying repair: each author loses ten times the part; after the second the part is burned, the liars gain 0 wei', () => {
  const h = createChecked()
  const { shop, batch, body } = twoLies(h)
  const register = () =>
    h.ok(attacker, 'registerAgent', { controller: attacker, metadataHash: zeroHash }, { value: 20_000n * ether }).agent!
  const repairers = [register(), register()]
  const taken = [convict(h, shop, batch, body).lost]
  const { receiptsRoot, ledgerRoot, ledgerCount: entries, credit } = body.header
  for (const agent of repairers) {
    h.ok(attacker, 'repairBatch', { batch, agent, receiptsRoot, ledgerRoot, entries, credit })
    convict(h, shop, batch, body)
    taken.push(stakeOf(h, agent).slashed)
  }
  assert.deepEqual(taken, [10n * specific, 10n * specific, 10n * specific])
  h.ok(anyone, 'expireRepair', { batch })
  const value = h.ok(anyone, 'getBatch', { batch }).value as unknown as { pool: bigint; status: bigint }
  assert.deepEqual([value.status, value.pool], [3n, 0n])
  assert.equal(creditOf(h, attacker), 0n)
  assert.equal(creditOf(h, auditor), 6n * specific)
  // Three fifths and three quarters went up in smoke: the victim's part too, which nobody repaired honestly.
  assert(balances.field(h.store, 'burns') >= specific + 3n * ((10n * specific * 3n) / 4n))
})

test('remains: liars of tiny lies can burn the part of a whole batch for 1 % of three stakes', () => {
  const h = createChecked()
  const data = createNet(h, victim, [[victim, saying]])
  const shop = openShop(h, [data])
  const channel = openChannel(h, shop, { from: bystander, deposit: 2n * price })
  const sold = honestBatch(h, shop, [
    {
      channel,
      sold: [
        { output: saying, price },
        { output: saying, price: 1_000n },
      ],
    },
  ])
  const body = retell(shop.corpus, sold.body, (_, at) => (at === 1 ? { tiles: [] } : {}))
  const batch = settleBody(h, sold, body)
  const least = 2n * (margin + 400n)
  const register = (): Hash =>
    h.ok(attacker, 'registerAgent', { controller: attacker, metadataHash: zeroHash }, { value: least }).agent!
  const repairers = [register(), register()]
  let lost = convict(h, shop, batch, body).lost
  const { receiptsRoot, ledgerRoot, ledgerCount: entries, credit } = body.header
  for (const agent of repairers) {
    h.ok(attacker, 'repairBatch', { batch, agent, receiptsRoot, ledgerRoot, entries, credit })
    convict(h, shop, batch, body)
    lost += stakeOf(h, agent).slashed
  }
  h.ok(anyone, 'expireRepair', { batch })
  // The provider's stake was much more than it needed: of the least stakes it is 80 OPEN each.
  assert.equal(lost, 1_000n * ether + 2n * (least / 100n))
  assert.equal(creditOf(h, victim), 0n)
  assert.equal(creditOf(h, attacker), 0n)
})

test('unstaking before a dispute: what is on its way out is taken all the same, and stays while batches are open', () => {
  const h = createChecked()
  const { shop, batch, body } = twoLies(h)
  h.ok(providerOwner, 'unstake', { agent: shop.provider, amount: 100_000n * ether })
  const { call } = convict(h, shop, batch, body)
  assert.equal(call, 'refuteMissingTile')
  const { stake, unbonding, slashed } = stakeOf(h, shop.provider)
  assert.deepEqual([stake, unbonding, slashed], [0n, 100_000n * ether - 10n * specific, 10n * specific])
  assert.equal(creditOf(h, auditor), 2n * specific)
  // The other order: all but a little is out in time, what is left has to cover the open margin twice.
  const g = createChecked()
  const again = twoLies(g)
  g.ok(providerOwner, 'unstake', { agent: again.shop.provider, amount: 99_999n * ether })
  // Somebody keeps asking for answers, so that the batch is open for longer than the unbonding takes.
  g.ok(auditor, 'demandReceipt', { batch: again.batch, receipt: 0n }, { value: 40_000n * 40n * g.baseFee })
  g.pass(301n)
  g.fails('StakeInUse', providerOwner, 'completeUnstake', { agent: again.shop.provider })
})

test('demand spam costs its sender a bond for each answer after the eighth, paid to the provider', () => {
  const h = createChecked()
  const data = createNet(h, victim, [[victim, saying]])
  const shop = openShop(h, [data])
  const channel = openChannel(h, shop, { from: bystander, deposit: price })
  const sold = honestBatch(h, shop, [
    { channel, sold: Array.from({ length: 20 }, () => ({ output: saying, price: price / 20n })) },
  ])
  const batch = settleBody(h, sold, sold.body)
  const before = [wealth(h, attacker), wealth(h, providerOwner)] as const
  const bond = 40_000n * 40n * h.baseFee
  for (let at = 0; at < 20; at++) {
    h.ok(attacker, 'demandReceipt', { batch, receipt: BigInt(at) }, { value: bond })
    h.ok(anyone, 'answerReceipt', { batch, ...answerReceipt(sold.body, at) })
  }
  assert.deepEqual([wealth(h, attacker) - before[0], wealth(h, providerOwner) - before[1]], [-12n * bond, 12n * bond])
  // Nor can it keep the batch open for ever: not after the first deadline.
  h.pass(61n)
  h.fails('TooLate', attacker, 'demandLedger', { batch, start: 0n, count: 20n }, { value: bond })
  h.ok(anyone, 'finalizeBatch', { batch })
})

test('handing the agent over before a dispute frees no stake: 0 wei', () => {
  const h = createChecked()
  const { shop, batch, body } = twoLies(h)
  const start = wealth(h, providerOwner)
  h.ok(providerOwner, 'transferAgent', { agent: shop.provider, to: accomplice })
  // The new owner answers with the same stake.
  assert.equal(convict(h, shop, batch, body).lost, 10n * specific)
  assert.equal(wealth(h, providerOwner), start)
})

test('parameters that governance changes after a settlement make no honest batch false and no false one right', () => {
  const h = createChecked()
  const data = createNet(h, victim, [[victim, saying]])
  const shop = openShop(h, [data])
  const sold = sell(h, shop, [saying])
  const lie = retell(shop.corpus, sold.body, () => ({ tiles: [] }))
  const run = (body: typeof lie) => {
    const batch = settleBody(h, sold, body)
    h.ok(timelock, 'setSplit', {
      split: { data: 3_000n, owner: 4_000n, validators: 2_000n, treasury: 500n, insurance: 250n, burn: 250n },
    })
    for (const [param, value] of [
      [9n, 8_000n],
      [10n, 5n],
      [11n, 10n],
      [1n, 10n],
      [2n, 10n],
    ] as const)
      h.ok(timelock, 'setParam', { param, value })
    h.pass(11n)
    return batch
  }
  undone(h, () => {
    const batch = run(sold.body)
    const income = collect(h, shop, batch, sold.body)
    assert.equal(income.specific.get(victim), specific)
  })
  undone(h, () => assert.equal(convict(h, shop, run(lie), lie).lost, 10n * specific))
})
