import { agentsAbi } from '../../../attribution/abi/agents.ts'
import { zeroHash } from '../../../core/hex.ts'
import { paramNumbers } from '../../../sdk/contracts.ts'
import { eventOf } from '../../../sdk/events.ts'
import { exitCodes } from '../exit.ts'
import { openText } from '../openText.ts'
import type { Output } from '../output.ts'
import type { Context } from '../verb.ts'
import { hashOrFile } from './files.ts'
import { parseAccount, parseId, parseOpen } from './parse.ts'
import { type Session, withChain } from './session.ts'
import { outputFields, reportObject, reportTransaction, whenText } from './text.ts'

/** `openledger agent register`: an agent of the key's account. */
export async function agentRegister(context: Context): Promise<number> {
  const { own, out } = context
  const value = parseOpen('--stake', typeof own.stake === 'string' ? own.stake : '0')
  const given = typeof own.controller === 'string' ? parseAccount('--controller', own.controller) : undefined
  const metadataHash = hashOrFile(typeof own.metadata === 'string' ? own.metadata : undefined) ?? zeroHash
  return await withChain(context, async (session) => {
    const { wallet, mined } = session
    const owner = await wallet()
    const controller = given ?? owner.account.address
    const receipt = await mined(await owner.registerAgent({ controller, metadataHash, value }))
    const { agent } = eventOf(receipt, 'AgentRegistered')
    await warnOfStake(session, out, value)
    const text = `Registered agent ${agent} with ${openText(value)} at stake`
    reportTransaction(out, receipt, text, { id: agent, agent, controller, stake: value })
    return exitCodes.ok
  })
}

/** `openledger agent stake`: adds stake. */
export async function agentStake(context: Context): Promise<number> {
  const agent = parseId('<agent>', context.args[0]!)
  const value = parseOpen('<amount>', context.args[1]!)
  return await withChain(context, async (session) => {
    const receipt = await session.mined(await (await session.wallet()).stake({ agent, value }))
    const { stake } = await session.reader.getAgent({ agent })
    await warnOfStake(session, context.out, stake)
    const text = `Staked ${openText(value)}, together ${openText(stake)}`
    reportTransaction(context.out, receipt, text, { id: agent, agent, amount: value, stake })
    return exitCodes.ok
  })
}

/** `openledger agent unstake`: begins to take stake out. */
export async function agentUnstake(context: Context): Promise<number> {
  const agent = parseId('<agent>', context.args[0]!)
  const amount = parseOpen('<amount>', context.args[1]!)
  return await withChain(
    context,
    async (session) => {
      const { wallet, mined, now, reader } = session
      const receipt = await mined(await (await wallet()).unstake({ agent, amount }))
      const { availableAt } = eventOf(receipt, 'UnstakeStarted')
      await warnOfStake(session, context.out, (await reader.getAgent({ agent })).stake)
      const text = `${openText(amount)} can be completed ${whenText(availableAt, await now())}`
      reportTransaction(context.out, receipt, text, { id: agent, agent, amount, availableAt })
      return exitCodes.ok
    },
    hints,
  )
}

/** `openledger agent complete`: credits the owner with stake whose unbonding has ended. */
export async function agentComplete(context: Context): Promise<number> {
  const agent = parseId('<agent>', context.args[0]!)
  return await withChain(context, async ({ wallet, mined }) => {
    const receipt = await mined(await (await wallet()).completeUnstake({ agent }))
    const { owner, amount } = eventOf(receipt, 'UnstakeCompleted')
    const text = `Credited ${owner} with ${openText(amount)}; \`openledger claim withdraw\` pays it`
    reportTransaction(context.out, receipt, text, { id: agent, agent, owner, amount })
    return exitCodes.ok
  })
}

/** `openledger agent show`: an agent and its stake on the way out. */
export async function agentShow(context: Context): Promise<number> {
  const agent = parseId('<agent>', context.args[0]!)
  return await withChain(context, async ({ reader, now }) => {
    const value = await reader.getAgent({ agent })
    const queue = await reader.getUnbonding({ agent })
    const time = await now()
    const waiting = queue.map(({ amount, availableAt }) => `\n    ${openText(amount)} ${whenText(availableAt, time)}`)
    const names = { unbonding: (wei: bigint) => `${openText(wei)}${waiting.join('')}` }
    reportObject(context.out, `Agent ${agent}`, outputFields(agentsAbi, 'getAgent'), value, names, {
      id: agent,
      agent,
      queue,
    })
    return exitCodes.ok
  })
}

const hints = {
  fixes: {
    NotAllowed: 'only the owner of the agent may: sign with its key, --key or --dev',
    StakeTooLow: 'take less out: `openledger agent show` has the stake',
  },
} as const

async function warnOfStake({ reader }: Session, out: Output, stake: bigint): Promise<void> {
  const { value: least } = await reader.paramNow({ param: paramNumbers.minStake })
  if (stake < least)
    out.note(`warning: to provide, an agent needs ${openText(least)} at stake, and this one has ${openText(stake)}`)
}
