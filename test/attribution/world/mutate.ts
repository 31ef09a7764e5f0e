import { type Draft, draftOf } from './draft.ts'
import * as ledger from './mutations/ledger.ts'
import * as outputs from './mutations/outputs.ts'
import * as receipts from './mutations/receipts.ts'
import type { Mutation } from './mutations/tools.ts'
import * as traces from './mutations/traces.ts'
import type { Random } from './random.ts'
import type { Scenario } from './scenario.ts'

/** All ways to falsify, by name. */
export const mutations: Readonly<Record<string, Mutation>> = { ...receipts, ...outputs, ...traces, ...ledger }
export const mutationNames: readonly string[] = Object.keys(mutations)

/** A draft falsified in one way, sometimes in more; the payers may have signed it. */
export function mutate(
  scenario: Scenario,
  random: Random,
  first: string,
): { readonly draft: Draft; readonly names: readonly string[] } {
  const draft = draftOf(scenario)
  draft.signsAnything = random.chance(0.5)
  const names = [first]
  while (random.chance(0.15)) names.push(random.pick(mutationNames))
  for (const name of names) mutations[name]!(draft, random, scenario)
  return { draft, names }
}
