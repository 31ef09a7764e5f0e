import type { Address } from 'viem'
import { validatorRegistryAbi } from '../../../l1/abi.ts'
import { refused, usage } from '../protocol/failure.ts'
import type { L1Session } from './session.ts'

/** A validator as the registry has it; wei of OPEN, Unix seconds. */
export type Registered = {
  readonly id: bigint
  readonly owner: Address
  readonly signer: Address
  readonly account: Address
  readonly stake: bigint
  readonly unbonding: bigint
  readonly unbondedAt: number
  readonly isSlashed: boolean
}

/** Ids that are looked through for those that have left, newest first. */
const mostIds = 1_024n

/** The registry for reading with `readContract`. */
export function registryOf({ known }: L1Session) {
  return { address: known.contracts.validatorRegistry, abi: validatorRegistryAbi } as const
}

/** What the registry asks of everybody. */
export async function readTerms(session: L1Session) {
  const registry = registryOf(session)
  const read = (functionName: 'MIN_STAKE' | 'MAX_STAKE' | 'MAX_VALIDATORS' | 'totalStake' | 'unbondingSeconds') =>
    session.reader.readContract({ ...registry, functionName })
  const [minStake, maxStake, maxValidators, totalStake, unbondingSec] = await Promise.all([
    read('MIN_STAKE'),
    read('MAX_STAKE'),
    read('MAX_VALIDATORS'),
    read('totalStake'),
    read('unbondingSeconds'),
  ])
  return { minStake, maxStake, maxValidators, totalStake, unbondingSec: Number(unbondingSec) }
}

/** A validator by its id. */
export async function readValidator(session: L1Session, id: bigint): Promise<Registered> {
  const args = [id] as const
  const found = await session.reader.readContract({ ...registryOf(session), functionName: 'validators', args })
  const [owner, unbondedAt, isSlashed, , signer, stake, account, unbonding] = found
  return { id, owner, signer, account, stake, unbonding, unbondedAt: Number(unbondedAt), isSlashed }
}

/** All validators that have stake, and of the newest that ever were those that have stake unbonding; by id. */
export async function readAll(session: L1Session): Promise<readonly Registered[]> {
  const { reader } = session
  const registry = registryOf(session)
  const [set, count] = await Promise.all([
    reader.readContract({ ...registry, functionName: 'validatorSet' }),
    reader.readContract({ ...registry, functionName: 'validatorCount' }),
  ])
  const ids = new Set(set.map(({ id }) => id))
  for (let id = count; id > 0n && id > count - mostIds; id--) ids.add(id)
  const all = await Promise.all([...ids].map((id) => readValidator(session, id)))
  return all.sort((a, b) => (a.id < b.id ? -1 : 1))
}

/**
 * The validator that `--id` names, or the only one of an owner that `fits`. Throws a NodeError if there is none or if
 * there are several.
 */
export async function chosenValidator(
  session: L1Session,
  { owner, given, fits }: { owner: Address; given: string | undefined; fits: (validator: Registered) => boolean },
): Promise<Registered> {
  if (given !== undefined) {
    if (!/^[1-9]\d{0,14}$/.test(given)) throw usage('--id is not the number of a validator', shownBy)
    const found = await readValidator(session, BigInt(given))
    if (found.owner.toLowerCase() === owner.toLowerCase()) return found
    const cause = BigInt(found.owner) === 0n ? 'there is no such validator' : `its owner is ${found.owner}`
    throw refused(`${owner} does not own validator ${given}: ${cause}`, `${shownBy}; sign with the key of its owner`)
  }
  const owned = (await readAll(session)).filter((each) => each.owner.toLowerCase() === owner.toLowerCase())
  const [first, ...more] = owned.filter(fits)
  if (first === undefined && owned.length > 0) {
    const ids = owned.map(({ id }) => id).join(', ')
    throw refused(`none of the validators of ${owner} (${ids}) has anything for this`, shownBy)
  }
  if (first === undefined) {
    throw refused(`${owner} owns no validator`, 'sign with the key of the owner, or `openledger validator join`')
  }
  if (more.length === 0) return first
  const ids = [first, ...more].map(({ id }) => id).join(', ')
  throw usage(`${owner} owns validators ${ids}`, 'choose one with --id <number>')
}

const shownBy = '`openledger validator list` shows validators with their owners'
