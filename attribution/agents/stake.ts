import type { Hash } from '../../core/hex.ts'
import { smaller } from '../native/bigint.ts'
import { type Call, fail, need } from '../native/call.ts'
import { param } from '../native/money.ts'
import type { RecordValue } from '../native/record.ts'
import { agents, unbondings } from '../storage/agents.ts'

/** An agent as it is stored. */
export type Agent = RecordValue<typeof agents.fields>

/** The agent, or `UnknownObject`. */
export function loadAgent(call: Call, agent: Hash): Agent {
  const value = agents.get(call.store, agent)
  return BigInt(value.owner) === 0n ? fail('UnknownObject', { id: agent }) : value
}

/** Fails unless the caller acts for the agent: its owner or its controller. */
export function needOperator({ caller }: Call, { owner, controller }: Agent): void {
  need(caller === owner || caller === controller, 'NotAllowed')
}

/** Fails unless the agent may provide inference: staked with the least amount, and never ejected. */
export function needProvider(call: Call, agent: Agent): void {
  need(!agent.ejected, 'Ejected')
  const least = param(call, 'minStake')
  need(agent.stake >= least, 'StakeTooLow', { needed: least })
}

/** Makes an agent answer for this much more margin of open batches: all of it together at most half its stake. */
export function addOpenMargin(call: Call, id: Hash, agent: Agent, margin: bigint): void {
  const openMargin = agent.openMargin + margin
  need(2n * openMargin <= agent.stake, 'UnderCollateralised')
  agents.set(call.store, { openMargin }, id)
}

/** Ends what `addOpenMargin` began. */
export function removeOpenMargin(call: Call, id: Hash, margin: bigint): void {
  agents.set(call.store, { openMargin: agents.field(call.store, 'openMargin', id) - margin }, id)
}

/** All that can be taken from an agent: its stake and what is on its way out. */
export function slashable({ stake, unbonding }: Agent): bigint {
  return stake + unbonding
}

/**
 * Takes up to this much from an agent: stake first, then the queue from its newest entry. The wei stay booked as
 * stakes: the caller moves what was taken.
 */
export function takeStake(call: Call, id: Hash, wei: bigint): bigint {
  const agent = loadAgent(call, id)
  const taken = smaller(wei, slashable(agent))
  const fromStake = smaller(taken, agent.stake)
  takeUnbonding(call, id, agent, taken - fromStake)
  agents.set(
    call.store,
    {
      stake: agent.stake - fromStake,
      unbonding: agent.unbonding - (taken - fromStake),
      slashed: agent.slashed + taken,
    },
    id,
  )
  return taken
}

function takeUnbonding(call: Call, id: Hash, { queueStart, queueEnd }: Agent, wei: bigint): void {
  let left = wei
  for (let index = queueEnd; index > queueStart && left > 0n; index--) {
    const amount = unbondings.field(call.store, 'amount', id, index - 1n)
    const part = smaller(amount, left)
    unbondings.set(call.store, { amount: amount - part }, id, index - 1n)
    left -= part
  }
}
