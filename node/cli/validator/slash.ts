import { type Attestation, attestationSigner, signatureBytes } from '../../../core/attestation.ts'
import { bytesToHex } from '../../../core/hex.ts'
import { readBundle } from '../evidenceFile.ts'
import { exitCodes } from '../exit.ts'
import { openText } from '../openText.ts'
import { refused } from '../protocol/failure.ts'
import type { Context } from '../verb.ts'
import { eventOf } from './event.ts'
import { senderKey } from './keys.ts'
import { readValidator, registryOf } from './registry.ts'
import { type L1Session, withL1 } from './session.ts'
import { type Plan, planText, reportL1 } from './text.ts'

/** `openledger validator slash`: brings L1 two attestations of one key that cannot both be true. */
export async function validatorSlash(context: Context): Promise<number> {
  const { args, own, out } = context
  const file = args[0]!
  const { chain, finding } = readBundle(file)
  if (finding.kind !== 'double_attestation') {
    throw refused(
      `${file} is evidence of another fault (${finding.kind})`,
      'only a validator that contradicted itself can be slashed: `openledger verify-evidence` says what this proves',
    )
  }
  return await withL1(context, async (session) => {
    const { known, reader } = session
    if (chain.chainId !== known.chainId) {
      throw refused(`${file} is about chain ${chain.chainId}, not ${known.chainId}`, 'name its chain with --chain')
    }
    const wallet = session.wallet(await senderKey(context, 'sender-key', known.chainId))
    const [first, second] = [contractForm(finding.first), contractForm(finding.second)]
    const { signer, ...stakes } = await culprit(session, finding.first)
    const amount = stakes.stake + stakes.unbonding
    const reward = (amount * stakes.rewardPercent) / 100n
    const { l1BlockHash } = finding.first
    const plan: Plan = {
      title: `Slashing validator ${stakes.id} of chain ${known.chainId}`,
      facts: [
        ['signer', signer],
        ['contradicts', `itself about the end of L1 block ${l1BlockHash}`],
        ['first', claimText(finding.first)],
        ['second', claimText(finding.second)],
        ['loses', `${openText(amount)}, all that it has at stake or unbonding`],
        ['you get', `${openText(reward)} on L1; the rest is locked for ever`],
      ],
      values: { id: stakes.id, signer, l1BlockHash, amount, reward },
    }
    const call = { ...registryOf(session), functionName: 'slash', args: [first, second] } as const
    await reader.simulateContract({ ...call, account: wallet.account })
    if (own['dry-run'] === true) {
      out.result(`${planText(plan)}\nL1 would take it. Nothing was sent.`, { ...plan.values, sent: false })
      return exitCodes.ok
    }
    const receipt = await session.mined(await wallet.slashValidator({ targetChain: session.chain, first, second }))
    const slashed = eventOf(receipt, 'Slashed')
    const values = { ...plan.values, amount: slashed.amount, reward: slashed.reward, sent: true }
    reportL1(out, receipt, planText({ ...plan, title: `Slashed validator ${stakes.id}` }), values)
    return exitCodes.ok
  })
}

/** Whose key it is, and what there is to lose. */
async function culprit(session: L1Session, attestation: Attestation) {
  const { known, reader } = session
  const { l1ChainId, chainId, contracts } = known
  const signer = attestationSigner({ l1ChainId, registry: contracts.validatorRegistry, chainId }, attestation)
  if (signer === undefined) {
    throw refused('the signature belongs to no key', 'check the file: `openledger verify-evidence`')
  }
  const registry = registryOf(session)
  const [id, rewardPercent] = await Promise.all([
    reader.readContract({ ...registry, functionName: 'idOf', args: [signer] }),
    reader.readContract({ ...registry, functionName: 'REWARD_PERCENT' }),
  ])
  if (id === 0n) {
    throw refused(
      `${signer} is no validator's key`,
      'no validator ever had it: check that the evidence is of this chain',
    )
  }
  const { stake, unbonding, isSlashed } = await readValidator(session, id)
  if (isSlashed) throw refused(`validator ${id} was slashed already`, 'somebody was faster: nothing is left to do')
  return { signer, id, stake, unbonding, rewardPercent }
}

function claimText({ l2BlockNumber, outputRoot }: Attestation): string {
  return `L2 block ${l2BlockNumber} is safe, output root ${outputRoot}`
}

function contractForm({ signature, ...claim }: Attestation) {
  return { ...claim, signature: bytesToHex(signatureBytes(signature)) }
}
