import { protocol } from '../native/addresses.ts'
import { defineRecord } from '../native/record.ts'

const address = protocol.settlement

/** What the protocol's money is for, in wei. Its words are the slots 16 to 19, behind all positions of mappings. */
export const balances = defineRecord({
  address,
  name: 'balances',
  position: 16n,
  keys: [],
  fields: {
    deposits: 'uint128',
    margins: 'uint128',
    credits: 'uint128',
    pools: 'uint128',
    stakes: 'uint128',
    bonds: 'uint128',
    insurance: 'uint128',
    burns: 'uint128',
  },
})

export const credits = defineRecord({
  address,
  name: 'credits',
  position: 2n,
  keys: ['account'],
  fields: { wei: 'uint128' },
})

/** Parameters that governance has set; 0 for those it has not. */
export const params = defineRecord({
  address,
  name: 'params',
  position: 3n,
  keys: ['param'],
  fields: { value: 'uint256' },
})

/** The split that governance has set; all zero while it has not. */
export const splits = defineRecord({
  address,
  name: 'split',
  position: 4n,
  keys: [],
  fields: {
    data: 'uint16',
    owner: 'uint16',
    validators: 'uint16',
    treasury: 'uint16',
    insurance: 'uint16',
    burn: 'uint16',
  },
})

export const channelCounter = defineRecord({
  address,
  name: 'channelCounter',
  position: 5n,
  keys: [],
  fields: { count: 'uint48' },
})

export const channels = defineRecord({
  address,
  name: 'channels',
  position: 6n,
  keys: ['channel'],
  fields: {
    /** Both decide whether an update is this batch's: one word instead of two. keccak(provider ‖ model). */
    pair: 'bytes32',
    deposit: 'uint96',
    cumulative: 'uint96',
    sequence: 'uint40',
    isPrivate: 'bool',
    head: 'bytes32',
    sessionKey: 'address',
    expiry: 'uint40',
    noticeEnd: 'uint40',
    payer: 'address',
    providerKey: 'address',
    provider: 'bytes32',
    model: 'bytes32',
  },
})

/** Status of a batch; 0 is none. */
export const batchStatus = { open: 1n, refuted: 2n, final: 3n } as const

export const batches = defineRecord({
  address,
  name: 'batches',
  position: 7n,
  keys: ['batch'],
  fields: {
    provider: 'bytes32',
    model: 'bytes32',
    updatesRoot: 'bytes32',
    receiptsRoot: 'bytes32',
    ledgerRoot: 'bytes32',
    /** Agent that answers for the present roots. */
    author: 'bytes32',
    margin: 'uint96',
    credit: 'uint96',
    receipts: 'uint32',
    entries: 'uint32',
    /** Specific part left to claim, once final. */
    pool: 'uint96',
    settledAt: 'uint40',
    originalDeadline: 'uint40',
    deadline: 'uint40',
    finalizedAt: 'uint40',
    data: 'uint16',
    owner: 'uint16',
    validators: 'uint16',
    treasury: 'uint16',
    insurance: 'uint16',
    burn: 'uint16',
    specificBps: 'uint16',
    slashFloorBps: 'uint16',
    windowSec: 'uint32',
    slashMultiple: 'uint16',
    updates: 'uint16',
    status: 'uint8',
    /** 0: the provider's roots, then the number of the repair. */
    set: 'uint8',
    openDemands: 'uint16',
    answeredDemands: 'uint16',
    /** Zero unless the present roots are refuted. */
    refutedAt: 'uint40',
    /** Fixed when the present roots are refuted: other proofs come before the first, a repair before the second. */
    provenUntil: 'uint40',
    repairUntil: 'uint40',
    /** Fixed when the batch becomes final: what nobody claimed by then can be burned. */
    expiresAt: 'uint40',
    /** What the first refutation of the present roots took, until the refuter is paid. */
    slashed: 'uint96',
    /** Kept for the author of the final roots if that is a repairer. */
    repairReward: 'uint96',
    refuter: 'address',
    /** Order of the refuter's commitment. */
    refuterOrder: 'uint64',
    /** All that the author of the present roots lost. */
    taken: 'uint96',
  },
})

/** When the newest batch of a provider and model was settled. */
export const lastBatches = defineRecord({
  address,
  name: 'lastBatches',
  position: 8n,
  keys: ['pair'],
  fields: { settledAt: 'uint40' },
})

/** Claimed bits: ledger entry i is bit i % 256 of word i / 256. */
export const claimed = defineRecord({
  address,
  name: 'claimed',
  position: 9n,
  keys: ['batch', 'word'],
  fields: { bits: 'uint256' },
})

/** What a dataset version has earned by bytes. */
export const basePools = defineRecord({
  address,
  name: 'basePools',
  position: 10n,
  keys: ['version'],
  fields: {
    /** Wei per byte since the beginning, and what was left over by the last division. */
    perByte: 'uint128',
    carry: 'uint128',
    /** Wei not yet claimed. */
    pool: 'uint96',
  },
})

/** Wei per byte that a document was paid up to. */
export const basePaid = defineRecord({
  address,
  name: 'basePaid',
  position: 11n,
  keys: ['version', 'document'],
  fields: { perByte: 'uint128' },
})

/** Specific earnings claimed by an owner in a week. */
export const earnings = defineRecord({
  address,
  name: 'earnings',
  position: 12n,
  keys: ['week', 'owner'],
  fields: { wei: 'uint128' },
})

export const totalEarnings = defineRecord({
  address,
  name: 'totalEarnings',
  position: 13n,
  keys: ['week'],
  fields: { wei: 'uint128' },
})
