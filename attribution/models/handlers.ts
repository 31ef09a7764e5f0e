import type { Address, Hash } from '../../core/hex.ts'
import { modelsAbi } from '../abi/models.ts'
import { type Call, idOf, need, needOwner } from '../native/call.ts'
import { credit, needRecipient, param, receive } from '../native/money.ts'
import { emitterOf } from '../native/table.ts'
import { ancestors, corpora, modelCounters, models, providers } from '../storage/models.ts'
import { bindWeights, type Lineage, lineageOf } from './lineage.ts'
import { loadModel } from './load.ts'
import { checkSpec, type ModelSpec } from './spec.ts'

const emit = emitterOf(modelsAbi)

/** What `WrongStatus` says of a model. */
export const modelStatus = { active: 1n, retired: 2n } as const

/** Registers a model version, for ever as it is: its lineage and corpus are worked out once, here. */
export function registerModel(call: Call, { spec }: { readonly spec: ModelSpec }): { readonly model: Hash } {
  checkSpec(spec)
  const needed = param(call, 'modelBond')
  need(call.value >= needed, 'BondTooLow', { needed })
  const lineage = lineageOf(call, spec)
  const count = modelCounters.field(call.store, 'count', call.caller) + 1n
  modelCounters.set(call.store, { count }, call.caller)
  const model = idOf(call, 'model', call.caller, { u64: count })
  bindWeights(call, model, spec, lineage.corpus)
  saveModel(call, model, spec, lineage)
  receive(call, 'bonds', call.value)
  const corpus = lineage.corpus.map(({ version }) => version)
  emit(call, 'ModelRegistered', { ...spec, model, owner: call.caller, corpus })
  for (const { id, share } of lineage.ancestors) emit(call, 'AncestorShare', { model, ancestor: id, share })
  return { model }
}

export function transferModel(call: Call, { model, to }: { readonly model: Hash; readonly to: Address }): undefined {
  needOwner(call, loadModel(call, model).owner)
  needRecipient(to)
  models.set(call.store, { owner: to }, model)
  emit(call, 'ModelTransferred', { model, from: call.caller, to })
}

/** Ends new business with a model; what runs goes on, and it stays an ancestor of its children. */
export function retireModel(call: Call, { model }: { readonly model: Hash }): undefined {
  const { owner, retiredAt } = loadModel(call, model)
  needOwner(call, owner)
  need(retiredAt === 0n, 'WrongStatus', { status: modelStatus.retired })
  models.set(call.store, { retiredAt: call.now }, model)
  emit(call, 'ModelRetired', { model })
}

export function releaseModelBond(call: Call, { model }: { readonly model: Hash }): undefined {
  const { owner, bond, retiredAt } = loadModel(call, model)
  need(retiredAt > 0n, 'WrongStatus', { status: modelStatus.active })
  need(bond > 0n, 'AlreadyClaimed')
  const earliest = retiredAt + param(call, 'releaseSec')
  need(call.now >= earliest, 'TooEarly', { earliest })
  models.set(call.store, { bond: 0n }, model)
  credit(call, 'bonds', owner, bond)
  emit(call, 'BondReleased', { id: model, to: owner, bond })
}

function saveModel(call: Call, model: Hash, spec: ModelSpec, lineage: Lineage): void {
  const { parents, versions, providers: listed, ...terms } = spec
  models.set(
    call.store,
    {
      ...terms,
      owner: call.caller,
      bond: call.value,
      parentShares: lineage.parentShares,
      ancestors: BigInt(lineage.ancestors.length),
      corpusSize: BigInt(lineage.corpus.length),
      providers: BigInt(listed.length),
      registeredAt: call.now,
    },
    model,
  )
  for (const [index, { id, share }] of lineage.ancestors.entries()) {
    ancestors.set(call.store, { ancestor: id, share }, model, BigInt(index))
  }
  for (const [index, { version }] of lineage.corpus.entries()) {
    corpora.set(call.store, { version }, model, BigInt(index))
  }
  for (const agent of listed) providers.set(call.store, { allowed: true }, model, agent)
}
