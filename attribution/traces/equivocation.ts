import { tracesAbi } from '../abi/traces.ts'
import { loadAgent, slashable, takeStake } from '../agents/stake.ts'
import { equivocationSubject } from '../kernel/build/commitment.ts'
import { recoverSigner } from '../kernel/typedData.ts'
import { type Call, need } from '../native/call.ts'
import { gas, hashGas } from '../native/gas.ts'
import { burn, credit, param } from '../native/money.ts'
import { emitterOf } from '../native/table.ts'
import { channelEnd } from '../settlement/channels.ts'
import { agents } from '../storage/agents.ts'
import { channels } from '../storage/settlement.ts'
import type { TracesArgs } from './args.ts'
import { needCommitment } from './commitment.ts'
import { receiptHashOf } from './heads.ts'
import { shares } from './verdict.ts'

const emit = emitterOf(tracesAbi)
const unit = 10_000n
/** A channel and a sequence number: u48 and u40. */
const subjectBytes = 11
/** What of all its stake an agent loses that signs two receipts with one sequence number, in 1/1e4. */
export const equivocationBps = 1_000n

/**
 * Ejects the provider of a channel that signed two different receipts with one sequence number: it loses a tenth of its
 * stake, of which the prover is credited with a fifth; the rest is burned. Until a window after the channel's end: the key
 * of a channel that ended long ago, whoever has it by now, harms nobody.
 */
export function proveEquivocation(call: Call, args: TracesArgs<'proveEquivocation'>): undefined {
  const { salt, first, firstSignature, second, secondSignature } = args
  const { channel, sequence } = first
  const fields = ['provider', 'providerKey', 'expiry', 'noticeEnd'] as const
  const { provider, providerKey, ...ends } = channels.pick(call.store, fields, channel)
  need(BigInt(provider) !== 0n, 'WrongChannel', { channel })
  const latest = channelEnd(ends) + param(call, 'windowSec')
  need(call.now <= latest, 'TooLate', { latest })
  const agent = loadAgent(call, provider)
  need(!agent.ejected, 'AlreadyProven')
  call.charge(hashGas(subjectBytes))
  needCommitment(call, equivocationSubject(channel, sequence), salt)
  need(second.channel === channel && second.sequence === sequence, 'InvalidProof')
  const digests = [receiptHashOf(call, numbered(first)), receiptHashOf(call, numbered(second))] as const
  need(digests[0] !== digests[1], 'InvalidProof')
  call.charge(2n * gas.recover)
  need(recoverSigner(digests[0], firstSignature) === providerKey, 'InvalidProof')
  need(recoverSigner(digests[1], secondSignature) === providerKey, 'InvalidProof')

  const taken = takeStake(call, provider, (slashable(agent) * equivocationBps) / unit)
  agents.set(call.store, { ejected: true }, provider)
  const reward = (taken * shares.refuter) / unit
  credit(call, 'stakes', call.caller, reward)
  burn(call, 'stakes', taken - reward)
  emit(call, 'Equivocated', { agent: provider, prover: call.caller, channel, sequence, taken })
}

/** A receipt as the kernel has it: lengths and counts are numbers. */
function numbered(receipt: TracesArgs<'proveEquivocation'>['first']) {
  const { outputLength, tokensIn, tokensOut } = receipt
  return {
    ...receipt,
    outputLength: Number(outputLength),
    tokensIn: Number(tokensIn),
    tokensOut: Number(tokensOut),
  }
}
