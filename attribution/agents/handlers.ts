import type { Address, Hash } from '../../core/hex.ts'
import { zeroAddress } from '../../core/hex.ts'
import { agentsAbi } from '../abi/agents.ts'
import { type Call, idOf, need, needOwner } from '../native/call.ts'
import { amount as checkAmount, credit, move, needRecipient, param, receive } from '../native/money.ts'
import { emitterOf } from '../native/table.ts'
import { agentCounters, agents, unbondings } from '../storage/agents.ts'
import { loadAgent, takeStake } from './stake.ts'

const emit = emitterOf(agentsAbi)

/** Entries that may wait in an agent's queue, so that slashing it stays bounded. */
export const maxUnbondings = 16n

export function registerAgent(
  call: Call,
  { controller, metadataHash }: { readonly controller: Address; readonly metadataHash: Hash },
): { readonly agent: Hash } {
  need(controller !== zeroAddress, 'BadRecipient')
  const count = agentCounters.field(call.store, 'count', call.caller) + 1n
  agentCounters.set(call.store, { count }, call.caller)
  const agent = idOf(call, 'agent', call.caller, { u64: count })
  agents.set(call.store, { owner: call.caller, controller, metadataHash, stake: call.value }, agent)
  receive(call, 'stakes', call.value)
  emit(call, 'AgentRegistered', { agent, owner: call.caller, controller, metadataHash })
  if (call.value > 0n) emit(call, 'Staked', { agent, amount: call.value })
  return { agent }
}

export function transferAgent(call: Call, { agent, to }: { readonly agent: Hash; readonly to: Address }): undefined {
  needOwner(call, loadAgent(call, agent).owner)
  needRecipient(to)
  agents.set(call.store, { owner: to }, agent)
  emit(call, 'AgentTransferred', { agent, from: call.caller, to })
}

export function setController(
  call: Call,
  { agent, controller }: { readonly agent: Hash; readonly controller: Address },
): undefined {
  needOwner(call, loadAgent(call, agent).owner)
  need(controller !== zeroAddress, 'BadRecipient')
  agents.set(call.store, { controller }, agent)
  emit(call, 'ControllerSet', { agent, controller })
}

export function stake(call: Call, { agent }: { readonly agent: Hash }): undefined {
  need(call.value > 0n, 'ZeroAmount')
  const { stake: before } = loadAgent(call, agent)
  agents.set(call.store, { stake: checkAmount(before + call.value) }, agent)
  receive(call, 'stakes', call.value)
  emit(call, 'Staked', { agent, amount: call.value })
}

export function unstake(call: Call, { agent, amount }: { readonly agent: Hash; readonly amount: bigint }): undefined {
  const value = loadAgent(call, agent)
  needOwner(call, value.owner)
  need(amount > 0n, 'ZeroAmount')
  need(amount <= value.stake, 'StakeTooLow', { needed: amount })
  need(value.queueEnd - value.queueStart < maxUnbondings, 'TooMany', { most: maxUnbondings })
  const availableAt = call.now + param(call, 'unbondingSec')
  unbondings.set(call.store, { amount, availableAt }, agent, value.queueEnd)
  const unbonding = checkAmount(value.unbonding + amount)
  agents.set(call.store, { stake: value.stake - amount, unbonding, queueEnd: value.queueEnd + 1n }, agent)
  emit(call, 'UnstakeStarted', { agent, amount, availableAt })
}

/** Credits the owner with every entry whose time has come. What stays must still back the open batches twice. */
export function completeUnstake(call: Call, { agent }: { readonly agent: Hash }): { readonly amount: bigint } {
  const value = loadAgent(call, agent)
  let { queueStart } = value
  let amount = 0n
  for (; queueStart < value.queueEnd; queueStart++) {
    const entry = unbondings.get(call.store, agent, queueStart)
    if (entry.availableAt > call.now) break
    amount += entry.amount
    unbondings.clear(call.store, agent, queueStart)
  }
  if (queueStart === value.queueStart) {
    const waits = queueStart < value.queueEnd
    need(waits, 'AlreadyClaimed')
    need(false, 'TooEarly', { earliest: unbondings.field(call.store, 'availableAt', agent, queueStart) })
  }
  const unbonding = value.unbonding - amount
  need(value.stake + unbonding >= 2n * value.openMargin, 'StakeInUse')
  agents.set(call.store, { unbonding, queueStart }, agent)
  credit(call, 'stakes', value.owner, amount)
  emit(call, 'UnstakeCompleted', { agent, owner: value.owner, amount })
  return { amount }
}

/** The court's slash goes to the insurance fund, from which governance compensates whoever was harmed. */
export function slashAgent(
  call: Call,
  { agent, amount }: { readonly agent: Hash; readonly amount: bigint },
): { readonly taken: bigint } {
  need(call.caller === call.rules.court, 'NotAllowed')
  need(amount > 0n, 'ZeroAmount')
  const taken = takeStake(call, agent, amount)
  move(call, 'stakes', 'insurance', taken)
  emit(call, 'AgentSlashed', { agent, taken })
  return { taken }
}
