import type { Hash } from './hex.ts'

/** An account as the state trie holds it. */
export type Account = {
  readonly nonce: bigint
  readonly balance: bigint
  readonly storageRoot: Hash
  readonly codeHash: Hash
}

/** The most wei an account holds. */
export const maxBalance = 2n ** 256n - 1n

/** The last nonce (EIP-2681). */
export const maxNonce = 2n ** 64n - 1n

/** keccak256 of no bytes: the code hash of an account without code. */
export const emptyCodeHash = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470' as Hash

/** keccak256(rlp('')): the root of a trie without entries. */
export const emptyTrieRoot = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421' as Hash

/** keccak256(rlp([])): the ommers hash of every block. */
export const emptyOmmersHash = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347' as Hash
