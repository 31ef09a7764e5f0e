import { domainTypeHash, hashWords, textHash, typedDigest } from './eip712.ts'
import { type Address, bigintToFixed, concatBytes, type Hash, hexToBytes } from './hex.ts'
import { recoverAddress } from './secp256k1.ts'
import type { Signature } from './tx.ts'

/** What a validator says: at the end of this L1 block, this L2 block is the safe one, and this is its output root. */
export type Claim = { readonly l2BlockNumber: bigint; readonly outputRoot: Hash; readonly l1BlockHash: Hash }

/** A signed claim. Two of one signer with one L1 block hash but different numbers or roots cost it its stake. */
export type Attestation = Claim & { readonly signature: Signature }

/** Where claims count: the registry on L1 that holds the signers' stake, and the L2 chain they are about. */
export type AttestationDomain = { readonly l1ChainId: bigint; readonly registry: Address; readonly chainId: bigint }

/** The EIP-712 structure that is signed; its `chainId` is L2's, that of the domain L1's. */
export const attestationTypes = {
  Attestation: [
    { name: 'chainId', type: 'uint256' },
    { name: 'l2BlockNumber', type: 'uint256' },
    { name: 'outputRoot', type: 'bytes32' },
    { name: 'l1BlockHash', type: 'bytes32' },
  ],
} as const

/** The EIP-712 structure that a key signs to become the signer of a validator with this owner. */
export const registerTypes = { Register: [{ name: 'owner', type: 'address' }] } as const

/** The EIP-712 domain's name and version: those of ValidatorRegistry. */
export const attestationDomainName = { name: 'OpenLedger ValidatorRegistry', version: '1' } as const

const registerTypeHash = textHash('Register(address owner)')
const claimTypeHash = textHash(
  `Attestation(${attestationTypes.Attestation.map(({ name, type }) => `${type} ${name}`).join(',')})`,
)

/** The EIP-712 digest of a claim. */
export function claimDigest({ l1ChainId, registry, chainId }: AttestationDomain, claim: Claim): Hash {
  const struct = hashWords(claimTypeHash, chainId, claim.l2BlockNumber, claim.outputRoot, claim.l1BlockHash)
  return registryDigest(l1ChainId, registry, struct)
}

/** The EIP-712 digest that a key signs to become the signer of a validator with this owner. */
export function registrationDigest(
  { l1ChainId, registry }: Pick<AttestationDomain, 'l1ChainId' | 'registry'>,
  owner: Address,
): Hash {
  return registryDigest(l1ChainId, registry, hashWords(registerTypeHash, BigInt(owner)))
}

/** A signature as contracts take it: r, s, 27 + parity. */
export function signatureBytes({ r, s, yParity }: Signature): Uint8Array {
  return concatBytes(bigintToFixed(r, 32), bigintToFixed(s, 32), Uint8Array.of(27 + Number(yParity)))
}

/** Who signed an attestation; undefined if the signature is out of range, has a high s or belongs to no key. */
export function attestationSigner(domain: AttestationDomain, attestation: Attestation): Address | undefined {
  return recoverAddress(hexToBytes(claimDigest(domain, attestation)), attestation.signature)
}

function registryDigest(l1ChainId: bigint, registry: Address, struct: Hash): Hash {
  const { name, version } = attestationDomainName
  return typedDigest(hashWords(domainTypeHash, textHash(name), textHash(version), l1ChainId, BigInt(registry)), struct)
}
