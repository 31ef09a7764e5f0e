import { z } from 'zod'
import { type CorpusVersion, joinContributions } from '../attribution/kernel/span/corpus.ts'
import { createTextTree } from '../attribution/kernel/text.ts'
import type { Hash } from '../core/hex.ts'

const hash = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .transform((text) => text as Hash)
const order = z.string().regex(/^\d+$/).transform(BigInt)

/** The JSON of a version file, which `openledger datanet publish` writes. */
export const versionFileShape = z.strictObject({
  format: z.literal('openledger-version/1'),
  version: hash,
  datanet: hash,
  sequence: order,
  textRoot: hash,
  docRoot: hash,
  byteLength: z.number().int().min(1),
  documents: z.array(z.strictObject({ file: z.string(), start: z.number().int().min(0), contribution: hash, order })),
})

/** What a published version consists of, its texts aside: what base claims and providers need. */
export type VersionFile = z.output<typeof versionFileShape>

/** A version file from its text; undefined if it is none. */
export function parseVersionFile(text: string): VersionFile | undefined {
  try {
    return versionFileShape.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** The version with its texts, given in the order of `documents`, as tracers take it; undefined if they are other texts. */
export function corpusVersionOf(file: VersionFile, contents: readonly Uint8Array[]): CorpusVersion | undefined {
  if (contents.length !== file.documents.length) return undefined
  const parts = file.documents.map((document, index) => ({ ...document, content: contents[index]! }))
  const joined = joinContributions(file.version, parts)
  return createTextTree(joined.text).root === file.textRoot ? joined : undefined
}
