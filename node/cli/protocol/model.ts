import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { modelsAbi } from '../../../attribution/abi/models.ts'
import { modelClasses, modelKinds } from '../../../attribution/storage/models.ts'
import { type Hash, zeroHash } from '../../../core/hex.ts'
import { keccakHash } from '../../../core/keccak.ts'
import { paramNumbers } from '../../../sdk/contracts.ts'
import { eventOf } from '../../../sdk/events.ts'
import { exitCodes } from '../exit.ts'
import { openText } from '../openText.ts'
import type { Context } from '../verb.ts'
import { hashOrFile, readJson } from './files.ts'
import { parseId, parseOpen, parsePercent } from './parse.ts'
import { withChain } from './session.ts'
import { hash } from './shapes.ts'
import { outputFields, reportObject, reportTransaction } from './text.ts'

/** A model as its owner writes it down. Files are relative to this one; shares and the margin are per cent. */
const shape = z.strictObject({
  weights: z.string(),
  metadata: z.string().optional(),
  method: z.string().default('span-v1'),
  kind: z.enum(modelKinds).exclude(['']),
  class: z.enum(modelClasses).exclude(['']),
  priceIn: z.string().default('0'),
  priceOut: z.string().default('0'),
  margin: z.string(),
  minChildShare: z.string().default('0'),
  parents: z.array(z.strictObject({ model: hash, share: z.string() })).default([]),
  versions: z.array(hash).default([]),
  providers: z.array(hash).default([]),
})

/** Units of shares (1e-9) in 1/10,000. */
const shareUnits = 100_000

/** `openledger model register`: a model version as a JSON file describes it. */
export async function modelRegister(context: Context): Promise<number> {
  const path = context.args[0]!
  const model = readJson(path, { shape, what: 'a model', fix: '`openledger model register --help` says what it has' })
  const file = (name: string | undefined): Hash | undefined =>
    hashOrFile(name === undefined || name.startsWith('0x') ? name : resolve(dirname(path), name))
  const share = (name: string, text: string) => parsePercent(name, text) * shareUnits
  const spec = {
    weightsHash: file(model.weights)!,
    metadataHash: file(model.metadata) ?? zeroHash,
    method: keccakHash(new TextEncoder().encode(model.method)),
    kind: modelKinds.indexOf(model.kind),
    class: modelClasses.indexOf(model.class),
    priceIn: parseOpen('priceIn', model.priceIn),
    priceOut: parseOpen('priceOut', model.priceOut),
    marginBps: parsePercent('margin', model.margin),
    minChildShare: share('minChildShare', model.minChildShare),
    parents: model.parents.map((parent) => ({ model: parent.model, share: share('share', parent.share) })),
    versions: model.versions,
    providers: model.providers,
  }
  return await withChain(context, async ({ reader, wallet, mined }) => {
    const { value } = await reader.paramNow({ param: paramNumbers.modelBond })
    const receipt = await mined(await (await wallet()).registerModel({ spec, value }))
    const { model: id, corpus } = eventOf(receipt, 'ModelRegistered')
    const text = `Registered model ${id}, bond ${openText(value)}, corpus of ${corpus.length} versions`
    reportTransaction(context.out, receipt, text, { model: id, corpus, bond: value })
    return exitCodes.ok
  })
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
      corpusSize: () => ['', ...corpus].join('\n    '),
      ancestors: () => ancestors.map((each) => `\n    ${each.model} ${shareText(each.share)}`).join(''),
    }
    const fields = outputFields(modelsAbi, 'getModel')
    reportObject(context.out, `Model ${model}`, fields, value, names, { id: model, corpus, lineage: ancestors })
    return exitCodes.ok
  })
}

/** `openledger model retire`: no new channels. */
export async function modelRetire(context: Context): Promise<number> {
  const model = parseId('<model>', context.args[0]!)
  return await withChain(context, async ({ wallet, mined }) => {
    const receipt = await mined(await (await wallet()).retireModel({ model }))
    reportTransaction(context.out, receipt, `Retired ${model}: no new channels`, { model })
    return exitCodes.ok
  })
}

function shareText(share: number): string {
  return `${share / 1e7} %`
}
