import { protocol } from '../native/addresses.ts'
import { defineRecord } from '../native/record.ts'

const address = protocol.agents

export const agentCounters = defineRecord({
  address,
  name: 'agentCounters',
  position: 1n,
  keys: ['creator'],
  fields: { count: 'uint64' },
})

export const agents = defineRecord({
  address,
  name: 'agents',
  position: 2n,
  keys: ['agent'],
  fields: {
    owner: 'address',
    /** Stake that backs batches. */
    stake: 'uint96',
    controller: 'address',
    /** Stake on its way out, slashable until it is paid. */
    unbonding: 'uint96',
    metadataHash: 'bytes32',
    /** Margins of open batches whose roots are this agent's. */
    openMargin: 'uint96',
    slashed: 'uint96',
    /** The queue is the entries [queueStart, queueEnd). */
    queueStart: 'uint24',
    queueEnd: 'uint24',
    ejected: 'bool',
  },
})

export const unbondings = defineRecord({
  address,
  name: 'unbondings',
  position: 3n,
  keys: ['agent', 'index'],
  fields: { amount: 'uint96', availableAt: 'uint40' },
})
