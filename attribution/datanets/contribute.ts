import { type Hash, hexToBytes } from '../../core/hex.ts'
import { datanetsAbi } from '../abi/datanets.ts'
import { rootBytes, rootOf } from '../kernel/merkle.ts'
import { chunkCount } from '../kernel/text.ts'
import { larger } from '../native/bigint.ts'
import { type Call, chargedHash, idOf, need, needOwner } from '../native/call.ts'
import { hashGas } from '../native/gas.ts'
import { burn, credit, param, receive } from '../native/money.ts'
import { emitterOf } from '../native/table.ts'
import { contents, contributionCounter, contributionStatus, contributions } from '../storage/datanets.ts'
import { type Consent, covers } from './consent.ts'
import { needLive, needUses } from './datanet.ts'
import { type Contribution, loadContribution, loadDatanet } from './load.ts'

const emit = emitterOf(datanetsAbi)
const { committed, active, duplicate, expired } = contributionStatus

/**
 * Takes the next order for a content that is still secret: keccak(contentRoot, salt, owner). It has to be revealed
 * before `activeFrom`, which never decreases from one commit to the next, whatever becomes of the parameter: from then
 * on no contribution of lower order can appear.
 */
export function commitContribution(
  call: Call,
  { datanet, commitment }: { readonly datanet: Hash; readonly commitment: Hash },
): { readonly contribution: Hash } {
  needLive(loadDatanet(call, datanet))
  const last = contributionCounter.get(call.store)
  const order = last.order + 1n
  const activeFrom = larger(last.activeFrom, call.now + param(call, 'revealSec'))
  contributionCounter.set(call.store, { order, activeFrom })
  const contribution = idOf(call, 'contribution', datanet, { u64: order })
  contributions.set(
    call.store,
    {
      datanet,
      owner: call.caller,
      bond: call.value,
      order,
      committedAt: call.now,
      activeFrom,
      status: committed,
      contentRoot: commitment,
    },
    contribution,
  )
  receive(call, 'bonds', call.value)
  emit(call, 'ContributionCommitted', { contribution, datanet, owner: call.caller, order, bond: call.value })
  return { contribution }
}

type Reveal = Consent & {
  readonly contribution: Hash
  readonly salt: Hash
  readonly top: Hash
  readonly byteLength: bigint
  readonly licence: Hash
}

/** Opens a commitment. Of contributions with one content the lowest order stands, whichever is revealed first. */
export function revealContribution(call: Call, reveal: Reveal): undefined {
  const { contribution: id, byteLength, licence, consent, consentUntil } = reveal
  const value = loadContribution(call, id)
  const contentRoot = checkReveal(call, value, reveal)
  contributions.set(call.store, { status: active, contentRoot, byteLength, licence, consent, consentUntil }, id)
  const { datanet } = value
  emit(call, 'ContributionRevealed', {
    contribution: id,
    datanet,
    contentRoot,
    byteLength,
    licence,
    consent,
    consentUntil,
  })
  const known = contents.field(call.store, 'contribution', datanet, contentRoot)
  if (BigInt(known) === 0n) {
    contents.set(call.store, { contribution: id }, datanet, contentRoot)
    return
  }
  const standing = loadContribution(call, known)
  if (standing.order < value.order) {
    makeDuplicate(call, id, value, known)
    return
  }
  contents.set(call.store, { contribution: id }, datanet, contentRoot)
  makeDuplicate(call, known, standing, id)
}

/** Ends a commitment that was not revealed in time; its bond is burned. */
export function expireCommit(call: Call, { contribution }: { readonly contribution: Hash }): undefined {
  const { status, activeFrom, bond } = loadContribution(call, contribution)
  need(status === committed, 'WrongStatus', { status })
  need(call.now >= activeFrom, 'TooEarly', { earliest: activeFrom })
  contributions.set(call.store, { status: expired, bond: 0n }, contribution)
  burn(call, 'bonds', bond)
  emit(call, 'CommitExpired', { contribution, burned: bond })
}

/** The root of the revealed content, if everything about the reveal is as it must be. */
function checkReveal(call: Call, value: Contribution, reveal: Reveal): Hash {
  const { status, owner, activeFrom, bond } = value
  const { byteLength, salt, top } = reveal
  need(status === committed, 'WrongStatus', { status })
  needOwner(call, owner)
  need(call.now < activeFrom, 'TooLate', { latest: activeFrom - 1n })
  need(byteLength > 0n, 'EmptyContent')
  needUses(reveal.consent)
  call.charge(hashGas(rootBytes))
  const contentRoot = rootOf(chunkCount(byteLength), byteLength, top)
  const commitment = chargedHash(call, hexToBytes(contentRoot), hexToBytes(salt), hexToBytes(owner))
  need(commitment === value.contentRoot, 'WrongCommitment')
  const policy = loadDatanet(call, value.datanet)
  const needed = bondFor(byteLength, policy.bondPerKb)
  need(bond >= needed, 'BondTooLow', { needed })
  need(covers(reveal, policy), 'ConsentTooNarrow')
  return contentRoot
}

/** Wei that a contribution of this length is bonded with at least: per KB begun. */
export function bondFor(byteLength: bigint, bondPerKb: bigint): bigint {
  return ((byteLength + 1_023n) / 1_024n) * bondPerKb
}

function makeDuplicate(call: Call, id: Hash, { owner, bond }: Contribution, standing: Hash): void {
  contributions.set(call.store, { status: duplicate, bond: 0n }, id)
  emit(call, 'ContributionDuplicate', { contribution: id, standing })
  credit(call, 'bonds', owner, bond)
  if (bond > 0n) emit(call, 'BondReleased', { id, to: owner, bond })
}
