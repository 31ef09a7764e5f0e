import type { Hash } from '../../core/hex.ts'
import type { Call } from '../native/call.ts'
import { unbondings } from '../storage/agents.ts'
import { loadAgent } from './stake.ts'

export function getAgent(call: Call, { agent }: { readonly agent: Hash }) {
  return { value: loadAgent(call, agent) }
}

export function getUnbonding(call: Call, { agent }: { readonly agent: Hash }) {
  const { queueStart, queueEnd } = loadAgent(call, agent)
  const queue: { readonly amount: bigint; readonly availableAt: bigint }[] = []
  for (let index = queueStart; index < queueEnd; index++) queue.push(unbondings.get(call.store, agent, index))
  return { queue }
}

/** Stake that backs no open batch: half of it is the margin that the agent can still settle or repair. */
export function freeStake(call: Call, { agent }: { readonly agent: Hash }) {
  const { stake, openMargin } = loadAgent(call, agent)
  return { amount: stake > 2n * openMargin ? stake - 2n * openMargin : 0n }
}
