import type { Address, Hex } from 'viem'
import { attestationDomainName, attestationTypes, registerTypes } from '../../core/attestation.ts'
import { onL1, type RollupChain } from '../bridge/chain.ts'
import type { TypedDataSigner } from '../signing.ts'

/** The chain whose validators are meant: `rollupChain` makes it. */
export type ValidatorChain = Pick<RollupChain, 'id' | 'name' | 'sourceId'> & {
  readonly contracts: Pick<RollupChain['contracts'], 'validatorRegistry'>
}

/** What a validator says: at the end of this L1 block, this L2 block is the safe one, and has this output root. */
export type AttestedClaim = { readonly l2BlockNumber: bigint; readonly outputRoot: Hex; readonly l1BlockHash: Hex }
export type SignedClaim = AttestedClaim & { readonly signature: Hex }

/** The EIP-712 definition of an attestation: for `signTypedData`, `recoverTypedDataAddress` and the like. */
export function attestationTypedData(chain: ValidatorChain, { l2BlockNumber, outputRoot, l1BlockHash }: AttestedClaim) {
  const message = { chainId: BigInt(chain.id), l2BlockNumber, outputRoot, l1BlockHash }
  return { domain: domainOf(chain), types: attestationTypes, primaryType: 'Attestation', message } as const
}

/** A validator's signature of a claim. Two different claims about one L1 block cost it its stake. */
export async function signAttestation(
  signer: TypedDataSigner,
  chain: ValidatorChain,
  claim: AttestedClaim,
): Promise<SignedClaim> {
  return { ...claim, signature: await signer.signTypedData(attestationTypedData(chain, claim) as never) }
}

/** A signature as contracts take it: one that ends in the parity, as in bundles of evidence, ends in 27 + parity then. */
export function contractSignature(signature: Hex): Hex {
  if (!/^0x[0-9a-f]{128}0[01]$/i.test(signature)) return signature
  return `${signature.slice(0, -2)}${signature.endsWith('0') ? '1b' : '1c'}` as Hex
}

/** How a key agrees to attest for a validator of this owner. */
export async function signRegistration(signer: TypedDataSigner, chain: ValidatorChain, owner: Address): Promise<Hex> {
  const message = { owner }
  const definition = { domain: domainOf(chain), types: registerTypes, primaryType: 'Register', message }
  return await signer.signTypedData(definition as never)
}

function domainOf(chain: ValidatorChain) {
  const verifyingContract = onL1(chain, chain.contracts.validatorRegistry)
  return { ...attestationDomainName, chainId: chain.sourceId, verifyingContract }
}
