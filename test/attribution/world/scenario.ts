import { type Body, buildBody } from '../../../attribution/kernel/body.ts'
import type { BatchFacts } from '../../../attribution/kernel/build/claimed.ts'
import { type KnownCorpus, knowCorpus } from '../../../attribution/kernel/build/corpus.ts'
import { encodeUpdate, type UpdateLeaf } from '../../../attribution/kernel/leaves.ts'
import type { Rates } from '../../../attribution/kernel/ledger.ts'
import type { Corpus } from '../../../attribution/kernel/span/corpus.ts'
import { paramNames } from '../../../attribution/native/rules.ts'
import type { Hash } from '../../../core/hex.ts'
import { ether } from '../../state/testChain.ts'
import { createHarness, type Harness, timelock } from '../harness.ts'
import { contribute, createDatanet, publishFalseVersion, publishVersion, type TestVersion } from './data.ts'
import { contributor, payer, people } from './people.ts'
import type { Random } from './random.ts'
import { createContents, createOutput, createPool } from './texts.ts'
import {
  markSettled,
  openChannel,
  registerModel,
  registerProvider,
  sell,
  settle,
  signUpdates,
  type TestChannel,
  type TestModel,
  type TestProvider,
  unsettled,
} from './trade.ts'

/** A chain with data, a model over it, a provider and its payers, and sold outputs that wait for settlement. */
export type Scenario = {
  readonly h: Harness
  /** In the order of the corpus. */
  readonly versions: readonly TestVersion[]
  readonly corpus: KnownCorpus
  readonly plainCorpus: Corpus
  readonly model: TestModel
  readonly provider: TestProvider
  readonly channels: readonly TestChannel[]
  readonly rates: Rates
  /** The honest body of what waits, and its vouchers. */
  readonly body: Body
  readonly updates: Uint8Array
}

/**
 * Everything by chance: mostly one to four datanets, sometimes 16 or none, in some of which the version is false (but
 * readable), one to four channels, some private and some settled before, one to eight receipts.
 */
export function createScenario(random: Random): Scenario {
  const h = createHarness()
  const pool = createPool(random)
  const published = createVersions(h, random, createContents(random, pool))
  const marginBps = BigInt(random.between(1_000, 10_000))
  const versions = random.chance(0.03) ? [] : published.map(({ version }) => version)
  const model = registerModel(h, people.modelOwner.address, { versions, marginBps })
  const provider = registerProvider(h, { owner: people.providerOwner, controller: people.controller })
  const ordered = model.corpus.map((version) => published.find((each) => each.version === version)!)
  const plainCorpus = ordered.map(({ content }) => content)
  const specificBps = BigInt(random.between(3_000, 8_000))
  const [param, value] = [BigInt(paramNames.indexOf('specificBps')), specificBps]
  h.ok(timelock, 'setParam', { param, value })
  const rates = { marginBps, dataBps: 5_000n, specificBps }
  const scenario = {
    h,
    versions: ordered,
    corpus: knowCorpus(
      ordered.map(({ head }) => head),
      plainCorpus,
    ),
    plainCorpus,
    model,
    provider,
    rates,
    channels: Array.from({ length: random.between(1, 4) }, (_, index) =>
      openChannel(h, { payer: payer(index), provider, model, isPrivate: random.chance(index === 0 ? 0.03 : 0.25) }),
    ),
  }
  const sellSome = (most: number) => {
    const texts = plainCorpus.map(({ text }) => text)
    for (let left = random.between(1, most); left > 0; left--) {
      const channel = left === 1 ? scenario.channels[0]! : random.pick(scenario.channels)
      sell(channel, createOutput(random, pool, texts), createPrice(random))
    }
  }
  if (random.chance(0.5)) {
    sellSome(4)
    settleHonestly(scenario)
    h.pass(10n)
  }
  sellSome(8)
  const body = bodyOf(scenario)
  return { ...scenario, body, updates: signUpdates(h, body.updates, scenario.channels) }
}

/** The honest body of everything that waits on the channels. */
export function bodyOf({
  h,
  plainCorpus,
  channels,
  rates,
}: Pick<Scenario, 'h' | 'plainCorpus' | 'channels' | 'rates'>): Body {
  return buildBody({ ...rates, chainId: h.chainId, corpus: plainCorpus, channels: unsettled(channels) })
}

/** Settles everything that waits on the channels, honestly. */
export function settleHonestly(
  scenario: Pick<Scenario, 'h' | 'plainCorpus' | 'channels' | 'rates' | 'provider' | 'model'>,
): { readonly batch: Hash; readonly body: Body } {
  const body = bodyOf(scenario)
  const { h, channels } = scenario
  const batch = settle(h, scenario, body.header, signUpdates(h, body.updates, channels))
  markSettled(channels, body.updates)
  return { batch, body }
}

/** What a challenger reads from the chain about a batch; the updates are those of its events. */
export function readFacts(
  { h, channels }: Pick<Scenario, 'h' | 'channels'>,
  batch: Hash,
  updates: readonly UpdateLeaf[],
): BatchFacts {
  const { value } = h.ok(people.stranger.address, 'getBatch', { batch }) as unknown as {
    value: {
      model: Hash
      receiptsRoot: Hash
      ledgerRoot: Hash
      receipts: bigint
      entries: bigint
      margin: bigint
      credit: bigint
      split: { data: bigint }
      specificBps: bigint
    }
  }
  const model = h.ok(people.stranger.address, 'getModel', { model: value.model }) as unknown as {
    value: { marginBps: bigint }
  }
  return {
    chainId: h.chainId,
    marginBps: model.value.marginBps,
    dataBps: value.split.data,
    specificBps: value.specificBps,
    updates: updates.map(encodeUpdate),
    receiptsRoot: value.receiptsRoot,
    ledgerRoot: value.ledgerRoot,
    receiptCount: value.receipts,
    ledgerCount: value.entries,
    margin: value.margin,
    credit: value.credit,
    isPrivate: (channel) => channels.some((each) => each.channel === channel && each.isPrivate),
  }
}

function createPrice(random: Random): bigint {
  const kind = random.below(4)
  if (kind === 0) return BigInt(random.below(50))
  if (kind === 1) return 0n
  return random.bits(kind === 2 ? 40 : 64) % (100n * ether)
}

/** A version for each list of contents, committed in any order. */
function createVersions(h: Harness, random: Random, contents: readonly (readonly Uint8Array[])[]): TestVersion[] {
  const datanets = contents.map(() => createDatanet(h, people.curator.address))
  const gifts = contents.flatMap((each, place) =>
    each.map((content, index) => ({
      ...datanets[place]!,
      owner: contributor(place * 5 + index).address,
      content,
    })),
  )
  const contributions = contribute(h, random.shuffle(gifts))
  return datanets.map((datanet) => {
    const own = random.shuffle(contributions.filter((each) => each.datanet === datanet.datanet))
    const version = publishVersion(h, datanet, own)
    return random.chance(0.15) ? publishFalseVersion(h, datanet, ...distort(random, version)) : version
  })
}

/** Entries that no version should have: repeated, of another order, starting too early or too late, in any sequence. */
function distort(
  random: Random,
  { content: { documents, text } }: TestVersion,
): [TestVersion['content']['documents'], Uint8Array] {
  const changed = documents.map((doc) => ({ ...doc }))
  for (let times = random.between(1, 4); times > 0; times--) {
    const doc = random.pick(changed)
    const other = random.pick(changed)
    const kind = random.below(5)
    if (kind === 0) Object.assign(doc, { contribution: other.contribution, order: other.order })
    if (kind === 1) doc.order = BigInt(random.below(40))
    if (kind === 2) doc.start = Math.max(0, doc.start + random.between(-40, 40))
    if (kind === 3) doc.start = random.below(text.length + 300)
    if (kind === 4) changed.push({ ...doc, start: random.below(text.length) })
  }
  return [changed.slice(0, text.length), text]
}
