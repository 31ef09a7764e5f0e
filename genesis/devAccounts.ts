import { HDKey } from '@scure/bip32'
import { mnemonicToSeedSync, validateMnemonic } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { assert, NodeError } from '../core/errors.ts'
import type { Address } from '../core/hex.ts'
import { privateKeyToAddress } from '../core/secp256k1.ts'

/** A development account; the key is public knowledge. */
export type DevAccount = { readonly address: Address; readonly privateKey: Uint8Array }

/** The mnemonic of anvil and Hardhat. */
export const devMnemonic = 'test test test test test test test test test test test junk'

/** The first `count` accounts of a BIP-39 mnemonic at m/44'/60'/0'/0/n. Throws `bad_mnemonic`. */
export function devAccounts(mnemonic: string, count: number): readonly DevAccount[] {
  const words = mnemonic.trim().replace(/\s+/g, ' ')
  if (!validateMnemonic(words, wordlist)) {
    throw new NodeError({
      code: 'bad_mnemonic',
      severity: 'fatal',
      message: 'the mnemonic is not 12 to 24 English BIP-39 words with a right checksum',
      fix: `check the words, or leave it out to use "${devMnemonic}"`,
    })
  }
  const parent = HDKey.fromMasterSeed(mnemonicToSeedSync(words)).derive("m/44'/60'/0'/0")
  return Array.from({ length: count }, (_, index) => {
    const { privateKey } = parent.deriveChild(index)
    assert(privateKey, 'a derived key has its private part')
    return { address: privateKeyToAddress(privateKey), privateKey }
  })
}
