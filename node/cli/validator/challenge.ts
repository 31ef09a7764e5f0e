import { exitCodes } from '../exit.ts'
import { refused } from '../protocol/failure.ts'
import { whenText } from '../protocol/text.ts'
import type { Context } from '../verb.ts'
import { askOutputRoot } from './ask.ts'
import { eventOf } from './event.ts'
import { senderKey } from './keys.ts'
import { type Output, oracleOf, outputFacts, readOutput } from './outputs.ts'
import { type L1Session, withL1 } from './session.ts'
import { ethText, type Plan, parseIndex, planText, reportL1 } from './text.ts'

/** `openledger validator challenge`: doubts an output with a bond. */
export async function validatorChallenge(context: Context): Promise<number> {
  const { args, own, out } = context
  const index = parseIndex(args[0]!)
  return await withL1(context, async (session) => {
    const wallet = session.wallet(await senderKey(context, 'sender-key', session.known.chainId))
    const output = await readOutput(session, index)
    refuseDecided(output)
    const [bond, opinion] = [await bondOf(session), await opinionOf(context, session, output)]
    if (opinion === 'right' && own.anyway !== true) {
      throw refused(
        `the node at ${session.known.nodeUrl} has the same output root: who challenges a right output loses ${ethText(bond)}`,
        'leave it, or add --anyway if its L1 block is what is wrong',
      )
    }
    const plan = planOf(session, output, { bond, opinion })
    const request = {
      ...oracleOf(session),
      functionName: 'challenge',
      args: [index, output.claim.outputRoot],
      value: bond,
    } as const
    // Before anything is paid L1 says whether it takes it.
    await session.reader.simulateContract({ ...request, account: wallet.account })
    if (own['dry-run'] === true) {
      out.result(`${planText(plan)}\nL1 would take it. Nothing was sent.`, { ...plan.values, sent: false })
      return exitCodes.ok
    }
    out.note(planText(plan))
    const receipt = await session.mined(await wallet.writeContract(request))
    const { deadline } = eventOf(receipt, 'OutputChallenged')
    const lines = [
      `Challenged output ${index}: it has to be upheld ${whenText(deadline, await session.now())}`,
      `If it is not: \`openledger validator resolve ${index}\` pays the bond back and half of the proposer's`,
    ]
    reportL1(out, receipt, lines.join('\n'), { ...plan.values, deadline, sent: true })
    return exitCodes.ok
  })
}

async function bondOf(session: L1Session): Promise<bigint> {
  return await session.reader.readContract({ ...oracleOf(session), functionName: 'BOND' })
}

function refuseDecided({ index, isUpheld, isFinal, challenge }: Output): void {
  if (index === 0n) throw refused('output 0 is that of the genesis block', 'it cannot be challenged')
  if (isUpheld)
    throw refused(`output ${index} was upheld`, 'two thirds of the stake have vouched for it: nothing to do')
  if (challenge !== undefined)
    throw refused(
      `${challenge.challenger} challenges output ${index} already`,
      'one challenge is enough: wait how it ends',
    )
  if (isFinal) throw refused(`output ${index} is final`, 'it was too late: only governance can do something about it')
}

/** What a node thinks of an output's root; undefined if none was asked or it does not know the block. */
async function opinionOf({ signal }: Context, { known }: L1Session, { claim }: Output): Promise<Opinion | undefined> {
  if (known.nodeUrl === undefined) return undefined
  const root = await askOutputRoot(known.nodeUrl, claim.l2BlockNumber, signal)
  return root === undefined ? undefined : root === claim.outputRoot ? 'right' : 'wrong'
}

type Opinion = keyof typeof opinions

const opinions = {
  right: 'has the same output root for this block',
  wrong: 'has another output root for this block: the output is wrong',
} as const

function planOf(
  { known }: L1Session,
  output: Output,
  { bond, opinion }: { bond: bigint; opinion: Opinion | undefined },
): Plan {
  const { index, claim } = output
  const said =
    opinion === undefined ? 'no node was asked that knows this block' : `${known.nodeUrl} ${opinions[opinion]}`
  return {
    title: `Challenging output ${index} of chain ${known.chainId}`,
    facts: [
      ...outputFacts(output),
      ['the node', said],
      ['bond', `${ethText(bond)} on L1`],
      ['lost', 'if two thirds of the stake uphold the output: half goes to the proposer, half is burned'],
      ['paid back', 'if nobody upholds it in time, with half of the bond of the proposer: `validator resolve`'],
      ['meanwhile', 'neither this output nor any after it becomes final, and withdrawals wait'],
    ],
    values: { index, ...claim, bond, opinion },
  }
}
