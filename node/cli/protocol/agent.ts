import { agentsAbi } from '../../../attribution/abi/agents.ts'
import { zeroHash } from '../../../core/hex.ts'
import { eventOf } from '../../../sdk/events.ts'
import { exitCodes } from '../exit.ts'
import { openText } from '../openText.ts'
import type { Context } from '../verb.ts'
import { hashOrFile } from './files.ts'
import { parseAccount, parseId, parseOpen } from './parse.ts'
import { withChain } from './session.ts'
import { outputFields, reportObject, reportTransaction, timeText } from './text.ts'

/** `openledger agent register`: an agent of the key's account. */
export async function agentRegister(context: Context): Promise<number> {
  const { own, out } = context
  const value = parseOpen('--stake', typeof own.stake === 'string' ? own.stake : '0')
  const given = typeof own.controller === 'string' ? parseAccount('--controller', own.controller) : undefined
  const metadataHash = hashOrFile(typeof own.metadata === 'string' ? own.metadata : undefined) ?? zeroHash
  return await withChain(context, async ({ wallet, mined }) => {
    const owner = await wallet()
    const controller = given ?? owner.account.address
    const receipt = await mined(await owner.registerAgent({ controller, metadataHash, value }))
    const { agent } = eventOf(receipt, 'AgentRegistered')
    const text = `Registered agent ${agent} with ${openText(value)} at stake`
    reportTransaction(out, receipt, text, { agent, controller, stake: value })
    return exitCodes.ok
  })
}

/** `openledger agent stake`: adds stake. */
export async function agentStake(context: Context): Promise<number> {
  const agent = parseId('<agent>', context.args[0]!)
  const value = parseOpen('<amount>', context.args[1]!)
  return await withChain(context, async ({ wallet, mined }) => {
    const receipt = await mined(await (await wallet()).stake({ agent, value }))
    reportTransaction(context.out, receipt, `Staked ${openText(value)}`, { agent, amount: value })
    return exitCodes.ok
  })
}

/** `openledger agent unstake`: begins to take stake out. */
export async function agentUnstake(context: Context): Promise<number> {
  const agent = parseId('<agent>', context.args[0]!)
  const amount = parseOpen('<amount>', context.args[1]!)
  return await withChain(context, async ({ wallet, mined }) => {
    const receipt = await mined(await (await wallet()).unstake({ agent, amount }))
    const { availableAt } = eventOf(receipt, 'UnstakeStarted')
    const text = `${openText(amount)} can be completed at ${timeText(availableAt)}`
    reportTransaction(context.out, receipt, text, { agent, amount, availableAt })
    return exitCodes.ok
  })
}

/** `openledger agent complete`: credits the owner with stake whose unbonding has ended. */
export async function agentComplete(context: Context): Promise<number> {
  const agent = parseId('<agent>', context.args[0]!)
  return await withChain(context, async ({ wallet, mined }) => {
    const receipt = await mined(await (await wallet()).completeUnstake({ agent }))
    const { owner, amount } = eventOf(receipt, 'UnstakeCompleted')
    const text = `Credited ${owner} with ${openText(amount)}; \`openledger claim withdraw\` pays it`
    reportTransaction(context.out, receipt, text, { agent, owner, amount })
    return exitCodes.ok
  })
}

/** `openledger agent show`: an agent and its stake on the way out. */
export async function agentShow(context: Context): Promise<number> {
  const agent = parseId('<agent>', context.args[0]!)
  return await withChain(context, async ({ reader }) => {
    const value = await reader.getAgent({ agent })
    const queue = await reader.getUnbonding({ agent })
    const waiting = queue.map(({ amount, availableAt }) => `\n    ${openText(amount)} at ${timeText(availableAt)}`)
    const names = { unbonding: (wei: bigint) => `${openText(wei)}${waiting.join('')}` }
    reportObject(context.out, `Agent ${agent}`, outputFields(agentsAbi, 'getAgent'), value, names, { agent, queue })
    return exitCodes.ok
  })
}
