import { type Attestation, type AttestationDomain, attestationSigner, signatureBytes } from '../../core/attestation.ts'
import { assert } from '../../core/errors.ts'
import { bytesToHex } from '../../core/hex.ts'
import { toQuantity } from '../../core/json.ts'
import { specToJson } from '../../genesis/specFile.ts'
import type { AttestedClaim, ValidatorStatus } from '../backend.ts'
import type { RpcContext } from '../context.ts'
import { failureWithHint } from '../errors.ts'
import { maxServedBundle } from '../evidence.ts'
import { rawJson } from '../json/raw.ts'
import { type Method, method } from '../method.ts'
import { optional } from '../params/param.ts'
import { hash, uint256 } from '../params/values.ts'
import type { EvidenceEntry, RollupReads } from '../rollup.ts'

function rollupOf({ rollup }: RpcContext): RollupReads {
  assert(rollup !== undefined, 'rollup methods are served with an L1 only')
  return rollup
}

/** What it takes to join the chain, and who vouches for it. */
export const networkMethods: readonly Method[] = [
  method({
    name: 'openledger_chainSpec',
    summary: 'The chain spec as in its file, with the hash of the genesis block: what another node needs to join.',
    scope: 'rollup',
    weight: 5,
    handle: (context) => {
      const { spec } = rollupOf(context)
      return { ...specToJson(spec), hash: context.view.find({ tag: 'earliest' })?.hash }
    },
  }),
  method({
    name: 'openledger_network',
    summary:
      'The peer id of this node and the multiaddrs under which it can be reached; null if it has no part in the network.',
    scope: 'rollup',
    handle: async ({ backend }) => {
      const info = await backend.net?.info()
      return info && { peerId: info.id, addresses: info.addresses }
    },
  }),
  method({
    name: 'openledger_validators',
    summary:
      'The validators by the state of the safe block: signer, paid account, stake in OPEN, newest attested block.',
    scope: 'rollup',
    handle: async ({ backend }) => (await backend.claims?.validators())?.map(validatorJson) ?? [],
  }),
  method({
    name: 'openledger_attested',
    summary:
      'The newest claim that two thirds of the stake attested: block, output root, L1 block; null until there is one.',
    scope: 'rollup',
    handle: async ({ backend }) => {
      const claim = await backend.claims?.attested()
      return claim && claimJson(claim)
    },
  }),
  method({
    name: 'openledger_attestations',
    summary:
      'The attestations of exactly this claim (L2 block number, output root, L1 block hash) that this node has: signer and signature, as the registry on L1 takes them to uphold an output.',
    params: [uint256, hash, hash],
    scope: 'rollup',
    weight: 20,
    handle: async (context, [l2BlockNumber, outputRoot, l1BlockHash]) => {
      const found = await context.backend.claims?.certificate({ l2BlockNumber, outputRoot, l1BlockHash })
      const { spec, contracts } = rollupOf(context)
      const domain = { l1ChainId: spec.l1.chainId, registry: contracts.validatorRegistry, chainId: spec.chainId }
      return found?.map((attestation) => attestationJson(domain, attestation)) ?? []
    },
  }),
  method({
    name: 'openledger_evidence',
    summary:
      'Evidence of faults that this node keeps: a list of what there is, or by its id a bundle as verify-evidence takes it.',
    params: [optional(hash, undefined)],
    scope: 'rollup',
    weight: 10,
    handle: async (context, [id]) => {
      const { evidence } = context
      if (id === undefined) return (await evidence?.list())?.map(entryJson) ?? []
      const bundle = await evidence?.bundle(id)
      if (bundle === 'too_large') return tooLarge
      return bundle && rawJson(bundle)
    },
  }),
]

const tooLarge = failureWithHint(
  'responseTooLarge',
  `bundle too large: more than ${maxServedBundle} characters`,
  'its file is in the folder evidence of the data folder of the node',
)

function validatorJson({ signer, account, weight, newest }: ValidatorStatus): unknown {
  return { signer, account, stake: toQuantity(weight), newest: newest === undefined ? null : toQuantity(newest) }
}

function claimJson({ l2BlockNumber, hash: blockHash, outputRoot, l1BlockHash, stake, total }: AttestedClaim): unknown {
  return {
    number: toQuantity(l2BlockNumber),
    hash: blockHash,
    outputRoot,
    l1BlockHash,
    stake: toQuantity(stake),
    totalStake: toQuantity(total),
  }
}

function attestationJson(domain: AttestationDomain, attestation: Attestation): unknown {
  const signer = attestationSigner(domain, attestation)
  assert(signer !== undefined, 'an attestation that counts has a signer')
  return { signer, signature: bytesToHex(signatureBytes(attestation.signature)) }
}

function entryJson({ id, kind, timeMs, number, size }: EvidenceEntry): unknown {
  return { id, kind, time: new Date(timeMs).toISOString(), number: toQuantity(number), size: toQuantity(size) }
}
