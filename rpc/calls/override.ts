import { emptyCodeHash } from '../../core/account.ts'
import type { World } from '../../core/state.ts'
import type { StateOverrides } from '../params/overrides.ts'
import { isPrecompile } from './precompiles.ts'

/**
 * Writes what the caller pretends over the state it is pretended of; or the reason why that cannot be. geth drops the
 * precompile of an address that is overridden. Here precompiles stay, so code in their place would never run.
 */
export function applyOverrides(world: World, overrides: StateOverrides): string | undefined {
  for (const [address, { balance, nonce, code, state, stateDiff }] of overrides) {
    const { nonce: oldNonce = 0n, balance: oldBalance = 0n, codeHash = emptyCodeHash } = world.account(address) ?? {}
    world.setAccount(address, { nonce: nonce ?? oldNonce, balance: balance ?? oldBalance, codeHash })
    if (code !== undefined && isPrecompile(world, address))
      return `the code of precompile ${address} cannot be overridden`
    if (code !== undefined) world.setCode(address, code)
    if (state !== undefined) world.clearStorage(address)
    for (const [slot, value] of state ?? stateDiff ?? []) world.setStorage(address, slot, value)
  }
  return undefined
}
