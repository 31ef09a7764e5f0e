import type { Hash } from '../../core/hex.ts'
import { maxCorpus } from '../kernel/lineage.ts'
import { need } from '../native/call.ts'
import { uses } from '../storage/datanets.ts'
import { modelClasses, modelKinds } from '../storage/models.ts'

/** What the owner of a new model declares. Shares in 1e-9, prices in wei per 1,000 tokens. */
export type ModelSpec = {
  readonly weightsHash: Hash
  readonly metadataHash: Hash
  readonly method: Hash
  readonly kind: bigint
  readonly class: bigint
  readonly priceIn: bigint
  readonly priceOut: bigint
  readonly marginBps: bigint
  readonly minChildShare: bigint
  readonly parents: readonly { readonly model: Hash; readonly share: bigint }[]
  readonly versions: readonly Hash[]
  readonly providers: readonly Hash[]
}

/** The most that all parents of a model may get together, and so the most that one may ask of a child: half, in 1e-9. */
export const maxRoyalty = 500_000_000n
export const maxParents = 8
export const maxProviders = 16
/** The least and the most of a model's income that is margin, in 1/10,000. */
export const marginBounds = { min: 1_000n, max: 10_000n } as const

/** The fields that `InvalidSpec` names. */
export const specFields = { kind: 1n, class: 2n, margin: 3n, minChildShare: 4n, parents: 5n, providers: 6n } as const

/** Fails unless every field is in its range and no list is too long or names something twice. Reads no state. */
export function checkSpec(spec: ModelSpec): void {
  const { kind, class: rank, marginBps, minChildShare, parents, versions, providers } = spec
  needField('kind', kind > 0n && kind < modelKinds.length)
  needField('class', rank > 0n && rank < modelClasses.length)
  needField('margin', marginBps >= marginBounds.min && marginBps <= marginBounds.max)
  needField('minChildShare', minChildShare <= maxRoyalty)
  needField('parents', parents.length <= maxParents && isDistinct(parents.map(({ model }) => model)))
  needField('providers', providers.length <= maxProviders && isDistinct(providers))
  need(versions.length <= maxCorpus, 'TooMany', { most: BigInt(maxCorpus) })
}

/** Uses of data that a model makes: the policies of a new model's own datanets have to allow them. */
export function usesOf({ kind, priceIn, priceOut }: Pick<ModelSpec, 'kind' | 'priceIn' | 'priceOut'>): bigint {
  const use = isKind(kind, 'retrieval') ? uses.retrieve : uses.train
  return priceIn > 0n || priceOut > 0n ? use | uses.commercial : use
}

/** True if the weights say which corpus they were made from: they may have no other one. */
export function isBoundToCorpus({ kind }: ModelSpec): boolean {
  return !isKind(kind, 'retrieval') && !isKind(kind, 'ngram')
}

function isKind(kind: bigint, name: (typeof modelKinds)[number]): boolean {
  return modelKinds[Number(kind)] === name
}

function needField(field: keyof typeof specFields, good: boolean): void {
  need(good, 'InvalidSpec', { field: specFields[field] })
}

// At most 16 are compared: longer lists were refused before.
function isDistinct(ids: readonly Hash[]): boolean {
  return new Set(ids).size === ids.length
}
