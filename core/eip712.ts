import { bigintToFixed, concatBytes, type Hash, hexToBytes } from './hex.ts'
import { keccakHash } from './keccak.ts'

/** Keccak of words of 32 bytes: the hash of an EIP-712 structure that begins with its type's hash. */
export function hashWords(...words: readonly (Hash | bigint | number)[]): Hash {
  return keccakHash(
    concatBytes(
      ...words.map((word) => (typeof word === 'string' ? hexToBytes(word) : bigintToFixed(BigInt(word), 32))),
    ),
  )
}

/** What is signed of a structure in a domain (EIP-712). */
export function typedDigest(domain: Hash, struct: Hash): Hash {
  return keccakHash(concatBytes(Uint8Array.of(0x19, 0x01), hexToBytes(domain), hexToBytes(struct)))
}

/** Keccak of a text: of a type, a name or a version. */
export function textHash(text: string): Hash {
  return keccakHash(new TextEncoder().encode(text))
}

/** The type hash of domains with these four members. */
export const domainTypeHash = textHash(
  'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)',
)
