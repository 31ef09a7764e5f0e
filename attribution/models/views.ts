import type { Hash } from '../../core/hex.ts'
import type { Call } from '../native/call.ts'
import { ancestorsOf, corpusOf, isAllowedProvider, loadModel } from './load.ts'

export function getModel(call: Call, { model }: { readonly model: Hash }) {
  return { value: loadModel(call, model) }
}

export function getCorpus(call: Call, { model }: { readonly model: Hash }) {
  return { versions: corpusOf(call, model, loadModel(call, model)) }
}

export function getAncestors(call: Call, { model }: { readonly model: Hash }) {
  return { ancestors: ancestorsOf(call, model, loadModel(call, model)) }
}

export function isProvider(call: Call, { model, agent }: { readonly model: Hash; readonly agent: Hash }) {
  return { allowed: isAllowedProvider(call, model, loadModel(call, model), agent) }
}
