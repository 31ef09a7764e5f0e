import { type AttestationDomain, attestationSigner } from '../../core/attestation.ts'
import { headerHash } from '../../core/header.ts'
import type { Address, Hash } from '../../core/hex.ts'
import type { ChainSpec } from '../../genesis/spec.ts'
import { maxGasLimit } from '../../l1/extract/config.ts'
import { outputRoot } from '../../l1/output.ts'
import type { Finding, FindingKind, SignedBlock } from './finding.ts'
import { attributesOf, openSigned } from './signedBlock.ts'

/** What evidence is worth: what it proves by itself, in words, and what only L1 can tell about it. */
export type Judgement = {
  /** False: it proves no fault; the last of `says` is why. */
  readonly holds: boolean
  readonly says: readonly string[]
  readonly needs: readonly string[]
}

/** What is proved by signatures, hashes and links alone. A block that is said to be invalid is not executed here. */
export function judgeFinding(finding: Finding, spec: ChainSpec): Judgement {
  return (judges[finding.kind] as Judge<Finding>)(finding, spec)
}

/** Where the validators of a chain sign; undefined if it has no contracts on L1. */
export function attestationDomainOf({ chainId, l1 }: ChainSpec): AttestationDomain | undefined {
  return l1.rollup && { l1ChainId: l1.chainId, registry: l1.rollup.validatorRegistry, chainId }
}

export function unproved(says: readonly string[], why: string): Judgement {
  return { holds: false, says: [...says, why], needs: [] }
}

type Of<K extends FindingKind> = Extract<Finding, { readonly kind: K }>
type Judge<F extends Finding> = (finding: F, spec: ChainSpec) => Judgement

const judges: { readonly [K in FindingKind]: Judge<Of<K>> } = {
  equivocation: judgeEquivocation,
  invalid_block: judgeInvalidBlock,
  block_not_derived: judgeNotDerived,
  output_mismatch: judgeOutput,
  double_attestation: judgeDoubleAttestation,
}

function judgeEquivocation({ first, second }: Of<'equivocation'>, spec: ChainSpec): Judgement {
  const [a, b] = [first, second].map((signed) => openSigned(spec.chainId, signed)) as [Opened, Opened]
  if (typeof a === 'string') return unproved([], `First block: ${a}.`)
  if (typeof b === 'string') return unproved([], `Second block: ${b}.`)
  const says = [signedBy(first, a.signer), signedBy(second, b.signer)]
  if (a.signer !== b.signer) return unproved(says, 'Different keys signed them.')
  if (first.hash === second.hash) return unproved(says, 'They are one block.')
  if (first.number !== second.number || first.parentHash !== second.parentHash) {
    return unproved(says, 'They do not have the same number and parent.')
  }
  const [origin, other] = [attributesOf(a.block)?.origin, attributesOf(b.block)?.origin]
  if (origin === undefined || origin.hash !== other?.hash || origin.number !== other.number) {
    return unproved(says, 'They do not name the same L1 origin: the signer may have followed a reorganisation of L1.')
  }
  return {
    holds: true,
    says: [
      ...says,
      `Both have the parent ${first.parentHash} and the L1 origin ${origin.number}: it signed two chains.`,
    ],
    needs: signerNeeds(a.signer, spec),
  }
}

type Opened = ReturnType<typeof openSigned>

function judgeInvalidBlock({ block: signed, inputs, reject }: Of<'invalid_block'>, spec: ChainSpec): Judgement {
  const opened = openSigned(spec.chainId, signed)
  if (typeof opened === 'string') return unproved([], `The block: ${opened}.`)
  const { origin, config } = inputs
  const says = [signedBy(signed, opened.signer)]
  if (reject.reject === 'fork_unknown') return unproved(says, 'A newer version of the node has to judge it.')
  if (config.gasLimit > maxGasLimit) return unproved(says, 'L1 never allows the gas limit that is given.')
  const named = attributesOf(opened.block)?.origin
  if (named !== undefined && (named.number !== origin.number || named.hash !== origin.hash)) {
    return unproved(says, 'What is said of L1 is not of the origin that the block names.')
  }
  const gives = `that L1 block ${origin.number} (${origin.hash}) has the header, deposits and configuration given here`
  return { holds: true, says, needs: [...signerNeeds(opened.signer, spec), gives] }
}

function judgeNotDerived({ block: signed, derived }: Of<'block_not_derived'>, spec: ChainSpec): Judgement {
  const opened = openSigned(spec.chainId, signed)
  if (typeof opened === 'string') return unproved([], `The block: ${opened}.`)
  const { header, l1Block } = derived
  const hash = headerHash(header)
  const says = [signedBy(signed, opened.signer)]
  if (hash === signed.hash) return unproved(says, 'It is the block that L1 has.')
  if (header.number !== signed.number || header.parentHash !== signed.parentHash) {
    return unproved(says, 'What L1 has does not have the same number and parent.')
  }
  const { mixHash, parentBeaconBlockRoot } = opened.block.header
  if (header.mixHash !== mixHash || header.parentBeaconBlockRoot !== parentBeaconBlockRoot) {
    return unproved(says, 'What L1 has is of another L1 origin.')
  }
  return {
    holds: true,
    says: [...says, `Block ${header.number} as it was derived is ${hash}, with the same parent.`],
    needs: [
      ...signerNeeds(opened.signer, spec),
      `that deriving the chain up to L1 block ${l1Block.number} (${l1Block.hash}) gives that block`,
    ],
  }
}

function judgeOutput({ index, claim, l1BlockNumber, own }: Of<'output_mismatch'>): Judgement {
  const hash = headerHash(own)
  const root = outputRoot({ ...own, hash })
  const says = [
    `Output ${index} says that at the end of L1 block ${l1BlockNumber} block ${claim.l2BlockNumber} is safe, with the output root ${claim.outputRoot}.`,
    `As derived, that is block ${own.number} (${hash}), with the output root ${root}.`,
  ]
  if (claim.l2BlockNumber === own.number && claim.outputRoot === root) return unproved(says, 'They agree.')
  return {
    holds: true,
    says,
    needs: [
      `that OutputOracle has this output ${index}`,
      `that deriving the chain up to L1 block ${l1BlockNumber} (${claim.l1BlockHash}) ends with block ${own.number} (${hash})`,
    ],
  }
}

function judgeDoubleAttestation({ first, second }: Of<'double_attestation'>, spec: ChainSpec): Judgement {
  const domain = attestationDomainOf(spec)
  if (domain === undefined) return unproved([], 'The chain has no validators on L1.')
  const [signer, other] = [attestationSigner(domain, first), attestationSigner(domain, second)]
  if (signer === undefined || signer !== other) return unproved([], 'The claims are not signed by one key.')
  const says = [
    `${signer} signed the output root ${first.outputRoot} for block ${first.l2BlockNumber} at L1 block ${first.l1BlockHash}.`,
    `It also signed the output root ${second.outputRoot} for block ${second.l2BlockNumber} at L1 block ${second.l1BlockHash}.`,
  ]
  if (first.l1BlockHash !== second.l1BlockHash) return unproved(says, 'They are not about the same L1 block.')
  if (first.l2BlockNumber === second.l2BlockNumber && first.outputRoot === second.outputRoot) {
    return unproved(says, 'They say the same.')
  }
  return {
    holds: true,
    says: [...says, `Anybody may give both to ValidatorRegistry ${domain.registry}, which takes the signer's stake.`],
    needs: [`that ${signer} was a validator: ValidatorRegistry checks that itself`],
  }
}

function signedBy({ number, hash, parentHash }: SignedBlock, signer: Address): string {
  return `${signer} signed block ${number} (${hash}) on ${parentHash}.`
}

/** Who may sign blocks is on L1; the chain spec tells who could at first. */
function signerNeeds(signer: Address, { l1 }: ChainSpec): readonly string[] {
  const first = l1.rollup?.unsafeSigner === signer ? ' (the chain spec names it as the first one)' : ''
  return [`that SystemConfig on L1 named ${signer} as the signer of blocks${first}`]
}

/** A hash in a sentence, shortened. */
export function short(hash: Hash): string {
  return hash.slice(2, 10)
}
