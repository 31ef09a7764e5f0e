import { z } from 'zod'
import { contributionStatus } from '../../../attribution/storage/datanets.ts'
import { NodeError } from '../../../core/errors.ts'
import { type Hash, zeroHash } from '../../../core/hex.ts'
import { paramNumbers } from '../../../sdk/contracts.ts'
import { contentRoots, versionRoots } from '../../../sdk/corpus.ts'
import { eventOf } from '../../../sdk/events.ts'
import { exitCodes } from '../exit.ts'
import { openText } from '../openText.ts'
import type { Context } from '../verb.ts'
import { readBytes, readJson, writeJson } from './files.ts'
import { parseId } from './parse.ts'
import { type Session, withChain } from './session.ts'
import { hash } from './shapes.ts'
import { factsText, reportTransaction, timeText } from './text.ts'

const shape = z.strictObject({
  format: z.literal('openledger-version/1'),
  version: hash,
  datanet: hash,
  sequence: z.string().regex(/^\d+$/).transform(BigInt),
  textRoot: hash,
  docRoot: hash,
  byteLength: z.number().int().min(1),
  documents: z.array(
    z.strictObject({
      file: z.string(),
      start: z.number().int().min(0),
      contribution: hash,
      order: z.string().regex(/^\d+$/).transform(BigInt),
    }),
  ),
})

/** What a published version consists of: what base claims and providers need. */
export type VersionFile = z.output<typeof shape>

/** The file that `datanet publish` wrote. Throws a NodeError (code `file`). */
export function readVersionFile(path: string): VersionFile {
  return readJson(path, { shape, what: 'a version file', fix: 'give the file that `openledger datanet publish` wrote' })
}

/**
 * `openledger datanet publish`: the next version of a datanet, made of the contents of files. A false version costs its
 * bond, so everything that the chain tells about the contributions is checked first.
 */
export async function datanetPublish(context: Context): Promise<number> {
  const { args, own, out } = context
  const datanet = parseId('<datanet>', args[0]!)
  const files = args.slice(1).map((file) => ({ file, content: readBytes(file) }))
  return await withChain(context, async (session) => {
    const { reader, wallet, mined } = session
    const found = []
    for (const file of files) found.push(await findContribution(session, datanet, file))
    const contributions = found.sort((a, b) => (a.order < b.order ? -1 : 1))
    const again = contributions.find(({ order }, index) => order === contributions[index - 1]?.order)
    if (again !== undefined) throw refused(`${again.file} has the content of another file`, 'give it once')
    const { roots, content } = versionRoots(contributions)
    const sequence = (await reader.getDatanet({ datanet })).versions + 1n
    const { value } = await reader.paramNow({ param: paramNumbers.versionBond })
    const curator = await wallet()
    const receipt = await mined(await curator.publishVersion({ datanet, sequence, ...roots, value }))
    const { version } = eventOf(receipt, 'VersionPublished')
    const documents = content.documents.map((document, index) => ({ file: contributions[index]!.file, ...document }))
    const path = typeof own.out === 'string' ? own.out : `${version.slice(0, 10)}.version.json`
    writeJson(path, { format: 'openledger-version/1', version, datanet, sequence, ...roots, documents }, 'w')
    const facts = factsText([
      ['documents', `${roots.documents}, ${roots.byteLength} bytes`],
      ['text root', roots.textRoot],
      ['document root', roots.docRoot],
      ['bond', openText(value)],
      ['file', `${path}: keep it, base claims and providers need it`],
    ])
    const text = `Published version ${sequence}: ${version}\n${facts}`
    reportTransaction(out, receipt, text, { version, datanet, sequence, ...roots, bond: value, file: path })
    return exitCodes.ok
  })
}

type Found = {
  readonly file: string
  readonly content: Uint8Array
  readonly contribution: Hash
  readonly order: bigint
}

/** The contribution of a file, if a version may hold it now. */
async function findContribution(
  { reader, now }: Session,
  datanet: Hash,
  { file, content }: { readonly file: string; readonly content: Uint8Array },
): Promise<Found> {
  const { contentRoot } = contentRoots(content)
  const contribution = await reader.contributionOf({ datanet, contentRoot })
  if (contribution === zeroHash)
    throw refused(`${file} is no contribution of this datanet`, '`openledger datanet commit` and `reveal` it first')
  const { status, order, activeFrom, revokedAt, quarantinedAt, consentUntil } = await reader.getContribution({
    contribution,
  })
  const time = await now()
  const may = 'leave it out'
  if (BigInt(status) !== contributionStatus.active) throw refused(`${file} is not active`, may)
  if (activeFrom > time) throw refused(`${file} is active from ${timeText(activeFrom)} on`, 'wait until then')
  if (revokedAt > 0) throw refused(`the consent for ${file} was revoked`, may)
  if (quarantinedAt > 0) throw refused(`${file} is quarantined`, may)
  if (consentUntil > 0 && consentUntil < time) throw refused(`the consent for ${file} has expired`, may)
  return { file, content, contribution, order }
}

function refused(message: string, fix: string): NodeError {
  return new NodeError({ code: 'refused', severity: 'fatal', message, fix })
}
