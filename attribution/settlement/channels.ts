import { type Address, bigintToFixed, bytesToHash, type Hash, hexToBytes, zeroAddress } from '../../core/hex.ts'
import { settlementAbi } from '../abi/settlement.ts'
import { loadAgent, needProvider } from '../agents/stake.ts'
import { firstHead } from '../kernel/typedData.ts'
import { modelStatus } from '../models/handlers.ts'
import { corpusOf, isAllowedProvider, loadModel } from '../models/load.ts'
import { smaller } from '../native/bigint.ts'
import { type Call, chargedHash, fail, need } from '../native/call.ts'
import { hashGas } from '../native/gas.ts'
import { amount as checkAmount, credit, param, receive } from '../native/money.ts'
import type { RecordValue } from '../native/record.ts'
import { emitterOf } from '../native/table.ts'
import { versions } from '../storage/datanets.ts'
import { channelCounter, channels } from '../storage/settlement.ts'

const emit = emitterOf(settlementAbi)

const maxTime = 2n ** 40n - 1n
/** "openledger/channel", u64, u48, address. */
const headBytes = 18 + 8 + 6 + 20
/** The status that `WrongStatus` tells of a channel: its payer gave notice. */
const noticeGiven = 1n

/** A channel as it is stored. */
export type Channel = RecordValue<typeof channels.fields>

/** The channel, or `UnknownObject` with its number as the id. Reads 8 slots. */
export function loadChannel(call: Call, channel: bigint): Channel {
  const value = channels.get(call.store, channel)
  return value.payer === zeroAddress ? fail('UnknownObject', { id: bytesToHash(bigintToFixed(channel, 32)) }) : value
}

/** What a channel and a batch have in common: keccak(provider ‖ model). */
export function pairOf(call: Call, provider: Hash, model: Hash): Hash {
  return chargedHash(call, hexToBytes(provider), hexToBytes(model))
}

/** The last second in which a channel can be settled and topped up. */
export function channelEnd({ expiry, noticeEnd }: Pick<Channel, 'expiry' | 'noticeEnd'>): bigint {
  return noticeEnd === 0n ? expiry : smaller(expiry, noticeEnd)
}

export function openChannel(
  call: Call,
  args: {
    readonly model: Hash
    readonly provider: Hash
    readonly sessionKey: Address
    readonly isPrivate: boolean
    readonly expiry: bigint
  },
): { readonly channel: bigint } {
  const { model, provider, sessionKey, isPrivate, expiry } = args
  const providerKey = needOffer(call, model, provider)
  need(expiry > call.now, 'OutOfBounds', { min: call.now + 1n, max: maxTime })
  need(sessionKey !== zeroAddress, 'BadRecipient')
  const least = param(call, 'minDeposit')
  need(call.value >= least, 'BondTooLow', { needed: least })

  const channel = channelCounter.field(call.store, 'count') + 1n
  call.charge(hashGas(headBytes))
  const head = firstHead(call.chainId, channel, call.caller)
  channelCounter.set(call.store, { count: channel })
  const shared = { sessionKey, providerKey, isPrivate, expiry, head, payer: call.caller, provider, model }
  channels.set(call.store, { ...shared, pair: pairOf(call, provider, model), deposit: call.value }, channel)
  receive(call, 'deposits', call.value)
  emit(call, 'ChannelOpened', { ...shared, channel, deposit: call.value })
  return { channel }
}

export function topUp(call: Call, { channel }: { readonly channel: bigint }): undefined {
  const value = loadChannel(call, channel)
  need(call.caller === value.payer, 'NotAllowed')
  need(call.now <= channelEnd(value), 'ChannelClosed', { channel })
  need(call.value > 0n, 'ZeroAmount')
  const deposit = checkAmount(value.deposit + call.value)
  channels.set(call.store, { deposit }, channel)
  receive(call, 'deposits', call.value)
  emit(call, 'ChannelToppedUp', { channel, amount: call.value, deposit })
}

/** The payer gives notice: the provider has this long to settle what it is owed. */
export function closeChannel(call: Call, { channel }: { readonly channel: bigint }): undefined {
  const value = loadChannel(call, channel)
  need(call.caller === value.payer, 'NotAllowed')
  need(call.now <= channelEnd(value), 'ChannelClosed', { channel })
  need(value.noticeEnd === 0n, 'WrongStatus', { status: noticeGiven })
  const noticeEnd = call.now + param(call, 'noticeSec')
  channels.set(call.store, { noticeEnd }, channel)
  emit(call, 'ChannelNotice', { channel, noticeEnd })
}

/** Credits the payer with what was never spent. Nothing can be settled any more. */
export function reclaim(call: Call, { channel }: { readonly channel: bigint }): { readonly amount: bigint } {
  const value = loadChannel(call, channel)
  const end = channelEnd(value)
  need(call.now > end, 'TooEarly', { earliest: end + 1n })
  const amount = value.deposit - value.cumulative
  need(amount > 0n, 'AlreadyClaimed')
  channels.set(call.store, { deposit: value.cumulative }, channel)
  credit(call, 'deposits', value.payer, amount)
  emit(call, 'ChannelReclaimed', { channel, payer: value.payer, amount })
  return { amount }
}

/** Fails unless this provider sells this model to new payers; gives the key that will sign its receipts. */
function needOffer(call: Call, id: Hash, provider: Hash): Address {
  const model = loadModel(call, id)
  need(model.retiredAt === 0n, 'WrongStatus', { status: modelStatus.retired })
  // Only models that say they are sold had to show that their data may be.
  need(model.priceIn > 0n || model.priceOut > 0n, 'NotAllowed')
  const agent = loadAgent(call, provider)
  needProvider(call, agent)
  need(isAllowedProvider(call, id, model, provider), 'NotAllowed')
  for (const version of corpusOf(call, id, model))
    need(!versions.field(call.store, 'refuted', version), 'VersionRefuted', { version })
  return agent.controller
}
