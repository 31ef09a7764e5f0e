import type { ChannelReceipts, ChannelState, Output } from '../../../attribution/kernel/body.ts'
import type { UpdateLeaf } from '../../../attribution/kernel/leaves.ts'
import { createSaltedTree, saltsOf } from '../../../attribution/kernel/text.ts'
import { domainSeparator, packSignature, type Receipt, voucherDigest } from '../../../attribution/kernel/typedData.ts'
import { encodeUpdates } from '../../../attribution/kernel/updates.ts'
import { type Address, bytesToHash, type Hash, hexToBytes, zeroHash } from '../../../core/hex.ts'
import { keccak256, keccakHash } from '../../../core/keccak.ts'
import { sign } from '../../../core/secp256k1.ts'
import { ether } from '../../state/testChain.ts'
import type { Harness } from '../harness.ts'
import type { Person } from './people.ts'

const textHash = (text: string): Hash => keccakHash(new TextEncoder().encode(text))

export type TestModel = { readonly model: Hash; readonly marginBps: bigint; readonly corpus: readonly Hash[] }

/** Registers a model over these versions and its parents'. Its margin is 20 % unless said. */
export function registerModel(
  h: Harness,
  owner: Address,
  spec: {
    readonly versions: readonly Hash[]
    readonly marginBps?: bigint
    readonly parents?: readonly { readonly model: Hash; readonly share: bigint }[]
    readonly providers?: readonly Hash[]
    /** 1 to 7, see `modelKinds`; ngram by default: weights may have any corpus. */
    readonly kind?: bigint
    readonly name?: string
  },
): TestModel {
  const { versions, marginBps = 2_000n, parents = [], providers = [], kind = 7n, name = 'weights' } = spec
  const { model } = h.ok(
    owner,
    'registerModel',
    {
      spec: {
        weightsHash: textHash(name),
        metadataHash: zeroHash,
        method: textHash('span-v1'),
        kind,
        class: 1n,
        priceIn: 1n,
        priceOut: 1n,
        marginBps,
        minChildShare: 0n,
        parents,
        versions,
        providers,
      },
    },
    { value: 10n * ether },
  ) as unknown as { model: Hash }
  const { versions: corpus } = h.ok(owner, 'getCorpus', { model }) as unknown as { versions: readonly Hash[] }
  return { model, marginBps, corpus }
}

export type TestProvider = { readonly agent: Hash; readonly owner: Person; readonly controller: Person }

/** Registers a staked agent. */
export function registerProvider(
  h: Harness,
  { owner, controller, stake = 10_000n * ether }: { owner: Person; controller: Person; stake?: bigint },
): TestProvider {
  const args = { controller: controller.address, metadataHash: zeroHash }
  const { agent } = h.ok(owner.address, 'registerAgent', args, { value: stake }) as unknown as { agent: Hash }
  return { agent, owner, controller }
}

/** A channel as its payer and provider see it. What is sold waits in `receipts` until it is settled. */
export type TestChannel = {
  readonly channel: bigint
  readonly payer: Person
  readonly isPrivate: boolean
  settled: ChannelState
  receipts: { readonly receipt: Receipt; readonly output: Output }[]
}

/** What a channel holds unless said. */
export const channelDeposit = 1_000n * ether

export function openChannel(
  h: Harness,
  {
    payer,
    provider,
    model,
    isPrivate = false,
    deposit = channelDeposit,
  }: {
    readonly payer: Person
    readonly provider: TestProvider
    readonly model: TestModel
    readonly isPrivate?: boolean
    readonly deposit?: bigint
  },
): TestChannel {
  const args = {
    model: model.model,
    provider: provider.agent,
    sessionKey: payer.address,
    isPrivate,
    expiry: 2n ** 40n - 1n,
  }
  const { channel } = h.ok(payer.address, 'openChannel', args, { value: deposit }) as unknown as { channel: bigint }
  const { value } = h.ok(payer.address, 'getChannel', { channel }) as unknown as { value: { head: Hash } }
  return { channel, payer, isPrivate, settled: { sequence: 0n, cumulative: 0n, head: value.head }, receipts: [] }
}

/** Sells an output: the channel's next receipt. */
export function sell(channel: TestChannel, bytes: Uint8Array, price: bigint): Receipt {
  const last = channel.receipts.at(-1)?.receipt ?? channel.settled
  const sequence = last.sequence + 1n
  const salts = saltsOf(keccak256(new TextEncoder().encode(`salt ${channel.channel} ${sequence}`)), bytes.length)
  const receipt = {
    channel: channel.channel,
    sequence,
    promptRoot: textHash(`prompt ${channel.channel} ${sequence}`),
    outputRoot: createSaltedTree(bytes, salts).root,
    outputLength: bytes.length,
    tokensIn: 7,
    tokensOut: bytes.length >> 2,
    price,
    cumulative: last.cumulative + price,
    time: 1_800_000_000n,
  }
  channel.receipts.push({ receipt, output: { bytes, salts } })
  return receipt
}

/** The channels that have something to settle, as the maker of a batch body takes them. */
export function unsettled(channels: readonly TestChannel[]): readonly ChannelReceipts[] {
  return channels
    .filter(({ receipts }) => receipts.length > 0)
    .map(({ channel, settled, isPrivate, receipts }) => ({ channel, before: settled, isPrivate, receipts }))
}

/** Vouchers for these updates, signed by the channels' payers and packed for `settleBatch`. */
export function signUpdates(h: Harness, updates: readonly UpdateLeaf[], channels: readonly TestChannel[]): Uint8Array {
  const domain = domainSeparator(h.chainId)
  return encodeUpdates(
    updates.map(({ channel, afterSequence, afterCumulative, afterHead }) => {
      const voucher = { channel, sequence: afterSequence, cumulative: afterCumulative, head: afterHead }
      const { key } = channels.find((each) => each.channel === channel)!.payer
      return { ...voucher, signature: packSignature(sign(hexToBytes(voucherDigest(domain, voucher)), key)) }
    }),
  )
}

/** What `settleBatch` is told of a batch beside its vouchers. */
export type SettledRoots = {
  readonly receiptsRoot: Hash
  readonly ledgerRoot: Hash
  readonly receiptCount: bigint
  readonly ledgerCount: bigint
  readonly credit: bigint
}

/** Settles a batch with these roots, true or false; gives its id. */
export function settle(
  h: Harness,
  { provider, model }: { readonly provider: TestProvider; readonly model: TestModel },
  roots: SettledRoots,
  updates: Uint8Array,
): Hash {
  const { receiptsRoot, ledgerRoot, receiptCount, ledgerCount, credit } = roots
  const header = {
    provider: provider.agent,
    model: model.model,
    receiptsRoot,
    ledgerRoot,
    receipts: receiptCount,
    entries: ledgerCount,
    credit,
  }
  const { batch } = h.ok(provider.controller.address, 'settleBatch', { header, updates })
  return batch as unknown as Hash
}

/** Takes what was settled off the channels. */
export function markSettled(channels: readonly TestChannel[], updates: readonly UpdateLeaf[]): void {
  for (const { channel, afterSequence, afterCumulative, afterHead } of updates) {
    const settled = channels.find((each) => each.channel === channel)!
    settled.settled = { sequence: afterSequence, cumulative: afterCumulative, head: afterHead }
    settled.receipts = []
  }
}

/** 32 bytes from a text, for salts and secrets. */
export const saltOf = (text: string): Hash => bytesToHash(keccak256(new TextEncoder().encode(text)))
