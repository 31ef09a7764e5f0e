import { type Call, need } from '../native/call.ts'
import { commits, demands } from '../storage/traces.ts'
import type { TracesArgs } from './args.ts'

export function getDemand(call: Call, { demand: id }: TracesArgs<'getDemand'>) {
  const demand = demands.get(call.store, id)
  need(demand.status !== 0n, 'UnknownObject', { id })
  return demand
}

/** Zeros for a commitment that was never made. */
export function getCommit(call: Call, { commitment }: TracesArgs<'getCommit'>) {
  return commits.get(call.store, commitment)
}
