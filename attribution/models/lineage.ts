import type { Hash } from '../../core/hex.ts'
import { concatBytes, hexToBytes } from '../../core/hex.ts'
import { allows, isExpired } from '../datanets/consent.ts'
import { loadVersion } from '../datanets/load.ts'
import { type Ancestor, flatten, type ListedVersion, mergeCorpus, type Parent } from '../kernel/lineage.ts'
import { type Call, chargedHash, fail, need } from '../native/call.ts'
import { datanets, versions } from '../storage/datanets.ts'
import { corpusOfWeights } from '../storage/models.ts'
import { ancestorsOf, corpusOf, loadModel } from './load.ts'
import { isBoundToCorpus, type ModelSpec, maxRoyalty, usesOf } from './spec.ts'

/** What a new model inherits: whom it owes, and which versions its answers are traced to. */
export type Lineage = {
  /** Sum of the parents' shares, 1e-9. */
  readonly parentShares: bigint
  readonly ancestors: readonly Ancestor[]
  readonly corpus: readonly ListedVersion[]
}

/** Follows the parents and versions of a checked spec; fails where one of them does not allow the model. */
export function lineageOf(call: Call, spec: ModelSpec): Lineage {
  const needed = usesOf(spec)
  const parents = spec.parents.map(({ model, share }) => loadParent(call, model, share, needed))
  const parentShares = parents.reduce((sum, { share }) => sum + share, 0n)
  need(parentShares <= maxRoyalty, 'RoyaltyTooHigh')
  const flat = flatten(parents)
  if ('reject' in flat) fail(flat.reject)
  const merged = mergeCorpus(
    ownVersions(call, spec),
    parents.map(({ corpus }) => corpus),
  )
  if ('reject' in merged) fail(merged.reject)
  for (const { version } of merged.corpus) {
    need(!versions.field(call.store, 'refuted', version), 'VersionRefuted', { version })
  }
  return { parentShares, ancestors: flat.ancestors, corpus: merged.corpus }
}

/**
 * Binds the weights to the corpus, or fails if they are bound to another. A corpus with a refuted version binds nothing:
 * no model could have it any more.
 */
export function bindWeights(call: Call, model: Hash, spec: ModelSpec, corpus: readonly ListedVersion[]): void {
  if (!isBoundToCorpus(spec)) return
  const { weightsHash } = spec
  const corpusHash = chargedHash(call, concatBytes(...corpus.map(({ version }) => hexToBytes(version))))
  const bound = corpusOfWeights.get(call.store, weightsHash)
  if (bound.corpusHash === corpusHash) return
  need(BigInt(bound.corpusHash) === 0n || isStale(call, bound.model), 'CorpusMismatch', { weightsHash })
  corpusOfWeights.set(call.store, { corpusHash, model }, weightsHash)
}

/** True if a version of the model's corpus was refuted. */
function isStale(call: Call, id: Hash): boolean {
  return corpusOf(call, id, loadModel(call, id)).some((version) => versions.field(call.store, 'refuted', version))
}

/**
 * A parent, which leaves the child its corpus for its own uses. What the child does beyond that (a free model's child is
 * sold, a trained one's retrieves) the policies of the inherited datanets have to allow now.
 */
function loadParent(
  call: Call,
  id: Hash,
  share: bigint,
  needed: bigint,
): Parent & { readonly corpus: readonly ListedVersion[] } {
  const model = loadModel(call, id)
  const { minChildShare, parentShares } = model
  need(share >= minChildShare, 'ShareTooLow', { parent: id, least: minChildShare })
  const corpus = corpusOf(call, id, model).map((version) => listedVersion(call, version))
  const beyond = needed & ~usesOf(model)
  if (beyond !== 0n) for (const { datanet } of corpus) needPolicy(call, datanet, beyond)
  return {
    id,
    share,
    parentShareSum: parentShares,
    ancestors: ancestorsOf(call, id, model).map((ancestor) => ({ id: ancestor.model, share: ancestor.share })),
    corpus,
  }
}

/** Fails unless a datanet's policy allows these uses now. */
function needPolicy(call: Call, datanet: Hash, needed: bigint): void {
  const policy = {
    consent: datanets.field(call.store, 'consent', datanet),
    consentUntil: datanets.field(call.store, 'consentUntil', datanet),
  }
  need(allows(policy, needed), 'ConsentTooNarrow')
  need(!isExpired(policy, call.now), 'ConsentExpired')
}

/** Of a version that exists: two slots instead of six. */
function listedVersion(call: Call, version: Hash): ListedVersion {
  const datanet = versions.field(call.store, 'datanet', version)
  return { datanet, version, sequence: versions.field(call.store, 'sequence', version) }
}

/** The model's own versions, if their datanets' policies allow the model now. */
function ownVersions(call: Call, spec: ModelSpec): readonly ListedVersion[] {
  const needed = usesOf(spec)
  const seen = new Set<Hash>()
  return spec.versions.map((version) => {
    const { datanet, sequence, closed, refuted } = loadVersion(call, version)
    need(!seen.has(datanet), 'DuplicateDatanet', { datanet })
    seen.add(datanet)
    need(!closed, 'VersionClosed', { version })
    need(!refuted, 'VersionRefuted', { version })
    needPolicy(call, datanet, needed)
    return { datanet, version, sequence }
  })
}
