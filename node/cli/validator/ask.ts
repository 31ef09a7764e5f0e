import { z } from 'zod'
import { type Attestation, attestationSigner, type Claim } from '../../../core/attestation.ts'
import { NodeError } from '../../../core/errors.ts'
import { type Address, parseAddress, parseHash, parseHex } from '../../../core/hex.ts'
import { toQuantity } from '../../../core/json.ts'
import { askNode } from '../rpcClient.ts'
import type { KnownChain } from './known.ts'

const address = z.string().transform((text, context): Address => {
  const parsed = parseAddress(text)
  if (parsed !== undefined) return parsed
  context.addIssue('an address expected')
  return z.NEVER
})
const hash = z.string().refine((text) => parseHash(text) !== undefined, 'a hash expected')
const quantity = z
  .string()
  .regex(/^0x[0-9a-f]{1,64}$/)
  .transform((text) => BigInt(text))
const validatorsShape = z
  .array(z.object({ signer: address, account: address, stake: quantity, newest: quantity.nullable() }))
  .max(4_096)
const attestedShape = z.object({ number: quantity, stake: quantity, totalStake: quantity }).nullable()
const attestationsShape = z.array(z.object({ signature: z.string().regex(/^0x[0-9a-f]{130}$/) })).max(4_096)
const outputShape = z.object({ outputRoot: hash })

/** What the chain says of a validator: its stake in whole OPEN, and the newest L2 block that it attested. */
export type ValidatorOnL2 = { readonly signer: Address; readonly stake: bigint; readonly newest: bigint | undefined }

/** The validators by the safe state of a node. Throws the NodeErrors of `askNode`. */
export async function askValidators(url: string, signal: AbortSignal): Promise<readonly ValidatorOnL2[]> {
  const found = await askNode({ url }, { method: 'openledger_validators', shape: validatorsShape }, signal)
  return found.map(({ signer, stake, newest }) => ({ signer, stake, newest: newest ?? undefined }))
}

/** The newest L2 block that two thirds of the stake attested. Throws the NodeErrors of `askNode`. */
export async function askAttested(url: string, signal: AbortSignal): Promise<bigint | undefined> {
  const found = await askNode({ url }, { method: 'openledger_attested', shape: attestedShape }, signal)
  return found?.number
}

/** The attestations of exactly a claim, each checked here. Throws the NodeErrors of `askNode`. */
export async function askAttestations(
  { known, url }: { readonly known: KnownChain; readonly url: string },
  claim: Claim,
  signal: AbortSignal,
): Promise<readonly (Attestation & { readonly signer: Address })[]> {
  const { chainId, l1ChainId, contracts } = known
  const params = [toQuantity(claim.l2BlockNumber), claim.outputRoot, claim.l1BlockHash]
  const call = { method: 'openledger_attestations', params, shape: attestationsShape }
  const found = await askNode({ url }, call, signal)
  return found.flatMap((each) => {
    const bytes = parseHex(each.signature)
    if (bytes === undefined) return []
    const [r, s] = [BigInt(each.signature.slice(0, 66)), BigInt(`0x${each.signature.slice(66, 130)}`)]
    const parity = bytes[64]
    if (parity !== 27 && parity !== 28) return []
    const attestation = { ...claim, signature: { r, s, yParity: parity === 28 ? 1 : 0 } } as const
    const signer = attestationSigner({ l1ChainId, registry: contracts.validatorRegistry, chainId }, attestation)
    return signer === undefined ? [] : [{ ...attestation, signer }]
  })
}

/** The output root that a node has for a block; undefined if it does not know the block. */
export async function askOutputRoot(url: string, number: bigint, signal: AbortSignal): Promise<string | undefined> {
  try {
    const call = { method: 'optimism_outputAtBlock', params: [toQuantity(number)], shape: outputShape }
    return (await askNode({ url }, call, signal)).outputRoot
  } catch (error) {
    if (error instanceof NodeError && error.code === 'node_refused') return undefined
    throw error
  }
}
