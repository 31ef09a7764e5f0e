import { emptyCodeHash, maxNonce } from '../../../core/account.ts'
import type { Authorization } from '../../../core/tx.ts'
import { recoverAuthority } from '../../../core/txEnvelope.ts'
import { delegationCode, delegationOf } from './evm.ts'
import { codeOf } from './stateManager.ts'
import type { Vm } from './vm.ts'

/** EIP-7702's PER_EMPTY_ACCOUNT_COST - PER_AUTH_BASE_COST: given back for an authority that exists already. */
const existingRefund = 12_500n

/** Points each authority's account at the code it names; a tuple that does not hold is skipped. Gives the refund. */
export function applyAuthorizations(vm: Vm, list: readonly Authorization[]): bigint {
  let refund = 0n
  for (const authorization of list) refund += apply(vm, authorization)
  return refund
}

function apply({ chainId, journal, host: { world } }: Vm, authorization: Authorization): bigint {
  if (authorization.chainId !== 0n && authorization.chainId !== chainId) return 0n
  if (authorization.nonce >= maxNonce) return 0n
  const authority = recoverAuthority(authorization)
  if (authority === undefined) return 0n
  journal.warm(authority)
  const account = world.account(authority)
  const code = codeOf(world, authority)
  if (code.length > 0 && delegationOf(code) === undefined) return 0n
  if ((account?.nonce ?? 0n) !== authorization.nonce) return 0n
  world.setAccount(authority, {
    nonce: authorization.nonce + 1n,
    balance: account?.balance ?? 0n,
    codeHash: account?.codeHash ?? emptyCodeHash,
  })
  world.setCode(authority, delegationCode(authorization.address))
  return account === undefined ? 0n : existingRefund
}
