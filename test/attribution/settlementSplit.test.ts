import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { versions } from '../../attribution/storage/datanets.ts'
import { balances, basePools, batches } from '../../attribution/storage/settlement.ts'
import type { Address, Hash } from '../../core/hex.ts'
import { ether, senders } from '../state/testChain.ts'
import type { Published } from './datasets.ts'
import { assertMoney, createHarness, type Harness, timelock, validatorVault } from './harness.ts'
import {
  controller,
  createData,
  createModel,
  createProvider,
  curator,
  openChannel,
  payer,
  plainBatch,
  providerOwner,
} from './settlementMarket.ts'

// What a margin becomes, worked out a second time from the words of the protocol: part i of an amount is
// floor(amount * W_i / W) - floor(amount * W_{i-1} / W) over the weights up to i.

type Line = { readonly to: string; readonly weight: bigint }

function prefixSplit(amount: bigint, lines: readonly Line[], whole: bigint): Map<string, bigint> {
  const wei = new Map<string, bigint>()
  let sum = 0n
  for (const { to, weight } of lines) {
    const before = (amount * sum) / whole
    sum += weight
    wei.set(to, (wei.get(to) ?? 0n) + (amount * sum) / whole - before)
  }
  assert(sum === whole || lines.length === 0)
  return wei
}

const share = (min: number, max: number) => fc.integer({ min, max }).map(BigInt)
/** Splits inside the bounds: whatever is left of 10,000 after the other parts is for data. */
const splits = fc
  .record({
    owner: share(1_000, 4_000),
    validators: share(500, 2_000),
    treasury: share(0, 1_000),
    insurance: share(200, 1_000),
    burn: share(200, 1_500),
  })
  .map((parts) => ({ ...parts, data: 10_000n - Object.values(parts).reduce((sum, part) => sum + part, 0n) }))
  .filter(({ data }) => data >= 3_000n && data <= 7_000n)

const datanets = fc.array(
  fc.record({
    lengths: fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 3 }),
    curatorBps: share(0, 1_000),
    refuted: fc.integer({ min: 0, max: 4 }).map((roll) => roll === 0),
  }),
  { maxLength: 4 },
)

/** Models by place: each may have parents among those before it, with shares in 1e-9. The last one is sold. */
const lineages = fc.array(fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 125_000_000 })), { maxLength: 4 }), {
  minLength: 1,
  maxLength: 5,
})

/** wei per channel: from dust to nearly a million OPEN. */
const wei = fc.oneof(fc.bigInt(0n, 50n), fc.bigInt(0n, 10n ** 18n), fc.bigInt(0n, 30_000n * ether))

type Sold = { readonly provider: Hash; readonly model: Hash; readonly published: readonly Published[] }

/** Registers the lineage, everybody's owner being another sender, and gives the last model. */
function registerAll(
  h: Harness,
  lineage: readonly (readonly [number, number])[][],
  data: readonly Published[],
  marginBps: bigint,
): Hash {
  const models: Hash[] = []
  for (const [place, wanted] of lineage.entries()) {
    const parents = new Map<Hash, bigint>()
    for (const [pick, part] of wanted) if (place > 0) parents.set(models[pick % place]!, BigInt(part))
    const last = place === lineage.length - 1
    const from = ownerOf(place)
    const listed = [...parents].map(([model, share]) => ({ model, share }))
    const terms = { label: `model ${place}`, from, parents: listed, marginBps, kind: 6n }
    models.push(createModel(h, last ? data : [], terms))
  }
  return models.at(-1)!
}

const ownerOf = (place: number): Address => senders[30 + place]!

test('every wei of a margin goes where the split, the lineage and the corpus say, and nowhere else', () => {
  fc.assert(
    fc.property(
      fc.record({
        split: splits,
        specificBps: share(3_000, 8_000),
        marginBps: share(1_000, 10_000),
        datanets,
        lineage: lineages,
        payments: fc.array(wei, { minLength: 1, maxLength: 3 }),
        batchCount: fc.integer({ min: 1, max: 3 }),
        ledger: share(0, 1_000),
      }),
      (given) => {
        const h = createHarness()
        h.ok(timelock, 'setSplit', { split: given.split })
        h.ok(timelock, 'setParam', { param: 9n, value: given.specificBps })
        const published = given.datanets.map(({ lengths, curatorBps }, net) =>
          createData(
            h,
            lengths.map((length, doc) => `${net}${doc}`.padEnd(length, 'x')),
            { curatorBps },
          ),
        )
        const model = registerAll(h, given.lineage, published, given.marginBps)
        const provider = createProvider(h, 500_000n * ether)
        const sold = { provider, model, published }
        const channels = given.payments.map((_, index) =>
          openChannel(h, sold, { from: payer(index), deposit: 100_000n * ether }),
        )
        for (const [index, { refuted }] of given.datanets.entries())
          if (refuted) versions.set(h.store, { refuted }, published[index]!.version)
        for (let round = 0; round < given.batchCount; round++) {
          h.pass(10n)
          checkBatch(h, sold, given, channels)
        }
      },
    ),
    { seed: 20_260_301, numRuns: 60 },
  )
})

type Given = {
  readonly split: Readonly<Record<'data' | 'owner' | 'validators' | 'treasury' | 'insurance' | 'burn', bigint>>
  readonly specificBps: bigint
  readonly marginBps: bigint
  readonly datanets: readonly { readonly curatorBps: bigint; readonly refuted: boolean }[]
  readonly payments: readonly bigint[]
  readonly ledger: bigint
}

function checkBatch(h: Harness, sold: Sold, given: Given, channels: readonly bigint[]): void {
  const { split, specificBps, marginBps } = given
  const cumulatives = channels.map((channel) => channelOf(h, channel).cumulative)
  const margin = channels.reduce(
    (sum, _, at) =>
      sum + ((cumulatives[at]! + given.payments[at]!) * marginBps) / 10_000n - (cumulatives[at]! * marginBps) / 10_000n,
    0n,
  )
  const dataWei = (margin * split.data) / 10_000n
  const promised = (margin * split.data * specificBps) / 100_000_000n
  const credit = sold.published.length === 0 ? 0n : (promised * given.ledger) / 1_000n
  const before = snapshot(h, sold)
  const payments = channels.map((channel, at) => ({ channel, wei: given.payments[at]! }))
  const batch: Hash = h.ok(controller, 'settleBatch', plainBatch(h, sold, payments, { entries: 1n, credit })).batch!
  assertMoney(h)
  assert.equal(batches.field(h.store, 'margin', batch), margin)
  h.pass(61n)
  const outcome = h.call(payer(9), 'finalizeBatch', { batch })
  assert(outcome.ok)
  assertMoney(h)

  const after = snapshot(h, sold)
  const expected = expectedGains(h, sold, given, margin, credit)
  const paid = given.payments.reduce((sum, each) => sum + each, 0n)
  expected.add(providerOwner, paid - margin)
  for (const [name, gain] of expected.gains) assert.equal(after.get(name)! - before.get(name)!, gain, name)
  const total = [...expected.gains.values()].reduce((sum, gain) => sum + gain, 0n)
  assert.equal(total, paid, 'parts and payments')
  const { specific, base, owner, validators, treasury, insurance, burned } = outcome.events.at(-1)!.args as Record<
    string,
    bigint
  >
  assert.equal(specific! + base! + owner! + validators! + treasury! + insurance! + burned!, margin, 'the event')
  assert.equal(specific, credit)
  for (const [at, { version, text }] of sold.published.entries()) {
    const { perByte, carry, pool } = basePools.get(h.store, version)
    assert.equal(pool, perByte * BigInt(text.length) + carry, `pool of version ${at}`)
    assert(carry < BigInt(text.length))
  }
  assert.equal(batches.field(h.store, 'pool', batch), credit)
  assert.equal(dataWei >= promised, true)
}

/** By the words of sections 4 and 5: who gains what when the batch is final. */
function expectedGains(h: Harness, { model, published }: Sold, given: Given, margin: bigint, credit: bigint) {
  const gains = new Map<string, bigint>()
  const add = (to: string, wei: bigint) => gains.set(to, (gains.get(to) ?? 0n) + wei)
  const { split, specificBps } = given
  const unit = 10n ** 9n
  const { ancestors } = h.ok(payer(0), 'getAncestors', { model }) as unknown as {
    ancestors: readonly { model: Hash; share: bigint }[]
  }
  const owned = (id: Hash): Address =>
    (h.ok(payer(0), 'getModel', { model: id }).value as unknown as { owner: Address }).owner
  const royalties = ancestors.reduce((sum, { share }) => sum + share, 0n)
  const lines = [
    { to: 'data', weight: split.data * unit },
    ...ancestors.map(({ model: id, share }) => ({ to: owned(id), weight: split.owner * share })),
    { to: owned(model), weight: split.owner * (unit - royalties) },
    { to: validatorVault, weight: split.validators * unit },
    { to: timelock, weight: split.treasury * unit },
    { to: 'insurance', weight: split.insurance * unit },
    { to: 'burns', weight: split.burn * unit },
  ]
  for (const [to, wei] of prefixSplit(margin, lines, 10_000n * unit)) add(to, wei)
  const data = gains.get('data')!
  gains.delete('data')
  const promised = (margin * split.data * specificBps) / 100_000_000n
  add('pools', credit)
  add('burns', promised - credit)

  // The effective corpus is sorted by datanet.
  const nets = published
    .map((data, at) => ({ ...data, ...given.datanets[at]!, net: versions.field(h.store, 'datanet', data.version) }))
    .sort((a, b) => (a.net < b.net ? -1 : 1))
  const bytes = nets.reduce((sum, { text }) => sum + text.length, 0)
  const byVersion = prefixSplit(
    data - promised,
    nets.map(({ version, text }) => ({ to: version, weight: BigInt(text.length) })),
    BigInt(bytes),
  )
  if (nets.length === 0) add('burns', data - promised)
  for (const { version, curatorBps, refuted } of nets) {
    const part = byVersion.get(version)!
    const cut = (part * curatorBps) / 10_000n
    if (refuted) add('burns', part)
    else {
      add(curator, cut)
      add('pools', part - cut)
    }
  }
  return { gains, add }
}

function snapshot(h: Harness, sold: Sold): Map<string, bigint> {
  const held = balances.get(h.store)
  const accounts = [
    providerOwner,
    curator,
    validatorVault,
    timelock,
    ...Array.from({ length: 5 }, (_, at) => ownerOf(at)),
  ]
  const credits = accounts.map((account) => [account, h.ok(payer(0), 'creditOf', { account }).amount!] as const)
  assert(sold.model.length === 66)
  return new Map<string, bigint>([...Object.entries(held), ...credits])
}

function channelOf(h: Harness, channel: bigint): { cumulative: bigint } {
  return h.ok(payer(0), 'getChannel', { channel }).value as unknown as { cumulative: bigint }
}

test('thirty-two ancestors are each paid their share, and gas stays bounded', (t) => {
  const h = createHarness()
  const parents: Hash[] = []
  for (let place = 0; place < 32; place++)
    parents.push(createModel(h, [], { label: `base ${place}`, from: senders[place]!, marginBps: 10_000n }))
  // Eight middle models with four parents each, so that one child has 40 ancestors at most: 8 of them give nothing.
  const middle = Array.from({ length: 8 }, (_, group) => {
    const listed = parents.slice(4 * group, 4 * group + 3).map((model) => ({ model, share: 100_000_000n }))
    return createModel(h, [], { label: `middle ${group}`, parents: listed, marginBps: 10_000n })
  })
  const listed = middle.map((model) => ({ model, share: 62_500_000n }))
  const child = createModel(h, [], { label: 'child', parents: listed, marginBps: 10_000n, from: senders[59]! })
  const { ancestors } = h.ok(payer(0), 'getAncestors', { model: child }) as unknown as { ancestors: unknown[] }
  assert.equal(ancestors.length, 32)
  const sold = { provider: createProvider(h), model: child }
  const channel = openChannel(h, sold, { deposit: 100n * ether })
  const batch: Hash = h.ok(controller, 'settleBatch', plainBatch(h, sold, [{ channel, wei: 100n * ether }])).batch!
  h.pass(61n)
  const outcome = h.call(payer(0), 'finalizeBatch', { batch })
  assert(outcome.ok)
  t.diagnostic(`finalize with 32 ancestors: ${outcome.gas} gas`)
  assert(outcome.gas < 1_500_000n)
  // 25 % of 100; each base model has 6.25 % * 10 % of it.
  assert.equal(h.ok(payer(0), 'creditOf', { account: senders[0]! }).amount, (25n * ether * 625n) / 100_000n)
  assertMoney(h)
})
