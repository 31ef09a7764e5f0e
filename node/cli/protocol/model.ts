import { modelsAbi } from '../../../attribution/abi/models.ts'
import { modelStatus } from '../../../attribution/models/handlers.ts'
import { modelClasses, modelKinds } from '../../../attribution/storage/models.ts'
import { paramNumbers } from '../../../sdk/contracts.ts'
import { eventOf } from '../../../sdk/events.ts'
import { exitCodes } from '../exit.ts'
import { openText } from '../openText.ts'
import type { Context } from '../verb.ts'
import { readModelFile } from './modelFile.ts'
import { parseId } from './parse.ts'
import { withChain } from './session.ts'
import { countText, outputFields, reportObject, reportTransaction } from './text.ts'

/** `openledger model register`: a model version as a JSON file describes it. */
export async function modelRegister(context: Context): Promise<number> {
  const { out } = context
  const spec = readModelFile(context.args[0]!)
  return await withChain(
    context,
    async ({ reader, wallet, mined }) => {
      const { value } = await reader.paramNow({ param: paramNumbers.modelBond })
      const receipt = await mined(await (await wallet()).registerModel({ spec, value }))
      const { model: id, corpus } = eventOf(receipt, 'ModelRegistered')
      const text = `Registered model ${id}, bond ${openText(value)}, corpus of ${countText(corpus.length, 'version')}`
      const isSold = spec.priceIn > 0n || spec.priceOut > 0n
      if (corpus.length === 0 && isSold)
        out.note('warning: without versions and parents it has no corpus: its data part will be burned')
      if (!isSold) out.note('warning: without priceIn and priceOut it is not sold: no channels can be opened on it')
      reportTransaction(out, receipt, text, { id, model: id, corpus, bond: value })
      return exitCodes.ok
    },
    { statuses: modelStatus },
  )
}

/** `openledger model show`: a model with its corpus and its ancestors. */
export async function modelShow(context: Context): Promise<number> {
  const model = parseId('<model>', context.args[0]!)
  return await withChain(context, async ({ reader }) => {
    const value = await reader.getModel({ model })
    const corpus = await reader.getCorpus({ model })
    const ancestors = await reader.getAncestors({ model })
    const names = {
      kind: (kind: number) => modelKinds[kind] ?? String(kind),
      class: (rank: number) => modelClasses[rank] ?? String(rank),
      minChildShare: shareText,
      parentShares: shareText,
      providers: (count: number) => (count === 0 ? 'anyone with stake' : String(count)),
      corpusSize: () => listText(corpus),
      ancestors: () => listText(ancestors.map((each) => `${each.model} ${shareText(each.share)}`)),
    }
    const fields = outputFields(modelsAbi, 'getModel')
    reportObject(context.out, `Model ${model}`, fields, value, names, { id: model, model, corpus, lineage: ancestors })
    return exitCodes.ok
  })
}

/** `openledger model retire`: no new channels. */
export async function modelRetire(context: Context): Promise<number> {
  const model = parseId('<model>', context.args[0]!)
  return await withChain(
    context,
    async ({ wallet, mined }) => {
      const receipt = await mined(await (await wallet()).retireModel({ model }))
      reportTransaction(context.out, receipt, `Retired ${model}: no new channels`, { id: model, model })
      return exitCodes.ok
    },
    ofOwner,
  )
}

const ofOwner = {
  fixes: { NotAllowed: 'only the owner of the model may: sign with its key, --key or --dev' },
  statuses: modelStatus,
} as const

function listText(lines: readonly string[]): string {
  return lines.length === 0 ? 'none' : lines.map((line) => `\n    ${line}`).join('')
}

function shareText(share: number): string {
  return `${share / 1e7} %`
}
