import type { modelClasses } from '../attribution/storage/models.ts'

export { modelClasses, modelKinds } from '../attribution/storage/models.ts'

/** What the class of a model promises about its attributions, for whoever buys from it or is paid by it. */
export const classMeanings: Readonly<Record<Exclude<(typeof modelClasses)[number], ''>, string>> = {
  EXACT: 'whoever has the corpus can recompute every attribution exactly',
  TRACEABLE: 'attributions are traces over the declared data',
  ATTESTED: 'attributions are certified off-chain',
}
