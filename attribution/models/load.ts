import { type Hash, zeroAddress } from '../../core/hex.ts'
import { type Call, fail } from '../native/call.ts'
import type { RecordValue } from '../native/record.ts'
import { ancestors, corpora, models, providers } from '../storage/models.ts'

/** A model version as it is stored. */
export type Model = RecordValue<typeof models.fields>
/** A model that shares in another's income, in 1e-9 of the model owners' part. */
export type AncestorShare = { readonly model: Hash; readonly share: bigint }

/** The model, or `UnknownObject`. Reads 6 slots. */
export function loadModel(call: Call, id: Hash): Model {
  const value = models.get(call.store, id)
  return value.owner === zeroAddress ? fail('UnknownObject', { id }) : value
}

/** Ids of the versions of the effective corpus, sorted by datanet id: at most 16, a slot each. */
export function corpusOf(call: Call, id: Hash, { corpusSize }: Model): readonly Hash[] {
  return Array.from({ length: Number(corpusSize) }, (_, index) =>
    corpora.field(call.store, 'version', id, BigInt(index)),
  )
}

/** The flattened ancestors, sorted by id: at most 32, two slots each. What is left of 1e9 is the owner's. */
export function ancestorsOf(call: Call, id: Hash, { ancestors: count }: Model): readonly AncestorShare[] {
  return Array.from({ length: Number(count) }, (_, index) => {
    const { ancestor, share } = ancestors.get(call.store, id, BigInt(index))
    return { model: ancestor, share }
  })
}

/** True if the agent may provide this model: it is listed, or the model lists nobody. */
export function isAllowedProvider(call: Call, id: Hash, model: Model, agent: Hash): boolean {
  return model.providers === 0n || providers.field(call.store, 'allowed', id, agent)
}
