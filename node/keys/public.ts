import { NodeError } from '../../core/errors.ts'
import type { Address } from '../../core/hex.ts'
import { devAccounts, devMnemonic } from '../../genesis/devAccounts.ts'

const publicCount = 100

/** Chain id of the development chain, the only one on which public keys may be used. */
export const devnetChainId = 31_337n

/** True for an address whose key anyone can derive: the first hundred of the "test … junk" mnemonic. */
export function isPublicKeyAddress(address: Address): boolean {
  return devAccounts(devMnemonic, publicCount).some((account) => account.address === address)
}

/** Throws a NodeError (code `public_key`) for a publicly known key on any chain but the development one. */
export function refusePublicKey(address: Address, chainId: bigint): void {
  if (chainId === devnetChainId || !isPublicKeyAddress(address)) return
  throw new NodeError({
    code: 'public_key',
    severity: 'fatal',
    message: `the key of ${address} is public: anyone can take what it holds`,
    fix: 'make a new one with `openledger key new`, or give --chain devnet if it is for a development chain only',
  })
}
