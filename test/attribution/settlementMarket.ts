import { type Body, buildBody, type ChannelState } from '../../attribution/kernel/body.ts'
import type { Corpus } from '../../attribution/kernel/span/corpus.ts'
import { domainSeparator, packSignature, voucherDigest } from '../../attribution/kernel/typedData.ts'
import { encodeUpdates } from '../../attribution/kernel/updates.ts'
import { type Address, type Hash, hexToBytes, zeroHash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { privateKeyToAddress, sign } from '../../core/secp256k1.ts'
import { ether, keys, senders } from '../state/testChain.ts'
import { bytesOf, contribute, createDatanet, type Published, publish } from './datasets.ts'
import { createHarness, type Harness } from './harness.ts'
import { receiptsOf } from './kernel/bodies.ts'

// A provider that sells models over datanets, and payers with channels: what most tests of Settlement begin with.

/** Who owns the provider agent, who acts for it, who owns the models, who curates. */
export const [providerOwner, controller, modelOwner, curator] = senders.slice(10, 14) as [
  Address,
  Address,
  Address,
  Address,
]
/** Contributors and payers: any number below ten of each. */
export const contributor = (index: number): Address => senders[20 + index]!
export const payer = (index: number): Address => senders[40 + index]!
/** All payers sign with one session key unless a test says otherwise. */
export const sessionKey = keys[59]!
export const sessionAddress = privateKeyToAddress(sessionKey)

/** A staked agent. */
export function createProvider(h: Harness, stake = 100_000n * ether): Hash {
  return h.ok(providerOwner, 'registerAgent', { controller, metadataHash: zeroHash }, { value: stake }).agent!
}

/** A datanet with one version; text i is contributor i's. */
export function createData(
  h: Harness,
  texts: readonly string[],
  terms: Readonly<Record<string, unknown>> = {},
): Published {
  const datanet = createDatanet(h, curator, terms)
  const contents = texts.map((text, index) => contribute(h, contributor(index), datanet, text))
  h.pass(10n)
  return publish(h, curator, datanet, contents)
}

/** A model over these versions. */
export function createModel(
  h: Harness,
  versions: readonly Published[],
  terms: Readonly<Record<string, unknown>> & { readonly label?: string; readonly from?: Address } = {},
): Hash {
  const { label = 'model', from = modelOwner, ...spec } = terms
  const defaults = {
    weightsHash: keccakHash(bytesOf(label)),
    metadataHash: zeroHash,
    method: zeroHash,
    kind: 1n,
    class: 1n,
    priceIn: 1n,
    priceOut: 1n,
    marginBps: 4_000n,
    minChildShare: 0n,
    parents: [],
    versions: versions.map(({ version }) => version),
    providers: [],
  }
  return h.ok(from, 'registerModel', { spec: { ...defaults, ...spec } }, { value: 10n * ether }).model!
}

/** A provider with one model, and the corpus that it is traced to. */
export type Market = {
  readonly provider: Hash
  readonly model: Hash
  readonly corpus: Corpus
}

/** The effective corpus of a model, from what was published. */
export function corpusOfModel(h: Harness, model: Hash, published: readonly Published[]): Corpus {
  const { versions } = h.ok(modelOwner, 'getCorpus', { model }) as unknown as { versions: readonly Hash[] }
  return versions.map((id) => published.find(({ version }) => version === id)!)
}

/** One datanet of two texts, one model over it. */
export function createMarket(h: Harness, texts = marketTexts): Market & { readonly data: Published } {
  const data = createData(h, texts, { curatorBps: 1_000n })
  const model = createModel(h, [data])
  return { provider: createProvider(h), model, corpus: corpusOfModel(h, model, [data]), data }
}

export const marketTexts = [
  'Whoever waters the garden before the sun is up will see it green in August.',
  'The ledger of the mill was kept by the youngest daughter, in blue ink and without a mistake.',
]

/** Opens a channel with the common session key, for a day. */
export function openChannel(
  h: Harness,
  { provider, model }: Pick<Market, 'provider' | 'model'>,
  options: {
    readonly from?: Address
    readonly deposit?: bigint
    readonly isPrivate?: boolean
    readonly expiry?: bigint
  } = {},
): bigint {
  const { from = payer(0), deposit = 1_000n * ether, isPrivate = false, expiry = h.now + 86_400n } = options
  const args = { model, provider, sessionKey: sessionAddress, isPrivate, expiry }
  return h.ok(from, 'openChannel', args, { value: deposit }).channel!
}

/** A market with channels 1 to n. */
export function openMarket(
  channels: number,
  deposit = 10n * ether,
): { h: Harness; market: Market; channels: bigint[] } {
  const h = createHarness()
  const market = createMarket(h)
  return { h, market, channels: Array.from({ length: channels }, () => openChannel(h, market, { deposit })) }
}

/** A channel as the chain has it. */
export function channelState(h: Harness, channel: bigint): ChannelState & { readonly isPrivate: boolean } {
  return h.ok(payer(0), 'getChannel', { channel }).value as unknown as ChannelState & { isPrivate: boolean }
}

/** Where a channel stands afterwards, by its payer's signature. */
export type Voucher = {
  readonly channel: bigint
  readonly sequence: bigint
  readonly cumulative: bigint
  readonly head: Hash
}

/** Packs vouchers, signed for this chain with this key, in the order of their channels. */
export function packUpdates(h: Harness, vouchers: readonly Voucher[], key = sessionKey): Uint8Array {
  const domain = domainSeparator(h.chainId)
  const ordered = [...vouchers].sort((a, b) => (a.channel < b.channel ? -1 : 1))
  return encodeUpdates(
    ordered.map((voucher) => ({
      ...voucher,
      signature: packSignature(sign(hexToBytes(voucherDigest(domain, voucher)), key)),
    })),
  )
}

/** Arguments of `settleBatch` for plain payments: one receipt and so many wei per channel, roots of nothing real. */
export function plainBatch(
  h: Harness,
  { provider, model }: Pick<Market, 'provider' | 'model'>,
  payments: readonly { readonly channel: bigint; readonly wei: bigint; readonly receipts?: bigint }[],
  header: Readonly<Record<string, unknown>> = {},
): { readonly header: Readonly<Record<string, unknown>>; readonly updates: Uint8Array } {
  let receipts = 0n
  const vouchers = payments.map(({ channel, wei, receipts: count = 1n }) => {
    const { sequence, cumulative } = channelState(h, channel)
    receipts += count
    const head = keccakHash(bytesOf(`head ${channel} ${sequence + count}`))
    return { channel, sequence: sequence + count, cumulative: cumulative + wei, head }
  })
  const roots = { receiptsRoot: keccakHash(bytesOf('receipts')), ledgerRoot: keccakHash(bytesOf('ledger')) }
  return {
    header: { provider, model, ...roots, receipts, entries: 0n, credit: 0n, ...header },
    updates: packUpdates(h, vouchers),
  }
}

/** What a channel sells in a batch. */
export type Sale = {
  readonly channel: bigint
  readonly sold: readonly { readonly output: string; readonly price: bigint }[]
}

/** An honest batch with its body, as a gateway makes it. */
export function honestBatch(
  h: Harness,
  market: Market,
  sales: readonly Sale[],
): {
  readonly body: Body
  readonly args: { readonly header: Readonly<Record<string, unknown>>; readonly updates: Uint8Array }
} {
  const { provider, model, corpus } = market
  const { marginBps } = h.ok(modelOwner, 'getModel', { model }).value as unknown as { marginBps: bigint }
  const { split } = h.ok(modelOwner, 'splitNow') as unknown as { split: { data: bigint } }
  const specificBps: bigint = h.ok(modelOwner, 'paramNow', { param: 9n }).value!
  const channels = sales.map(({ channel, sold }) => {
    const before = channelState(h, channel)
    const { isPrivate, sequence, cumulative } = before
    const texts = sold.map(({ output, price }) => ({ output: bytesOf(output), price }))
    return { ...receiptsOf({ channel, isPrivate, sequence, cumulative, sold: texts }), before }
  })
  const body = buildBody({ chainId: h.chainId, corpus, channels, marginBps, dataBps: split.data, specificBps })
  const { receiptsRoot, ledgerRoot, receiptCount: receipts, ledgerCount: entries, credit } = body.header
  const vouchers = body.updates.map(({ channel, afterSequence, afterCumulative, afterHead }) => ({
    channel,
    sequence: afterSequence,
    cumulative: afterCumulative,
    head: afterHead,
  }))
  const header = { provider, model, receiptsRoot, ledgerRoot, receipts, entries, credit }
  return { body, args: { header, updates: packUpdates(h, vouchers) } }
}

/** Settles as the controller and gives the batch's id. */
export function settle(h: Harness, args: { readonly header: unknown; readonly updates: Uint8Array }): Hash {
  return h.ok(controller, 'settleBatch', args).batch!
}

/** Lets the window pass and finalizes. */
export function finalize(h: Harness, batch: Hash): void {
  h.pass(61n)
  h.ok(payer(9), 'finalizeBatch', { batch })
}
