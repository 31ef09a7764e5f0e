import { type Address, formatEther } from 'viem'
import { tokenAbi } from '../../../sdk/bridge/abi.ts'
import { exitCodes } from '../exit.ts'
import { openText } from '../openText.ts'
import { refused } from '../protocol/failure.ts'
import { parseOpen } from '../protocol/parse.ts'
import { whenText } from '../protocol/text.ts'
import type { Context } from '../verb.ts'
import { eventOf } from './event.ts'
import { senderKey } from './keys.ts'
import { chosenValidator, type Registered, readTerms } from './registry.ts'
import { type L1Session, withL1 } from './session.ts'
import { reportL1 } from './text.ts'

/** A validator whose owner signs. */
export type Owned = {
  readonly session: L1Session
  readonly wallet: ReturnType<L1Session['wallet']>
  readonly owner: Address
  readonly validator: Registered
}

/** Runs a verb of a validator's owner. `fits` tells which validators of an owner with several can be meant. */
export async function asOwner(
  context: Context,
  fits: (validator: Registered) => boolean,
  work: (owned: Owned) => Promise<number>,
): Promise<number> {
  const { id } = context.own
  return await withL1(context, async (session) => {
    const wallet = session.wallet(await senderKey(context, 'owner-key', session.known.chainId))
    const owner = wallet.account.address
    const given = typeof id === 'string' ? id : undefined
    return await work({ session, wallet, owner, validator: await chosenValidator(session, { owner, given, fits }) })
  })
}

/** `openledger validator increase`: adds stake. */
export async function validatorIncrease(context: Context): Promise<number> {
  const amount = parseOpen('<amount>', context.args[0]!)
  const fits = ({ isSlashed }: Registered) => !isSlashed
  return await asOwner(context, fits, async ({ session, wallet, owner, validator: { id } }) => {
    const { chain: targetChain, reader, known } = session
    const token = { address: known.contracts.open, abi: tokenAbi } as const
    const held = await reader.readContract({ ...token, functionName: 'balanceOf', args: [owner] })
    if (held < amount) {
      throw refused(`${owner} has ${openText(held)} on L1, ${openText(amount)} are needed`, 'send it some on L1')
    }
    const receipt = await session.mined(await wallet.increaseStake({ targetChain, id, amount }))
    const { stake } = eventOf(receipt, 'StakeChanged')
    const text = `Validator ${id} has ${openText(stake)} at stake; L2 knows it when it has L1 block ${receipt.blockNumber}`
    reportL1(context.out, receipt, text, { id, amount, stake })
    return exitCodes.ok
  })
}

/** `openledger validator unbond`: begins to take stake out, all of it unless an amount is named. */
export async function validatorUnbond(context: Context): Promise<number> {
  const given = context.own.amount
  const asked = typeof given === 'string' ? parseOpen('--amount', given) : undefined
  return await asOwner(context, isActive, async ({ session, wallet, validator: { id, stake, unbonding } }) => {
    const amount = asked ?? stake
    const { minStake } = await readTerms(session)
    if (amount > stake) {
      throw refused(`validator ${id} has ${openText(stake)} at stake`, 'unbond at most that much: --amount')
    }
    if (amount < stake && stake - amount < minStake) {
      const most = stake > minStake ? `at most ${formatEther(stake - minStake)}, or ` : ''
      throw refused(
        `${openText(stake - amount)} would be left, less than the ${openText(minStake)} that validators need`,
        `give --amount ${most}nothing to take out all of it`,
      )
    }
    const { chain: targetChain } = session
    const receipt = await session.mined(await wallet.unbondStake({ targetChain, id, amount }))
    const { amount: together, unbondedAt } = eventOf(receipt, 'Unbonding')
    const again = unbonding > 0n ? `, together with ${openText(unbonding)} from before` : ''
    const when = whenText(unbondedAt, await session.now())
    const lines = [
      `${openText(amount)} of validator ${id} count no longer${again}`,
      `\`openledger validator withdraw\` pays ${openText(together)} ${when}; until then it can be lost`,
      ...(amount === stake ? ['Let its node run until then: outputs that it attested may still be doubted'] : []),
    ]
    const values = { id, amount, stake: stake - amount, unbonding: together, unbondedAt }
    reportL1(context.out, receipt, lines.join('\n'), values)
    return exitCodes.ok
  })
}

/** `openledger validator withdraw`: pays the owner what has unbonded. */
export async function validatorWithdraw(context: Context): Promise<number> {
  const fits = ({ unbonding }: Registered) => unbonding > 0n
  return await asOwner(context, fits, async ({ session, wallet, owner, validator }) => {
    const { id, unbonding, unbondedAt } = validator
    const now = await session.now()
    if (unbonding > 0n && unbondedAt > now) {
      throw refused(`${openText(unbonding)} of validator ${id} are unbonding`, `come back ${whenText(unbondedAt, now)}`)
    }
    const receipt = await session.mined(await wallet.withdrawStake({ targetChain: session.chain, id }))
    const { amount } = eventOf(receipt, 'Withdrawn')
    reportL1(context.out, receipt, `Paid ${openText(amount)} to ${owner} on L1`, { id, owner, amount })
    return exitCodes.ok
  })
}

/** Whether a validator has stake that counts. */
export function isActive({ stake }: Registered): boolean {
  return stake > 0n
}
