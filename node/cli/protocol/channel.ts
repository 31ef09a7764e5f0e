import { settlementAbi } from '../../../attribution/abi/settlement.ts'
import { modelStatus } from '../../../attribution/models/handlers.ts'
import { eventOf } from '../../../sdk/events.ts'
import { exitCodes } from '../exit.ts'
import { openText } from '../openText.ts'
import type { Context } from '../verb.ts'
import { parseAccount, parseChannel, parseDuration, parseId, parseOpen } from './parse.ts'
import { withChain } from './session.ts'
import { outputFields, reportObject, reportTransaction, timeText, whenText } from './text.ts'

/** `openledger channel open`: locks a deposit for one provider of one model. */
export async function channelOpen(context: Context): Promise<number> {
  const { args, own, out } = context
  const model = parseId('<model>', args[0]!)
  const provider = parseId('<provider>', args[1]!)
  const value = parseOpen('--deposit', typeof own.deposit === 'string' ? own.deposit : '1')
  const lasts = parseDuration('--for', typeof own.for === 'string' ? own.for : '30d')
  const session = typeof own.session === 'string' ? parseAccount('--session', own.session) : undefined
  return await withChain(
    context,
    async ({ wallet, mined, now }) => {
      const payer = await wallet()
      const sessionKey = session ?? payer.account.address
      const expiry = (await now()) + lasts
      const terms = { model, provider, sessionKey, isPrivate: own.private === true, expiry }
      const receipt = await mined(await payer.openChannel({ ...terms, value }))
      const { channel, head } = eventOf(receipt, 'ChannelOpened')
      const text = `Opened channel ${channel} with ${openText(value)} until ${timeText(expiry)}`
      reportTransaction(out, receipt, text, { id: channel, channel, head, deposit: value, expiry, sessionKey })
      return exitCodes.ok
    },
    ofOpening,
  )
}

const ofOpening = {
  fixes: {
    BondTooLow: 'lock at least that much: --deposit',
    NotAllowed: 'the model needs a price, and has to allow this provider: `openledger model show`',
    StakeTooLow: 'the provider needs more stake: `openledger agent stake`',
    WrongStatus: 'choose a model that is not retired',
  },
  statuses: modelStatus,
} as const
const ofPayer = {
  fixes: {
    NotAllowed: 'only the payer of the channel may: sign with its key, --key or --dev',
    WrongStatus: 'nothing is left to do: wait until the notice ends, then `openledger channel reclaim`',
    AlreadyClaimed: 'nothing is left in the channel: `openledger claim withdraw` pays what was credited',
  },
  statuses: { 'notice given': 1n },
} as const

/** `openledger channel topup`: adds to the deposit. */
export async function channelTopup(context: Context): Promise<number> {
  const channel = parseChannel('<channel>', context.args[0]!)
  const value = parseOpen('<amount>', context.args[1]!)
  return await withChain(
    context,
    async ({ reader, wallet, mined, now }) => {
      const { noticeEnd } = await reader.getChannel({ channel })
      if (noticeEnd > 0) context.out.note(`warning: its payer gave notice, it ends ${whenText(noticeEnd, await now())}`)
      const receipt = await mined(await (await wallet()).topUp({ channel, value }))
      const { deposit } = eventOf(receipt, 'ChannelToppedUp')
      const made = { id: channel, channel, deposit, noticeEnd }
      reportTransaction(context.out, receipt, `Channel ${channel} has ${openText(deposit)}`, made)
      return exitCodes.ok
    },
    ofPayer,
  )
}

/** `openledger channel close`: gives notice. */
export async function channelClose(context: Context): Promise<number> {
  const channel = parseChannel('<channel>', context.args[0]!)
  return await withChain(
    context,
    async ({ wallet, mined, now }) => {
      const receipt = await mined(await (await wallet()).closeChannel({ channel }))
      const { noticeEnd } = eventOf(receipt, 'ChannelNotice')
      const text = `Channel ${channel} ends ${whenText(noticeEnd, await now())}; after that \`openledger channel reclaim ${channel}\``
      reportTransaction(context.out, receipt, text, { id: channel, channel, noticeEnd })
      return exitCodes.ok
    },
    ofPayer,
  )
}

/** `openledger channel reclaim`: credits the payer with what was not spent. */
export async function channelReclaim(context: Context): Promise<number> {
  const channel = parseChannel('<channel>', context.args[0]!)
  return await withChain(
    context,
    async ({ wallet, mined }) => {
      const receipt = await mined(await (await wallet()).reclaim({ channel }))
      const { payer, amount } = eventOf(receipt, 'ChannelReclaimed')
      const text = `Credited ${payer} with ${openText(amount)}; \`openledger claim withdraw\` pays it`
      reportTransaction(context.out, receipt, text, { id: channel, channel, payer, amount })
      return exitCodes.ok
    },
    ofPayer,
  )
}

/** `openledger channel show`: a channel as it is stored. */
export async function channelShow(context: Context): Promise<number> {
  const channel = parseChannel('<channel>', context.args[0]!)
  return await withChain(context, async ({ reader }) => {
    const value = await reader.getChannel({ channel })
    reportObject(
      context.out,
      `Channel ${channel}`,
      outputFields(settlementAbi, 'getChannel'),
      value,
      {},
      {
        id: channel,
        channel,
      },
    )
    return exitCodes.ok
  })
}
