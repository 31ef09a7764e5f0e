import { signatureBytes } from '../../../core/attestation.ts'
import { bytesToHex } from '../../../core/hex.ts'
import { validatorRegistryAbi } from '../../../l1/abi.ts'
import { exitCodes } from '../exit.ts'
import { openText } from '../openText.ts'
import { refused, usage } from '../protocol/failure.ts'
import { countText, whenText } from '../protocol/text.ts'
import type { Context } from '../verb.ts'
import { askAttestations } from './ask.ts'
import { senderKey } from './keys.ts'
import { type Output, outputFacts, readOutput } from './outputs.ts'
import { registryOf } from './registry.ts'
import { type L1Session, withL1 } from './session.ts'
import { type Plan, parseIndex, planText, reportL1, shareText } from './text.ts'

/** `openledger validator uphold`: ends the challenge of an output with attestations of two thirds of the stake. */
export async function validatorUphold(context: Context): Promise<number> {
  const { args, own, out } = context
  const index = parseIndex(args[0]!)
  return await withL1(context, async (session) => {
    const wallet = session.wallet(await senderKey(context, 'sender-key', session.known.chainId))
    const output = await readOutput(session, index)
    await refuseUndoubted(session, output)
    const found = await gather(context, session, output)
    const { attestations, stake, total } = found
    const plan: Plan = {
      title: `Upholding output ${index} of chain ${session.known.chainId}`,
      facts: [
        ...outputFacts(output),
        ['attested by', `${countText(attestations.length, 'validator')}, ${shareText(stake, total)} of the stake`],
        ['then', 'the challenger loses its bond, half of it to the proposer'],
      ],
      values: { index, ...output.claim, stake, totalStake: total, signers: attestations.map(({ signer }) => signer) },
    }
    const call = { ...registryOf(session), abi: validatorRegistryAbi, functionName: 'uphold' } as const
    const signatures = attestations.map(({ signature }) => signature)
    if (own['dry-run'] === true) {
      await session.reader.simulateContract({ ...call, args: [index, signatures], account: wallet.account })
      out.result(`${planText(plan)}\nL1 would take it. Nothing was sent.`, { ...plan.values, sent: false })
      return exitCodes.ok
    }
    const receipt = await session.mined(await wallet.upholdOutput({ targetChain: session.chain, index, attestations }))
    reportL1(out, receipt, planText({ ...plan, title: `Upheld output ${index}` }), { ...plan.values, sent: true })
    return exitCodes.ok
  })
}

async function refuseUndoubted(session: L1Session, { index, challenge, isUpheld }: Output): Promise<void> {
  if (isUpheld) throw refused(`output ${index} was upheld already`, 'nothing is left to do')
  if (challenge === undefined)
    throw refused(`nobody challenges output ${index}`, 'nothing is to be decided: it becomes final by itself')
  const now = await session.now()
  if (challenge.deadline < now)
    throw refused(
      `the time to uphold output ${index} ended ${whenText(challenge.deadline, now)}`,
      '`openledger validator resolve` ends the challenge',
    )
}

/** As few attestations as two thirds of the stake take, ascending by signer. */
async function gather({ signal }: Context, session: L1Session, { index, claim }: Output) {
  const { known, reader } = session
  const { nodeUrl: url } = known
  if (url === undefined) throw usage('no node is given to ask for attestations', 'add --rpc.url <url>')
  const registry = registryOf(session)
  const [set, total, seen] = await Promise.all([
    reader.readContract({ ...registry, functionName: 'validatorSet' }),
    reader.readContract({ ...registry, functionName: 'totalStake' }),
    askAttestations({ known, url }, claim, signal),
  ])
  const stakes = new Map(set.map(({ signer, stake }) => [signer.toLowerCase(), stake]))
  const counted = new Map(seen.map((each) => [each.signer, { ...each, stake: stakes.get(each.signer) ?? 0n }]))
  const largest = [...counted.values()].filter(({ stake }) => stake > 0n).sort((a, b) => (a.stake > b.stake ? -1 : 1))
  const used: typeof largest = []
  let stake = 0n
  for (const each of largest) {
    if (3n * stake >= 2n * total && stake > 0n) break
    used.push(each)
    stake += each.stake
  }
  if (stake === 0n || 3n * stake < 2n * total) {
    throw refused(
      `${openText(stake)} of ${openText(total)} at stake attest output ${index} as far as ${url} has seen, two thirds are needed`,
      'ask a node that has seen more with --rpc.url; if validators derive another root, the output is wrong and must not be upheld',
    )
  }
  const attestations = used
    .sort((a, b) => (a.signer < b.signer ? -1 : 1))
    .map(({ signer, signature }) => ({ ...claim, signer, signature: bytesToHex(signatureBytes(signature)) }))
  return { attestations, stake, total }
}
