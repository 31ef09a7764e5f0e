import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { marginBounds, maxRoyalty } from '../../../attribution/models/spec.ts'
import { NodeError } from '../../../core/errors.ts'
import { type Hash, zeroHash } from '../../../core/hex.ts'
import { keccakHash } from '../../../core/keccak.ts'
import type { FunctionArgs } from '../../../sdk/encode.ts'
import { modelClasses, modelKinds } from '../../../sdk/models.ts'
import { nearest } from '../../config/nearest.ts'
import { hashOrFile, readJson } from './files.ts'
import { modelFields } from './modelHelp.ts'
import { openOf, type PercentBounds, percentOf, percentText } from './parse.ts'
import { hash } from './shapes.ts'

/** Shares count in 1e-9, the per cent of people in 1/10,000. */
const shareUnits = 100_000
const margins = { least: Number(marginBounds.min) / 100, most: Number(marginBounds.max) / 100 }
const shares = { least: 0, most: Number(maxRoyalty) / 1e7 }

const kinds = modelKinds.slice(1)
const classes = modelClasses.slice(1)

type Spec = FunctionArgs<'registerModel'>['spec']

/**
 * The model that a JSON file describes; files in it are relative to it. Throws a NodeError (code `file`) that names all
 * that is wrong.
 */
export function readModelFile(path: string): Spec {
  const fix = '`openledger model register --help` shows a whole one'
  const model = readJson(path, { shape: shapeIn(dirname(path)), what: 'a model', fix })
  return {
    weightsHash: model.weights,
    metadataHash: model.metadata ?? zeroHash,
    method: keccakHash(new TextEncoder().encode(model.method)),
    kind: modelKinds.indexOf(model.kind),
    class: modelClasses.indexOf(model.class),
    priceIn: model.priceIn ?? 0n,
    priceOut: model.priceOut ?? 0n,
    marginBps: model.margin,
    minChildShare: (model.minChildShare ?? 0) * shareUnits,
    parents: model.parents.map((parent) => ({ model: parent.model, share: parent.share * shareUnits })),
    versions: model.versions,
    providers: model.providers,
  }
}

function shapeIn(folder: string) {
  const file = text('a file, or 32 bytes as hex', (name) => hashOfFile(folder, name))
  const open = text('an amount of OPEN, like 10 or 0.5', openOf)
  const ids = z.array(hash, { error: 'a list of ids' }).default([])
  return z.strictObject(
    {
      weights: file,
      metadata: file.optional(),
      method: z.string().default('span-v1'),
      kind: z.enum(modelKinds).exclude([''], { error: `one of ${kinds.join(', ')}` }),
      class: z.enum(modelClasses).exclude([''], { error: `one of ${classes.join(', ')}` }),
      priceIn: open.optional(),
      priceOut: open.optional(),
      margin: percent(margins),
      minChildShare: percent(shares).optional(),
      parents: z.array(z.strictObject({ model: hash, share: percent(shares) })).default([]),
      versions: ids,
      providers: ids,
    },
    { error: unknownKeys },
  )
}

/** Names fields that a model does not have, with those that were probably meant. */
function unknownKeys(issue: { readonly code?: string; readonly keys?: readonly string[] }): string | undefined {
  if (issue.code !== 'unrecognized_keys') return undefined
  const texts = (issue.keys ?? []).map((key) => {
    const meant = nearest(key, modelFields)
    return `it has no field ${JSON.stringify(key)}${meant === undefined ? '' : `, did you mean ${meant}?`}`
  })
  return texts.join('; ')
}

function percent(bounds: PercentBounds) {
  return text(percentText(bounds), (value) => {
    const bps = percentOf(value)
    return bps === undefined || bps < bounds.least * 100 || bps > bounds.most * 100 ? undefined : bps
  })
}

/** Text or a number, read by `parse`, which gives undefined for what is not as expected. */
function text<T>(expects: string, parse: (text: string) => T | undefined) {
  return z.union([z.string(), z.number()], { error: `give ${expects}` }).transform((given, context): T => {
    const value = parse(String(given))
    if (value !== undefined) return value
    context.addIssue({ code: 'custom', message: `${JSON.stringify(given)} is not right: give ${expects}` })
    return z.NEVER
  })
}

function hashOfFile(folder: string, name: string): Hash | undefined {
  try {
    return hashOrFile(name.startsWith('0x') ? name : resolve(folder, name))
  } catch (thrown) {
    if (thrown instanceof NodeError && thrown.code === 'file') return undefined
    throw thrown
  }
}
