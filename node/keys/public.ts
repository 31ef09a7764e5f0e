import { HDKey } from '@scure/bip32'
import { mnemonicToSeedSync } from '@scure/bip39'
import { NodeError } from '../../core/errors.ts'
import type { Address } from '../../core/hex.ts'
import { privateKeyToAddress } from '../../core/secp256k1.ts'
import { options } from '../config/table.ts'

const publicCount = 100

/** Chain id of the development chain, the only one on which public keys may be used. */
export const devnetChainId = 31_337n

/** True for an address whose key anyone can derive: the first hundred of the "test … junk" mnemonic. */
export function isPublicKeyAddress(address: Address): boolean {
  const root = HDKey.fromMasterSeed(mnemonicToSeedSync(options.mnemonic.default)).derive("m/44'/60'/0'/0")
  for (let index = 0; index < publicCount; index++) {
    const { privateKey } = root.deriveChild(index)
    if (privateKey !== null && privateKeyToAddress(privateKey) === address) return true
  }
  return false
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
