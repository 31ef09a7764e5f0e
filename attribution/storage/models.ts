import { protocol } from '../native/addresses.ts'
import { defineRecord } from '../native/record.ts'

const address = protocol.models

/** Kinds of models in the order of their numbers; 0 is none. */
export const modelKinds = ['', 'base', 'finetune', 'adapter', 'merge', 'quantised', 'retrieval', 'ngram'] as const
/** How far an attribution can be checked; 0 is none. */
export const modelClasses = ['', 'EXACT', 'TRACEABLE', 'ATTESTED'] as const

export const modelCounters = defineRecord({
  address,
  name: 'modelCounters',
  position: 1n,
  keys: ['creator'],
  fields: { count: 'uint64' },
})

export const models = defineRecord({
  address,
  name: 'models',
  position: 2n,
  keys: ['model'],
  fields: {
    owner: 'address',
    bond: 'uint96',
    weightsHash: 'bytes32',
    metadataHash: 'bytes32',
    method: 'bytes32',
    priceIn: 'uint96',
    priceOut: 'uint96',
    marginBps: 'uint16',
    minChildShare: 'uint32',
    kind: 'uint8',
    class: 'uint8',
    parentShares: 'uint32',
    ancestors: 'uint8',
    corpusSize: 'uint8',
    /** 0: open to all. */
    providers: 'uint8',
    registeredAt: 'uint40',
    retiredAt: 'uint40',
  },
})

/** The effective corpus, sorted by datanet id. */
export const corpora = defineRecord({
  address,
  name: 'corpora',
  position: 3n,
  keys: ['model', 'index'],
  fields: { version: 'bytes32' },
})

/** Flattened ancestors, sorted by id; shares in 1e-9. */
export const ancestors = defineRecord({
  address,
  name: 'ancestors',
  position: 4n,
  keys: ['model', 'index'],
  fields: { ancestor: 'bytes32', share: 'uint32' },
})

export const providers = defineRecord({
  address,
  name: 'providers',
  position: 5n,
  keys: ['model', 'agent'],
  fields: { allowed: 'bool' },
})

/** The hash of the one corpus that weights may have, and the model that bound them to it. */
export const corpusOfWeights = defineRecord({
  address,
  name: 'corpusOfWeights',
  position: 6n,
  keys: ['weightsHash'],
  fields: { corpusHash: 'bytes32', model: 'bytes32' },
})
