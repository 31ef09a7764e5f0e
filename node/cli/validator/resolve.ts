import { exitCodes } from '../exit.ts'
import { refused } from '../protocol/failure.ts'
import { whenText } from '../protocol/text.ts'
import type { Context } from '../verb.ts'
import { senderKey } from './keys.ts'
import { oracleOf, readOutput } from './outputs.ts'
import { type L1Session, withL1 } from './session.ts'
import { ethText, parseIndex, reportL1 } from './text.ts'

/** `openledger validator resolve`: ends a challenge that nobody answered, and pays the challenger if it is who sends this. */
export async function validatorResolve(context: Context): Promise<number> {
  const { args, out } = context
  const index = parseIndex(args[0]!)
  return await withL1(context, async (session) => {
    const wallet = session.wallet(await senderKey(context, 'sender-key', session.known.chainId))
    const { challenge } = await readOutput(session, index)
    if (challenge === undefined) throw refused(`nobody challenges output ${index}`, 'nothing is to be decided')
    const now = await session.now()
    if (challenge.deadline >= now) {
      const cause = `output ${index} can be upheld yet`
      throw refused(cause, `come back when its time is over, ${whenText(challenge.deadline, now)}`)
    }
    const oracle = oracleOf(session)
    const call = { ...oracle, functionName: 'resolve', args: [index] } as const
    await session.reader.simulateContract({ ...call, account: wallet.account })
    const receipt = await session.mined(await wallet.writeContract(call))
    const isMine = challenge.challenger === wallet.account.address
    const { paid } = isMine ? await takeBond(session, wallet) : { paid: 0n }
    const owed = paid > 0n ? `; paid ${ethText(paid)} to ${wallet.account.address}` : ''
    const text = `Output ${index} and all after it are gone, the proposer has lost its bond${owed}`
    reportL1(out, receipt, text, { index, challenger: challenge.challenger, paid })
    return exitCodes.ok
  })
}

/** `openledger validator withdraw-bond`: pays the sender what OutputOracle holds for it and has not locked. */
export async function validatorWithdrawBond(context: Context): Promise<number> {
  return await withL1(context, async (session) => {
    const wallet = session.wallet(await senderKey(context, 'sender-key', session.known.chainId))
    const { paid, locked, receipt } = await takeBond(session, wallet)
    const { address } = wallet.account
    if (receipt === undefined) {
      const cause = locked > 0n ? `all of its ${ethText(locked)} are locked` : 'it has no bond'
      throw refused(`the oracle has nothing to pay to ${address}: ${cause}`, 'wait until its challenges are over')
    }
    reportL1(context.out, receipt, `Paid ${ethText(paid)} to ${address} on L1`, { account: address, paid, locked })
    return exitCodes.ok
  })
}

async function takeBond(session: L1Session, wallet: ReturnType<L1Session['wallet']>) {
  const { reader } = session
  const oracle = oracleOf(session)
  const account = [wallet.account.address] as const
  const [held, locked] = await Promise.all([
    reader.readContract({ ...oracle, functionName: 'bondOf', args: account }),
    reader.readContract({ ...oracle, functionName: 'lockedBond', args: account }),
  ])
  const paid = held - locked
  if (paid === 0n) return { paid, locked, receipt: undefined }
  const hash = await wallet.writeContract({ ...oracle, functionName: 'withdrawBond', args: [paid] })
  return { paid, locked, receipt: await session.mined(hash) }
}
