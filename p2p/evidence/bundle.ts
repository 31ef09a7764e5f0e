import type { Attestation, Claim } from '../../core/attestation.ts'
import { encodeHeader, type Header } from '../../core/header.ts'
import { bytesToHex, type Hash } from '../../core/hex.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import type { L1Block, L1Inputs } from '../../core/ports/l1.ts'
import { joinRlpList } from '../../core/rlp.ts'
import { encodeTx } from '../../core/txEncode.ts'
import { compressBlock } from '../wire/compress.ts'
import { encodeSignature } from '../wire/signature.ts'
import type { Finding, SignedBlock } from './finding.ts'
import type { Witness } from './witness.ts'

/** The chain that a bundle is about. */
export type BundleChain = { readonly name: string; readonly chainId: bigint; readonly genesis: Hash }

/** A finding with all that checking it takes beside the chain spec. */
export type EvidenceBundle = {
  readonly chain: BundleChain
  /** When the node made it, Unix milliseconds. */
  readonly timeMs: number
  readonly finding: Finding
  /** Of an invalid block: undefined if its parent's state was not there, or if it would be too large. */
  readonly witness: Witness | undefined
}

/** What a bundle's JSON begins with. */
export const bundleFormat = 'openledger-evidence/1'

/** Characters of a bundle's JSON at most: blocks and a witness of the largest size, in hex. */
export const maxBundleChars = 48 << 20

/** The L2 block number that a finding is about. */
export function numberOf(finding: Finding): bigint {
  switch (finding.kind) {
    case 'equivocation':
    case 'double_attestation':
      return 'number' in finding.first ? finding.first.number : finding.first.l2BlockNumber
    case 'invalid_block':
    case 'block_not_derived':
      return finding.block.number
    case 'output_mismatch':
      return finding.claim.l2BlockNumber
  }
}

/** A bundle as JSON text: `parseBundle` of it gives the bundle again. Numbers of the chain are decimal strings. */
export function encodeBundle({ chain, timeMs, finding, witness }: EvidenceBundle): string {
  const { name, chainId, genesis } = chain
  const json: JsonObject = {
    format: bundleFormat,
    chain: { name, chainId: String(chainId), genesis },
    timeMs,
    number: String(numberOf(finding)),
    ...findingJson(finding),
    ...(witness !== undefined && { witness: witnessJson(witness) }),
  }
  return `${JSON.stringify(json)}\n`
}

function findingJson(finding: Finding): JsonObject {
  const { kind } = finding
  switch (kind) {
    case 'equivocation':
      return { kind, first: signedJson(finding.first), second: signedJson(finding.second) }
    case 'invalid_block': {
      const { reject, detail } = finding.reject
      return {
        kind,
        block: signedJson(finding.block),
        reject: { reject, ...(detail !== undefined && { detail }) },
        inputs: inputsJson(finding.inputs),
      }
    }
    case 'block_not_derived': {
      const { header, l1Block } = finding.derived
      const { number, hash } = l1Block
      const derived = { header: headerHex(header), l1Block: { number: String(number), hash } }
      return { kind, block: signedJson(finding.block), derived }
    }
    case 'output_mismatch':
      return {
        kind,
        index: String(finding.index),
        claim: claimJson(finding.claim),
        l1BlockNumber: String(finding.l1BlockNumber),
        own: headerHex(finding.own),
      }
    case 'double_attestation':
      return { kind, first: attestationJson(finding.first), second: attestationJson(finding.second) }
  }
}

function signedJson({ seal, raw, compressed }: SignedBlock): Json {
  const { epoch, contentHash, signature } = seal
  return {
    seal: { epoch: String(epoch), contentHash, signature: bytesToHex(encodeSignature(signature)) },
    raw: bytesToHex(raw),
    ...(compressed !== undefined && { compressed: bytesToHex(compressed) }),
  }
}

function inputsJson({ origin, deposits, config, sequenceNumber }: L1Inputs): Json {
  return {
    origin: originJson(origin),
    deposits: deposits.map((deposit) => bytesToHex(encodeTx(deposit))),
    config: { ...config, gasLimit: String(config.gasLimit) },
    sequenceNumber: String(sequenceNumber),
  }
}

function originJson({ number, timestamp, baseFee, blobBaseFee, ...hashes }: L1Block): Json {
  return {
    number: String(number),
    timestamp: String(timestamp),
    baseFee: String(baseFee),
    blobBaseFee: String(blobBaseFee),
    hash: hashes.hash,
    mixHash: hashes.mixHash,
    parentBeaconBlockRoot: hashes.parentBeaconBlockRoot,
  }
}

function claimJson({ l2BlockNumber, outputRoot, l1BlockHash }: Claim): JsonObject {
  return { l2BlockNumber: String(l2BlockNumber), outputRoot, l1BlockHash }
}

function attestationJson({ signature, ...claim }: Attestation): Json {
  return { ...claimJson(claim), signature: bytesToHex(encodeSignature(signature)) }
}

function witnessJson({ parent, ancestors, nodes, codes }: Witness): Json {
  return {
    parent: headerHex(parent),
    // Headers of one chain are alike: compressed, they take a fraction.
    ancestors: bytesToHex(compressBlock(joinRlpList(ancestors.map(encodeHeader)))),
    nodes: nodes.map(bytesToHex),
    codes: codes.map(bytesToHex),
  }
}

function headerHex(header: Header): string {
  return bytesToHex(encodeHeader(header))
}
