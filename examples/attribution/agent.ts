// A provider registers with stake, takes a part of it out again and withdraws it.
//   npx node examples/attribution/agent.ts [http://127.0.0.1:8545]
import { parseEther } from 'viem'
import { type Hash, zeroHash } from '../../core/hex.ts'
import { protocolError } from '../../sdk/errors.ts'
import { eventOf } from '../../sdk/events.ts'
import { nodeUrl } from '../connect.ts'
import { dateOf, type Example, open, openExample } from './setup.ts'

/** An agent of an account, which is its controller too: its key signs receipts. */
export async function registerAgent({ wallet, mined }: Example, account: number, stake: bigint): Promise<Hash> {
  const owner = wallet(account)
  const controller = owner.account.address
  const hash = await owner.registerAgent({ controller, metadataHash: zeroHash, value: stake })
  return eventOf(await mined(hash), 'AgentRegistered').agent
}

/** Unbonding takes its time: meanwhile the stake can be slashed for what it backed. */
export async function unbond(example: Example): Promise<void> {
  const { wallet, reader, mined, until, say } = example
  const owner = wallet(6)
  const agent = await registerAgent(example, 6, parseEther('300'))
  const { availableAt } = eventOf(
    await mined(await owner.unstake({ agent, amount: parseEther('100') })),
    'UnstakeStarted',
  )

  const tooEarly = await owner.completeUnstake({ agent }).catch((thrown: unknown) => protocolError(thrown))
  if (typeof tooEarly === 'object' && tooEarly.name === 'TooEarly')
    say(`refused: ${tooEarly.name} (${dateOf(tooEarly.args.earliest)}). ${tooEarly.meaning}`)
  await until(availableAt)
  const { amount } = eventOf(await mined(await owner.completeUnstake({ agent })), 'UnstakeCompleted')
  // No more than that: the account may have other credit.
  await mined(await owner.withdrawTo({ to: owner.account.address, amount }))
  const { stake } = await reader.getAgent({ agent })
  say(`withdrew ${open(amount)}, ${open(stake)} stay at stake`)
}

if (import.meta.main) await unbond(openExample(await nodeUrl()))
