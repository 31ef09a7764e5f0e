import type { Body } from '../../../attribution/kernel/body.ts'
import type { Finding } from '../../../attribution/kernel/build/calls.ts'
import type { ClaimedBody } from '../../../attribution/kernel/build/claimed.ts'
import { type KnownCorpus, knowCorpus } from '../../../attribution/kernel/build/corpus.ts'
import type { LedgerEntry, UpdateLeaf } from '../../../attribution/kernel/leaves.ts'
import type { Tree } from '../../../attribution/kernel/merkle.ts'
import type { Corpus } from '../../../attribution/kernel/span/corpus.ts'
import { type Address, type Hash, zeroHash } from '../../../core/hex.ts'
import { keccakHash } from '../../../core/keccak.ts'
import { ether } from '../../state/testChain.ts'
import type { Harness } from '../harness.ts'
import { contribute, createDatanet, publishVersion, type TestContribution, type TestVersion } from '../world/data.ts'
import { type Person, person } from '../world/people.ts'
import type { Random } from '../world/random.ts'
import type { Scenario } from '../world/scenario.ts'
import { openChannel, registerModel, registerProvider, type TestChannel } from '../world/trade.ts'

export type Args = Readonly<Record<string, unknown>>

/** One call that an action makes up. */
export type Call = {
  readonly from: Address
  readonly name: string
  readonly args: Args
  readonly value?: bigint
  /** Learns from a success. */
  readonly done?: (output: Readonly<Record<string, never>>) => void
  /** Takes back what the action assumed. */
  readonly undo?: () => void
  /** What has a point after a success, within the seconds that it takes. */
  readonly next?: readonly Next[]
}

export type Next = { readonly action: string; readonly wait: number }

/** Makes a call from what exists, or nothing if there is no place for it. */
export type Action = (model: Model, random: Random) => Call | undefined

/** A contribution with what reveals it. */
export type KnownGift = TestContribution & { readonly reveal: Args }

export type KnownModel = {
  readonly model: Hash
  readonly marginBps: bigint
  /** In the order of the corpus. */
  readonly versions: readonly TestVersion[]
  readonly corpus: KnownCorpus
  readonly plainCorpus: Corpus
}

export type KnownChannel = TestChannel & { readonly model: Hash; readonly provider: Hash }

/** What stands behind a batch's present roots. */
export type Shown = {
  readonly claimed: ClaimedBody
  /** Undefined: false, or made by somebody who answers nothing. */
  readonly body: Body | undefined
  /** Of its ledger, as far as it can be read. */
  readonly ledger: { readonly entries: readonly LedgerEntry[]; readonly trees: { readonly ledger: Tree } } | undefined
  /** What a challenger found; computed when one first looks. */
  findings?: readonly Finding[]
}

export type KnownBatch = {
  readonly batch: Hash
  readonly scenario: Scenario
  readonly updates: readonly UpdateLeaf[]
  shown: Shown
}

export type KnownDemand = {
  readonly demand: Hash
  readonly batch: KnownBatch
  readonly name: string
  readonly args: Args
}

/** Everything that a run has made: what actions choose from. How it stands they read from the chain. */
export type Model = {
  readonly h: Harness
  readonly people: readonly Person[]
  readonly datanets: Hash[]
  readonly gifts: KnownGift[]
  readonly versions: TestVersion[]
  readonly models: KnownModel[]
  readonly agents: Hash[]
  readonly channels: KnownChannel[]
  readonly batches: KnownBatch[]
  readonly demands: KnownDemand[]
  /** Committed refutations that wait for their reveal. */
  readonly reveals: { readonly from: Address; readonly name: string; readonly args: Args; readonly since: bigint }[]
  /** What is to be done next. */
  readonly next: Next[]
  /** Calls that succeeded, to be made again. */
  readonly calls: Call[]
}

/** Pieces of all texts and outputs: so that outputs quote and documents repeat. */
export const phrases = [
  'the miller counts his sacks before the sun is up. ',
  'nobody reads what is written on the back of a coin ',
  'a river that is older than the town runs through it, ',
  'whoever waters the garden will see it green. ',
  'of all the boats only one came back on Sunday. ',
  'x',
].map((text) => new TextEncoder().encode(text))

/** A market to begin with: two datanets of two contributions each, two models, two providers, four channels. */
export function createModel(h: Harness): Model {
  const people = Array.from({ length: 10 }, (_, index) => person(index))
  const [curator, owner, controller, second] = people as [Person, Person, Person, Person]
  const datanets = [500n, 0n].map((curatorBps, at) =>
    createDatanet(h, curator.address, { curatorBps, bondPerKb: BigInt(at) * ether }),
  )
  const gifts = contribute(
    h,
    datanets.flatMap((datanet, at) =>
      [0, 1].map((index) => ({
        datanet: datanet.datanet,
        owner: people[4 + 2 * at + index]!.address,
        bond: BigInt(at) * ether,
        content: Buffer.concat([phrases[at + index]!, phrases[2 * index + at]!, phrases[at]!]),
      })),
    ),
  )
  const versions = datanets.map((datanet) =>
    publishVersion(
      h,
      datanet,
      gifts.filter((gift) => gift.datanet === datanet.datanet),
    ),
  )
  const model: Model = {
    h,
    people,
    datanets: datanets.map(({ datanet }) => datanet),
    gifts: gifts.map((gift) => ({ ...gift, reveal: revealed(gift.contribution) })),
    versions,
    models: [],
    agents: [],
    channels: [],
    batches: [],
    demands: [],
    reveals: [],
    next: [],
    calls: [],
  }
  for (const [index, marginBps] of [2_000n, 9_999n].entries()) {
    const listed = versions.slice(index).map(({ version }) => version)
    const parents = model.models.map((parent) => ({ model: parent.model, share: 250_000_001n }))
    knowModel(model, registerModel(h, owner.address, { versions: listed, marginBps, parents }))
  }
  for (const stake of [400_000n, 3_000n]) {
    const provider = registerProvider(h, { owner: second, controller, stake: stake * ether })
    model.agents.push(provider.agent)
    for (const payer of people.slice(8)) {
      const known = model.models[model.agents.length % 2]!
      const deposit = 2_000n * ether
      const sold = { model: known.model, marginBps: known.marginBps, corpus: [] }
      const opened = openChannel(h, { payer, provider, model: sold, deposit })
      model.channels.push(Object.assign(opened, { model: known.model, provider: provider.agent }))
    }
  }
  return model
}

/** A reveal that comes again, and so fails. */
function revealed(contribution: Hash): Args {
  const secret = { salt: zeroHash, top: zeroHash, byteLength: 1n, licence: zeroHash }
  return { contribution, ...secret, consent: 15n, consentUntil: 0n }
}

/** Takes a registered model up: reads its corpus from the chain. */
export function knowModel(
  { h, versions, models }: Model,
  { model, marginBps }: { readonly model: Hash; readonly marginBps: bigint },
): void {
  const output = h.ok(person(0).address, 'getCorpus', { model }) as unknown as { versions: readonly Hash[] }
  const listed = output.versions.map((id) => versions.find(({ version }) => version === id)!)
  const plainCorpus = listed.map(({ content }) => content)
  const corpus = knowCorpus(
    listed.map(({ head }) => head),
    plainCorpus,
  )
  models.push({ model, marginBps, versions: listed, corpus, plainCorpus })
}

/** One of these, if there is any. */
export function pickOf<T>(random: Random, items: readonly T[]): T | undefined {
  return items.length === 0 ? undefined : random.pick(items)
}

/** One of the newest that fits, mostly; sometimes any. */
export function pickFitting<T>(random: Random, items: readonly T[], fits: (item: T) => boolean): T | undefined {
  return pickOf(random, random.chance(0.08) ? items : items.slice(-newest).filter(fits))
}

const newest = 12

/** Whoever should, mostly; sometimes somebody else. */
export function someone({ people }: Model, random: Random, right?: Address): Address {
  return right === undefined || random.chance(0.06) ? random.pick(people).address : right
}

export function hashOf(random: Random): Hash {
  return keccakHash(random.bytes(16))
}
