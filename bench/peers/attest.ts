import { type Claim, claimDigest } from '../../core/attestation.ts'
import { type Address, bigintToFixed, hexToBytes } from '../../core/hex.ts'
import { privateKeyToAddress, recoverAddress, sign } from '../../core/secp256k1.ts'
import { createGate } from '../../p2p/gossip/gate.ts'
import { encodeAttestation } from '../../p2p/wire/attestation.ts'
import { createScene, domain } from '../../test/p2p/attest/scene.ts'
import { median, round } from './stats.ts'

const validatorCount = 64
const rounds = 5

/** Milliseconds for all of them, and how many a second. */
type Speed = { readonly ms: number; readonly perSec: number }

export type AttestTimes = {
  readonly attestations: number
  readonly validators: number
  /** The address behind the signature of a digest that is known. */
  readonly recover: Speed
  /** Decoded, hashed, recovered, looked up among the validators. */
  readonly gate: Speed
  /** Counted too, with the stake behind every claim. */
  readonly gateAndAttester: Speed
  /** Times the bare recovery. */
  readonly ratio: { readonly gate: number; readonly gateAndAttester: number }
}

/** Attestations of 64 validators through the gate of gossip, and on into the attester; the median of five rounds. */
export async function benchAttestations(count: number): Promise<AttestTimes> {
  const keys = Array.from({ length: validatorCount }, (_, index) => bigintToFixed(BigInt(index + 1_001), 32))
  const signers = keys.map(privateKeyToAddress)
  const claimCount = Math.ceil(count / validatorCount)
  const measured: { readonly recover: number; readonly gate: number; readonly both: number }[] = []
  for (let round = 0; round <= rounds; round++) measured.push(await measure({ keys, signers, claimCount, count }))
  // The first one compiles.
  const of = (name: keyof (typeof measured)[number]) => median(measured.slice(1).map((times) => times[name]))
  const speed = (ms: number): Speed => ({ ms: round(ms, 1), perSec: Math.round((count / ms) * 1_000) })
  const [recover, gate, both] = [of('recover'), of('gate'), of('both')]
  return {
    attestations: count,
    validators: validatorCount,
    recover: speed(recover),
    gate: speed(gate),
    gateAndAttester: speed(both),
    ratio: { gate: round(gate / recover, 2), gateAndAttester: round(both / recover, 2) },
  }
}

async function measure({
  keys,
  signers,
  claimCount,
  count,
}: {
  readonly keys: readonly Uint8Array[]
  readonly signers: readonly Address[]
  readonly claimCount: number
  readonly count: number
}): Promise<{ readonly recover: number; readonly gate: number; readonly both: number }> {
  const validators = signers.map((signer) => ({ signer, account: signer, weight: 1_000n }))
  const scene = await createScene([], { blocks: claimCount, validators: () => validators })
  const claims: Claim[] = []
  for (let block = 1; block <= claimCount; block++) {
    const { number } = (await scene.fold(BigInt(block))).block
    claims.push(scene.own(number))
  }
  const signed = claims
    .flatMap((claim) => keys.map((key) => ({ claim, digest: hexToBytes(claimDigest(domain, claim)), key })))
    .slice(0, count)
    .map(({ claim, digest, key }) => ({ digest, attestation: { ...claim, signature: sign(digest, key) } }))
  const messages = signed.map(({ attestation }) => encodeAttestation(attestation))

  const recover = await timed(async () => {
    for (const { digest, attestation } of signed) recoverAddress(digest, attestation.signature)
  })
  let counted = 0
  const through = (attestation: Parameters<typeof createGate>[0]['listener']['attestation']) => {
    const gate = createGate({
      chainId: domain.chainId,
      rules: { maxBlockBytes: 2_097_152 },
      attestationDomain: domain,
      clock: scene.clock,
      listener: { block: async () => 'known', tx: async () => 'known', attestation },
      blame: (_, reason) => {
        throw new Error(`refused: ${reason}`)
      },
    })
    const at = scene.chain.heads().unsafe
    gate.tell({ status: { genesis: at.hash, unsafe: at, safe: at, finalized: at }, signers: [], validators: signers })
    return timed(async () => {
      for (const data of messages) if ((await gate.message('peer', 'attestations', data)) === 'accept') counted++
    })
  }
  const gate = await through(async () => 'counted')
  const both = await through(scene.attester.attestation)
  await scene.attester.settled()
  if (counted !== 2 * count) throw new Error(`${counted} of ${2 * count} attestations counted`)
  return { recover, gate, both }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
