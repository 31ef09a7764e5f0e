import type { Address, Hash } from '../../core/hex.ts'
import { datanetsAbi } from '../abi/datanets.ts'
import { type Call, need, needOwner } from '../native/call.ts'
import { credit, needRecipient, param } from '../native/money.ts'
import { emitterOf } from '../native/table.ts'
import { contributionStatus, contributions } from '../storage/datanets.ts'
import { type Contribution, loadContribution } from './load.ts'

const emit = emitterOf(datanetsAbi)
type Transfer = { readonly contribution: Hash; readonly to: Address }
type Named = { readonly contribution: Hash }

export function transferContribution(call: Call, { contribution, to }: Transfer): undefined {
  const value = loadContribution(call, contribution)
  needOwner(call, value.owner)
  needActive(value)
  needRecipient(to)
  contributions.set(call.store, { owner: to }, contribution)
  emit(call, 'ContributionTransferred', { contribution, from: call.caller, to })
}

/** Keeps the contribution out of future versions; what was published with it goes on paying. */
export function revokeConsent(call: Call, { contribution }: Named): undefined {
  const value = loadContribution(call, contribution)
  needOwner(call, value.owner)
  needActive(value)
  need(value.revokedAt === 0n, 'WrongStatus', { status: value.status })
  contributions.set(call.store, { revokedAt: call.now }, contribution)
  emit(call, 'ConsentRevoked', { contribution })
}

export function releaseContributionBond(call: Call, { contribution }: Named): undefined {
  const { status, owner, bond, revokedAt, quarantinedAt } = loadContribution(call, contribution)
  need(revokedAt > 0n, 'WrongStatus', { status })
  need(quarantinedAt === 0n, 'Quarantined', { contribution })
  need(bond > 0n, 'AlreadyClaimed')
  const earliest = revokedAt + param(call, 'releaseSec')
  need(call.now >= earliest, 'TooEarly', { earliest })
  contributions.set(call.store, { bond: 0n }, contribution)
  credit(call, 'bonds', owner, bond)
  emit(call, 'BondReleased', { id: contribution, to: owner, bond })
}

/** The court gives a contribution to whom it belongs, with its order and all income not yet claimed. */
export function reassignContribution(call: Call, { contribution, to }: Transfer): undefined {
  const value = loadJudged(call, contribution)
  needRecipient(to)
  contributions.set(call.store, { owner: to }, contribution)
  emit(call, 'ContributionReassigned', { contribution, from: value.owner, to })
}

/** The court stops the claims of a contribution, and its bond. */
export function quarantineContribution(call: Call, { contribution }: Named): undefined {
  const value = loadJudged(call, contribution)
  need(value.quarantinedAt === 0n, 'Quarantined', { contribution })
  contributions.set(call.store, { quarantinedAt: call.now }, contribution)
  emit(call, 'ContributionQuarantined', { contribution })
}

export function liftQuarantine(call: Call, { contribution }: Named): undefined {
  const { quarantinedAt, status } = loadJudged(call, contribution)
  need(quarantinedAt > 0n, 'WrongStatus', { status })
  contributions.set(call.store, { quarantinedAt: 0n }, contribution)
  emit(call, 'QuarantineLifted', { contribution })
}

/** The court judges what is revealed and stands. */
function loadJudged(call: Call, id: Hash): Contribution {
  need(call.caller === call.rules.court, 'NotAllowed')
  const value = loadContribution(call, id)
  needActive(value)
  return value
}

function needActive({ status }: Contribution): void {
  need(status === contributionStatus.active, 'WrongStatus', { status })
}
