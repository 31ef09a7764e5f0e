import { classMeanings, modelKinds } from '../../../sdk/models.ts'

/** A whole model file, as `model register` takes it. */
export const modelExample = `{
  "weights": "weights.bin",
  "kind": "finetune",
  "class": "EXACT",
  "margin": 60,
  "priceIn": 0.01,
  "priceOut": 0.03,
  "minChildShare": 10,
  "parents": [{ "model": "0x5d1f…", "share": 20 }],
  "versions": ["0x83aa…"],
  "providers": []
}`

const fields = {
  weights: 'a file, whose hash is registered, or 32 bytes as hex',
  kind: modelKinds.slice(1).join(', '),
  class: 'how far attributions can be checked, see below',
  margin: 'per cent of the price that is shared, 10 to 100; the rest pays for computing',
  priceIn: 'OPEN per 1,000 tokens; a model without prices is not sold',
  priceOut: 'likewise, for what the model answers',
  minChildShare: 'per cent that models made from it owe its owner at least, 0 to 50',
  parents: "models it was made from, each with its share of the owner's income in per cent",
  versions: 'versions of datanets it was made from, beside those of its parents',
  providers: 'agents that may serve it; anyone with stake if there are none',
  metadata: 'a file with a description, or its hash',
  method: 'how attributions are found: span-v1 if absent',
}

/** The fields that a model file may have. */
export const modelFields: readonly string[] = Object.keys(fields)

/** What the help of `model register` ends with. */
export const modelHelp: readonly string[] = [
  'A model.json:',
  modelExample,
  '',
  'Needed are weights, kind, class and margin; numbers may be text as well. Files are relative to this one.',
  ...Object.entries(fields).map(([name, meaning]) => `  ${name.padEnd(13)}  ${meaning}`),
  '',
  'Classes:',
  ...Object.entries(classMeanings).map(([name, meaning]) => `  ${name.padEnd(13)}  ${meaning}`),
]
