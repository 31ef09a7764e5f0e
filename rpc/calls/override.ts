import { emptyCodeHash } from '../../core/account.ts'
import type { World } from '../../core/state.ts'
import type { StateOverrides } from '../params/overrides.ts'

/** Writes what the caller pretends over the state it is pretended of. */
export function applyOverrides(world: World, overrides: StateOverrides): void {
  for (const [address, { balance, nonce, code, state, stateDiff }] of overrides) {
    const { nonce: oldNonce = 0n, balance: oldBalance = 0n, codeHash = emptyCodeHash } = world.account(address) ?? {}
    world.setAccount(address, { nonce: nonce ?? oldNonce, balance: balance ?? oldBalance, codeHash })
    if (code !== undefined) world.setCode(address, code)
    if (state !== undefined) world.clearStorage(address)
    for (const [slot, value] of state ?? stateDiff ?? []) world.setStorage(address, slot, value)
  }
}
