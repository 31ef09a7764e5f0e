import { buildClaim } from '../../attribution/kernel/claims.ts'
import { encodeEntry, type LedgerEntry } from '../../attribution/kernel/leaves.ts'
import { compareEntries } from '../../attribution/kernel/ledger.ts'
import { createTree } from '../../attribution/kernel/merkle.ts'
import { emptyBytes, type Hash } from '../../core/hex.ts'
import { contribute, createDatanet, publish } from '../../test/attribution/datasets.ts'
import { memoryOf } from '../../test/attribution/evm/evmWorld.ts'
import { referenceStateOf } from '../../test/attribution/evm/reference.ts'
import { createHarness, type Harness, inputOf } from '../../test/attribution/harness.ts'
import {
  controller,
  createModel,
  createProvider,
  curator,
  openChannel,
  payer,
  plainBatch,
} from '../../test/attribution/settlementMarket.ts'
import { ether, senders } from '../../test/state/testChain.ts'
import { costOf, type Engines, type Row, rowOf, sumCosts } from './measure.ts'

const channels = 256
const claims = 1_000
const perCall = 32
/** Entries of each contribution in the ledger. */
const entriesEach = 8

/** Settling 256 channels in one call; 1,000 contributions that claim from one batch, 32 to a call. */
export async function benchSettlement(engines: Engines): Promise<readonly Row[]> {
  const shop = openShop()
  return [
    await settle(engines, shop, 1),
    await settle(engines, shop, channels),
    ...(await finalizeAndClaim(engines, shop)),
  ]
}

type Shop = {
  readonly h: Harness
  readonly provider: Hash
  readonly model: Hash
  readonly datanet: Hash
  readonly version: Hash
  readonly contributions: readonly Hash[]
}

function openShop(): Shop {
  const h = createHarness()
  const datanet = createDatanet(h, curator)
  const given = Array.from({ length: claims }, (_, index) =>
    contribute(h, senders[index % 40]!, datanet, `contribution number ${index}`),
  )
  h.pass(10n)
  const published = publish(h, curator, datanet, given)
  const provider = createProvider(h, 900_000n * ether)
  const model = createModel(h, [published])
  for (let index = 0; index < channels; index++) {
    openChannel(h, { provider, model }, { from: payer(index % 10), deposit: 100n * ether })
  }
  const contributions = given.map(({ contribution }) => contribution)
  return { h, provider, model, datanet, version: published.version, contributions }
}

function statesOf({ h, provider, model, datanet, version, contributions }: Shop) {
  const registered = { agents: [provider], models: [model], datanets: [datanet], versions: [version], contributions }
  return { native: memoryOf(h).reader, contract: referenceStateOf(h, registered) }
}

async function settle(engines: Engines, shop: Shop, count: number): Promise<Row> {
  const { h } = shop
  const payments = Array.from({ length: count }, (_, index) => ({ channel: BigInt(index + 1), wei: ether }))
  const { to, input } = inputOf('settleBatch', plainBatch(h, shop, payments))
  const states = statesOf(shop)
  const call = { from: controller, to, data: input }
  const native = await costOf(engines.native, states.native, h, call)
  const solidity = await costOf(engines.contract, states.contract, h, call)
  return rowOf(`settle ${count} ${count === 1 ? 'channel' : 'channels'}`, input.length, native, solidity)
}

async function finalizeAndClaim(engines: Engines, shop: Shop): Promise<readonly Row[]> {
  const { h, contributions } = shop
  const ledger = makeLedger(contributions)
  const payments = Array.from({ length: channels }, (_, index) => ({ channel: BigInt(index + 1), wei: 90n * ether }))
  const header = { ledgerRoot: ledger.trees.ledger.root, entries: ledger.trees.ledger.count, credit: ledger.credit }
  const batch: Hash = h.ok(controller, 'settleBatch', plainBatch(h, shop, payments, header)).batch!
  h.pass(61n)
  const finish = inputOf('finalizeBatch', { batch })
  const before = statesOf(shop)
  const finalize = { from: controller, to: finish.to, data: finish.input }
  const finalized = rowOf(
    'finalize a batch',
    finish.input.length,
    await costOf(engines.native, before.native, h, finalize),
    await costOf(engines.contract, before.contract, h, finalize),
  )
  h.ok(controller, 'finalizeBatch', { batch })

  const states = statesOf(shop)
  const made = contributions.map((contribution) => {
    const { previous = absent, first, last, next = absent } = buildClaim(ledger, contribution)!.openings
    return { batch, previous, first, last, next }
  })
  const costs = []
  let bytes = 0
  for (let at = 0; at < made.length; at += perCall) {
    const { to, input } = inputOf('claim', { claims: made.slice(at, at + perCall) })
    bytes += input.length
    const call = { from: controller, to, data: input }
    costs.push({
      native: await costOf(engines.native, states.native, h, call),
      solidity: await costOf(engines.contract, states.contract, h, call),
    })
  }
  const all = rowOf(
    `${claims} claims in ${costs.length} calls`,
    bytes,
    sumCosts(costs.map(({ native }) => native)),
    sumCosts(costs.map(({ solidity }) => solidity)),
  )
  return [finalized, all]
}

const absent = { index: 0n, data: emptyBytes, path: [] }

/** A ledger of so many entries of each contribution, one finney each. */
function makeLedger(contributions: readonly Hash[]) {
  let prefix = 0n
  const entries: readonly LedgerEntry[] = contributions
    .flatMap((contribution, at) =>
      Array.from({ length: entriesEach }, (_, tile) => ({
        contribution,
        receipt: at % 256,
        tile,
        wei: ether / 1_000n,
      })),
    )
    .sort(compareEntries)
    .map((entry) => {
      prefix += entry.wei
      return { ...entry, prefix: prefix - entry.wei }
    })
  return { entries, trees: { ledger: createTree(entries.map(encodeEntry)) }, credit: prefix }
}
