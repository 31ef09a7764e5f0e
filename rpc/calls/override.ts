import { emptyCodeHash } from '../../core/account.ts'
import type { Address } from '../../core/hex.ts'
import type { World } from '../../core/state.ts'
import type { StateOverrides } from '../params/overrides.ts'
import { isPrecompile } from './precompiles.ts'

/**
 * Writes what the caller pretends over the state it is pretended of; or the reason why that cannot be. geth drops the
 * precompile of an address that is overridden. Here precompiles stay, those of the fork and the chain's own (`natives`),
 * so code in their place would never run.
 */
export function applyOverrides(
  world: World,
  overrides: StateOverrides,
  natives: ReadonlySet<Address>,
): string | undefined {
  for (const [address, { balance, nonce, code, state, stateDiff }] of overrides) {
    const { nonce: oldNonce = 0n, balance: oldBalance = 0n, codeHash = emptyCodeHash } = world.account(address) ?? {}
    if (code !== undefined && isPrecompile(address, natives)) {
      return `the code of precompile ${address} cannot be overridden`
    }
    world.setAccount(address, { nonce: nonce ?? oldNonce, balance: balance ?? oldBalance, codeHash })
    if (code !== undefined) world.setCode(address, code)
    if (state !== undefined) world.clearStorage(address)
    for (const [slot, value] of state ?? stateDiff ?? []) world.setStorage(address, slot, value)
  }
  return undefined
}
