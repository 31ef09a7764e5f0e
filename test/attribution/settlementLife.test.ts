import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { buildClaim, openDocument } from '../../attribution/kernel/claims.ts'
import { protocol } from '../../attribution/native/addresses.ts'
import { agents } from '../../attribution/storage/agents.ts'
import {
  balances,
  basePools,
  batches,
  channels as channelRecords,
  credits,
} from '../../attribution/storage/settlement.ts'
import { type Address, emptyBytes, type Hash } from '../../core/hex.ts'
import { ether } from '../state/testChain.ts'
import { assertMoney, burner, court, createHarness, type Harness, timelock, validatorVault } from './harness.ts'
import {
  contributor,
  controller,
  corpusOfModel,
  createData,
  createModel,
  createProvider,
  curator,
  honestBatch,
  marketTexts,
  modelOwner,
  openChannel,
  payer,
  plainBatch,
  providerOwner,
  sessionAddress,
} from './settlementMarket.ts'

const absent = { index: 0n, data: emptyBytes, path: [] }

test('the events of a channel, a batch and its claims tell the whole story', () => {
  const h = createHarness()
  const data = createData(h, marketTexts, { curatorBps: 1_000n })
  const model = createModel(h, [data])
  const market = { provider: createProvider(h), model, corpus: corpusOfModel(h, model, [data]) }
  const told = (from: Address, name: string, args: Readonly<Record<string, unknown>> = {}, value = 0n) => {
    const outcome = h.call(from, name, args, { value })
    assert(outcome.ok, name)
    for (const { address } of outcome.events) assert.equal(address, protocol.settlement)
    return outcome.events.map(({ name, args }): Readonly<Record<string, unknown>> => ({ name, ...args }))
  }
  const channel = openChannel(h, market, { deposit: 3n * ether })
  const toppedUp = { name: 'ChannelToppedUp', channel, amount: ether, deposit: 4n * ether }
  assert.deepEqual(told(payer(0), 'topUp', { channel }, ether), [toppedUp])

  const sold = [{ output: marketTexts[0]!, price: 2n * ether }]
  const { body, args } = honestBatch(h, market, [{ channel, sold }])
  const [update] = body.updates
  const deadline = h.now + 60n
  const settled = told(controller, 'settleBatch', args)
  const batch = settled[0]!.batch as Hash
  const [margin, compute] = [(8n * ether) / 10n, (12n * ether) / 10n]
  const { header } = body
  assert.deepEqual(settled, [
    {
      name: 'ChannelSettled',
      channel,
      batch,
      sequence: 1n,
      cumulative: 2n * ether,
      head: update!.afterHead,
    },
    { name: 'Credited', account: providerOwner, amount: compute },
    { name: 'BatchSettled', batch, ...args.header, updatesRoot: header.updatesRoot, margin, compute, deadline },
  ])
  const noticeEnd = h.now + 120n
  assert.deepEqual(told(payer(0), 'closeChannel', { channel }), [{ name: 'ChannelNotice', channel, noticeEnd }])

  h.pass(61n)
  // All of the output is one tile: the ledger pays the whole specific part, a quarter of the margin.
  const quarter = margin / 4n
  const toCurator = quarter / 10n
  const rest = { owner: quarter, validators: margin / 10n, treasury: margin / 20n }
  const kept = { insurance: margin / 20n, burned: margin / 20n }
  assert.deepEqual(told(payer(1), 'finalizeBatch', { batch }), [
    { name: 'Credited', account: curator, amount: toCurator },
    { name: 'BaseAdded', version: data.version, batch, toCurator, toContributors: quarter - toCurator },
    { name: 'Credited', account: modelOwner, amount: rest.owner },
    { name: 'Credited', account: validatorVault, amount: rest.validators },
    { name: 'Credited', account: timelock, amount: rest.treasury },
    { name: 'BatchFinalized', batch, specific: quarter, base: quarter, ...rest, ...kept },
  ])

  const [garden] = data.documents
  const owner = contributor(0)
  const { first, last } = buildClaim(body, garden!.contribution)!.openings
  const claim = { batch, previous: absent, first, last, next: absent }
  assert.deepEqual(told(payer(1), 'claim', { claims: [claim] }), [
    { name: 'Credited', account: owner, amount: quarter },
    { name: 'SpecificClaimed', batch, contribution: garden!.contribution, owner, amount: quarter },
  ])
  const { entry: document, next } = openDocument(data.docTree, 0)
  const { perByte } = basePools.get(h.store, data.version)
  const amount = perByte * BigInt(marketTexts[0]!.length + 1)
  assert.deepEqual(told(payer(1), 'claimBase', { version: data.version, document, next: next! }), [
    { name: 'Credited', account: owner, amount },
    { name: 'BaseClaimed', version: data.version, contribution: garden!.contribution, owner, amount },
  ])

  h.pass(60n)
  assert.deepEqual(told(payer(1), 'reclaim', { channel }), [
    { name: 'Credited', account: payer(0), amount: 2n * ether },
    { name: 'ChannelReclaimed', channel, payer: payer(0), amount: 2n * ether },
  ])
  const paid = told(timelock, 'payInsurance', { to: payer(2), amount: 5n })
  assert.deepEqual(paid, [{ name: 'InsurancePaid', to: payer(2), amount: 5n }])
  assert.deepEqual(told(burner, 'releaseBurns'), [{ name: 'BurnsReleased', amount: kept.burned }])
  const set = told(timelock, 'setParam', { param: 2n, value: 77n })
  assert.deepEqual(set, [{ name: 'ParamSet', param: 2n, value: 77n }])
  assertMoney(h)
})

/** What a random step can touch. */
type World = {
  readonly h: Harness
  readonly models: readonly Hash[]
  readonly provider: Hash
  readonly data: ReturnType<typeof createData>
  readonly channels: { readonly id: bigint; readonly model: Hash }[]
  readonly batches: Hash[]
}

function createScene(): World {
  const h = createHarness()
  const data = createData(h, marketTexts, { curatorBps: 700n })
  const base = createModel(h, [], { label: 'base', from: payer(8) })
  const models = [
    createModel(h, [data], { label: 'first' }),
    createModel(h, [data], { label: 'second', parents: [{ model: base, share: 300_000_001n }], marginBps: 3_333n }),
  ]
  return { h, models, provider: createProvider(h, 200n * ether), data, channels: [], batches: [] }
}

type Dice = { readonly a: number; readonly b: number; readonly wei: bigint }

/** Every step that somebody can take; what it may not do, it fails to do. */
const steps: Readonly<Record<string, (world: World, dice: Dice) => void>> = {
  open: ({ h, models, provider, channels }, { a, b, wei }) => {
    const model = models[a % models.length]!
    const args = { model, provider, sessionKey: sessionAddress, isPrivate: false, expiry: h.now + BigInt(b % 500) }
    const opened = h.call(payer(a % 3), 'openChannel', args, { value: wei })
    if (opened.ok) channels.push({ id: opened.output.channel!, model })
  },
  topUp: ({ h, channels }, { a, wei }) => {
    h.call(payer(a % 3), 'topUp', { channel: pick(channels, a)?.id ?? 7n }, { value: wei })
  },
  close: ({ h, channels }, { a }) => h.call(payer(a % 3), 'closeChannel', { channel: pick(channels, a)?.id ?? 7n }),
  reclaim: ({ h, channels }, { a }) => h.call(payer(a % 3), 'reclaim', { channel: pick(channels, a)?.id ?? 7n }),
  settle: ({ h, models, provider, channels, batches }, { a, b, wei }) => {
    const model = models[a % models.length]!
    const mine = channels.filter((each) => each.model === model && (Number(each.id) ^ b) % 3 !== 0).slice(0, 3)
    if (mine.length === 0) return
    const payments = mine.map(({ id }) => ({ channel: id, wei: wei / BigInt(1 + (b % 4)) }))
    const header = { entries: 1n, credit: (wei * BigInt(b % 11)) / 100n }
    const settled = h.call(controller, 'settleBatch', plainBatch(h, { provider, model }, payments, header))
    if (settled.ok) batches.push(settled.output.batch!)
  },
  finalize: ({ h, batches }, { a }) => h.call(payer(0), 'finalizeBatch', { batch: pick(batches, a) ?? noBatch }),
  expire: ({ h, batches }, { a }) => h.call(payer(0), 'expireBatch', { batch: pick(batches, a) ?? noBatch }),
  claimBase: ({ h, data }, { a }) => {
    const { entry: document, next } = openDocument(data.docTree, a % 2)
    h.call(payer(0), 'claimBase', { version: data.version, document, next: next ?? absent })
  },
  withdraw: ({ h }, { a }) => h.call(pick(people, a)!, 'withdraw'),
  withdrawTo: ({ h }, { a, b, wei }) => h.call(pick(people, a)!, 'withdrawTo', { to: pick(people, b)!, amount: wei }),
  sweep: ({ h }, { a, b }) => h.call(pick(people, a)!, 'sweepFor', { account: pick(people, b)! }),
  stake: ({ h, provider }, { a, wei }) => h.call(payer(a % 3), 'stake', { agent: provider }, { value: wei }),
  unstake: ({ h, provider }, { wei }) => h.call(providerOwner, 'unstake', { agent: provider, amount: wei }),
  complete: ({ h, provider }) => h.call(payer(0), 'completeUnstake', { agent: provider }),
  slash: ({ h, provider }, { wei }) => h.call(court, 'slashAgent', { agent: provider, amount: wei / 50n }),
  insure: ({ h }, { b, wei }) => h.call(timelock, 'payInsurance', { to: pick(people, b)!, amount: wei / 100n }),
  release: ({ h }) => h.call(burner, 'releaseBurns'),
  param: ({ h }, { a, b }) => h.call(timelock, 'setParam', { param: BigInt(a % 12), value: BigInt(b * 7) }),
  transfer: ({ h, models }, { a, b }) => {
    h.call(modelOwner, 'transferModel', { model: pick(models, a)!, to: pick(people, b)! })
  },
  wait: ({ h }, { a }) => h.pass(BigInt(a % 90)),
}

const people = [
  payer(0),
  payer(1),
  payer(2),
  payer(8),
  providerOwner,
  modelOwner,
  curator,
  contributor(0),
  contributor(1),
]
const credited = [...people, timelock, validatorVault]
const noBatch = `0x${'12'.repeat(32)}` as Hash

function pick<T>(items: readonly T[], at: number): T | undefined {
  return items[at % Math.max(1, items.length)]
}

/** Each bucket is the sum of its details. */
function assertDetails({ h, channels, batches: ids, provider, data }: World): void {
  const { store } = h
  const sum = (amounts: readonly bigint[]) => amounts.reduce((total, wei) => total + wei, 0n)
  const held = balances.get(store)
  const open = channels.map(({ id }) => channelRecords.pick(store, ['deposit', 'cumulative'], id))
  assert.equal(held.deposits, sum(open.map(({ deposit, cumulative }) => deposit - cumulative)), 'deposits')
  const stored = ids.map((id) => batches.get(store, id))
  const margin = sum(stored.filter(({ status }) => status === 1n).map(({ margin }) => margin))
  assert.equal(held.margins, margin, 'margins')
  assert.equal(held.pools, sum(stored.map(({ pool }) => pool)) + basePools.field(store, 'pool', data.version), 'pools')
  assert.equal(held.credits, sum(credited.map((account) => credits.field(store, 'wei', account))), 'credits')
  const agent = agents.get(store, provider)
  assert.equal(held.stakes, agent.stake + agent.unbonding, 'stakes')
  assert.equal(agent.openMargin, margin, 'open margin')
  assert(2n * margin <= agent.stake + agent.unbonding + agent.slashed, 'collateral')
}

test('whatever anybody does in whatever order, every bucket is the sum of its details and no OPEN is lost', (t) => {
  const names = Object.keys(steps)
  const weights: Readonly<Record<string, number>> = { open: 3, settle: 6, finalize: 5, wait: 5, claimBase: 2 }
  const step = fc.oneof(...names.map((name) => ({ weight: weights[name] ?? 1, arbitrary: fc.constant(name) })))
  const wei = fc.oneof(fc.bigInt(0n, 100n), fc.bigInt(0n, 60n * ether))
  const dice = fc.record({ a: fc.nat(9_999), b: fc.nat(9_999), wei })
  const tally = new Map<string, number>()
  fc.assert(
    fc.property(fc.array(fc.tuple(step, dice), { minLength: 30, maxLength: 60 }), (sequence) => {
      const world = createScene()
      steps.open!(world, { a: 0, b: 499, wei: 50n * ether })
      steps.open!(world, { a: 1, b: 480, wei: 50n * ether })
      for (const [name, roll] of sequence) {
        steps[name]!(world, roll)
        assertDetails(world)
        assertMoney(world.h)
      }
      tally.set('batches', (tally.get('batches') ?? 0) + world.batches.length)
      const done = world.batches.filter((id) => batches.field(world.h.store, 'status', id) === 3n).length
      tally.set('final', (tally.get('final') ?? 0) + done)
    }),
    { seed: 20_260_303, numRuns: 60 },
  )
  t.diagnostic(`${tally.get('batches')} batches settled, ${tally.get('final')} final`)
  assert(tally.get('batches')! > 60 && tally.get('final')! > 30, `too little happened: ${[...tally]}`)
})
