import { protocol } from '../native/addresses.ts'
import { defineRecord } from '../native/record.ts'

const address = protocol.datanets

/** Status of a contribution; 0 is none. */
export const contributionStatus = { committed: 1n, active: 2n, duplicate: 3n, expired: 4n } as const

/** Uses that consent can allow, one bit each. */
export const uses = { train: 1n, retrieve: 2n, evaluate: 4n, commercial: 8n } as const

/** How many datanets an account has created. */
export const datanetCounters = defineRecord({
  address,
  name: 'datanetCounters',
  position: 1n,
  keys: ['creator'],
  fields: { count: 'uint64' },
})

/** The global order of commits, the first is 1; and the newest one's `activeFrom`, which never decreases. */
export const contributionCounter = defineRecord({
  address,
  name: 'contributionCounter',
  position: 2n,
  keys: [],
  fields: { order: 'uint64', activeFrom: 'uint40' },
})

export const datanets = defineRecord({
  address,
  name: 'datanets',
  position: 3n,
  keys: ['datanet'],
  fields: {
    curator: 'address',
    bondPerKb: 'uint96',
    metadataHash: 'bytes32',
    licence: 'bytes32',
    /** Uses the datanet allows; until when, 0 for always. */
    consent: 'uint8',
    consentUntil: 'uint40',
    curatorBps: 'uint16',
    versions: 'uint64',
    /** Zero while versions can be published. */
    retiredAt: 'uint40',
  },
})

export const contributions = defineRecord({
  address,
  name: 'contributions',
  position: 4n,
  keys: ['contribution'],
  fields: {
    datanet: 'bytes32',
    owner: 'address',
    bond: 'uint96',
    order: 'uint64',
    committedAt: 'uint40',
    activeFrom: 'uint40',
    revokedAt: 'uint40',
    quarantinedAt: 'uint40',
    status: 'uint8',
    consent: 'uint8',
    /** While committed: the commitment. Afterwards: the root of the content. */
    contentRoot: 'bytes32',
    licence: 'bytes32',
    byteLength: 'uint40',
    consentUntil: 'uint40',
  },
})

/** The contribution of lowest order with a content, per datanet. */
export const contents = defineRecord({
  address,
  name: 'contents',
  position: 5n,
  keys: ['datanet', 'contentRoot'],
  fields: { contribution: 'bytes32' },
})

export const versions = defineRecord({
  address,
  name: 'versions',
  position: 6n,
  keys: ['version'],
  fields: {
    datanet: 'bytes32',
    textRoot: 'bytes32',
    docRoot: 'bytes32',
    publisher: 'address',
    bond: 'uint96',
    sequence: 'uint64',
    publishBlock: 'uint64',
    byteLength: 'uint40',
    documents: 'uint32',
    publishedAt: 'uint40',
    closed: 'bool',
    refuted: 'bool',
    supersededAt: 'uint40',
  },
})

export const versionsBySequence = defineRecord({
  address,
  name: 'versionsBySequence',
  position: 7n,
  keys: ['datanet', 'sequence'],
  fields: { version: 'bytes32' },
})
