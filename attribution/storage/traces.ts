import { protocol } from '../native/addresses.ts'
import { defineRecord } from '../native/record.ts'

const address = protocol.traces

/** Status of a demand; 0 is none. */
export const demandStatus = { open: 1n, answered: 2n, expired: 3n, void: 4n } as const
export const demandKinds = { receipt: 0n, holder: 1n, ledger: 2n } as const

export const demands = defineRecord({
  address,
  name: 'demands',
  position: 1n,
  keys: ['demand'],
  fields: {
    batch: 'bytes32',
    demander: 'address',
    bond: 'uint96',
    askedAt: 'uint40',
    /** Fixed when it is asked: a parameter that changes later shortens no answer. */
    answerBy: 'uint40',
    status: 'uint8',
    set: 'uint8',
  },
})

export const commits = defineRecord({
  address,
  name: 'commits',
  position: 2n,
  keys: ['commitment'],
  fields: { order: 'uint64', blockNumber: 'uint64' },
})

/** The order of commitments; the first is 1. */
export const commitCounter = defineRecord({
  address,
  name: 'commitCounter',
  position: 3n,
  keys: [],
  fields: { order: 'uint64' },
})
