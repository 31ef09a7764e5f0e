import { contributionStatus } from '../../../attribution/storage/datanets.ts'
import { type Hash, zeroHash } from '../../../core/hex.ts'
import { paramNumbers } from '../../../sdk/contracts.ts'
import { contentRoots, versionRoots } from '../../../sdk/corpus.ts'
import { eventOf } from '../../../sdk/events.ts'
import { type VersionFile, versionFileShape } from '../../../sdk/versionFile.ts'
import { exitCodes } from '../exit.ts'
import { openText } from '../openText.ts'
import type { Context } from '../verb.ts'
import { passText, refused } from './failure.ts'
import { readBytes, readJson, writeJson } from './files.ts'
import { parseId } from './parse.ts'
import { type Session, withChain } from './session.ts'
import { countText, factsText, reportTransaction, whenText } from './text.ts'

/** The file that `datanet publish` wrote. Throws a NodeError (code `file`). */
export function readVersionFile(path: string): VersionFile {
  return readJson(path, {
    shape: versionFileShape,
    what: 'a version file',
    fix: 'give the file that `openledger datanet publish` wrote',
  })
}

/**
 * `openledger datanet publish`: the next version of a datanet, made of the contents of files. A false version costs its
 * bond, so everything that the chain tells about the contributions is checked first.
 */
export async function datanetPublish(context: Context): Promise<number> {
  const { args, own, out } = context
  const datanet = parseId('<datanet>', args[0]!)
  const files = args.slice(1).map((file) => ({ file, content: readBytes(file) }))
  return await withChain(
    context,
    async (session) => {
      const { reader, wallet, mined } = session
      const found = []
      for (const file of files) found.push(await findContribution(session, datanet, file))
      const contributions = found.sort((a, b) => (a.order < b.order ? -1 : 1))
      const again = contributions.find(({ order }, index) => order === contributions[index - 1]?.order)
      if (again !== undefined) throw refused(`${again.file} has the content of another file`, 'give it once')
      const { roots, content } = versionRoots(contributions)
      const { versions } = await reader.getDatanet({ datanet })
      const sequence = versions + 1n
      const isSame = versions > 0n && (await hasRoots(session, datanet, versions, roots))
      if (isSame) out.note(`warning: version ${versions} has the same contents; the new one takes a bond of its own`)
      const { value } = await reader.paramNow({ param: paramNumbers.versionBond })
      const curator = await wallet()
      const receipt = await mined(await curator.publishVersion({ datanet, sequence, ...roots, value }))
      const { version } = eventOf(receipt, 'VersionPublished')
      const documents = content.documents.map((document, index) => ({ file: contributions[index]!.file, ...document }))
      const path = typeof own.out === 'string' ? own.out : `${version.slice(0, 10)}.version.json`
      writeJson(path, { format: 'openledger-version/1', version, datanet, sequence, ...roots, documents }, 'w')
      const facts = factsText([
        ['holds', `${countText(roots.documents, 'document')}, ${countText(roots.byteLength, 'byte')}`],
        ['text root', roots.textRoot],
        ['document root', roots.docRoot],
        ['bond', openText(value)],
        ['file', `${path}: keep it, base claims and providers need it`],
      ])
      const text = `Published version ${sequence}: ${version}\n${facts}`
      const made = { id: version, version, datanet, sequence, ...roots, bond: value, file: path, isSame }
      reportTransaction(out, receipt, text, made)
      return exitCodes.ok
    },
    hints,
  )
}

const hints = {
  fixes: { NotAllowed: 'only the curator of the datanet publishes: sign with its key, --key or --dev' },
} as const

async function hasRoots(
  { reader }: Session,
  datanet: Hash,
  sequence: bigint,
  roots: { readonly textRoot: Hash; readonly docRoot: Hash },
): Promise<boolean> {
  const last = await reader.getVersion({ version: await reader.versionAt({ datanet, sequence }) })
  return last.textRoot === roots.textRoot && last.docRoot === roots.docRoot
}

type Found = {
  readonly file: string
  readonly content: Uint8Array
  readonly contribution: Hash
  readonly order: bigint
}

/** The contribution of a file, if a version may hold it now. */
async function findContribution(
  { reader, now, chain }: Session,
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
  if (activeFrom > time)
    throw refused(
      `${file} becomes active ${whenText(activeFrom, time)}`,
      `wait until then${chain.isDevelopment ? `, ${passText(activeFrom - time, chain)}` : ''}`,
    )
  if (revokedAt > 0) throw refused(`the consent for ${file} was revoked`, may)
  if (quarantinedAt > 0) throw refused(`${file} is quarantined`, may)
  if (consentUntil > 0 && consentUntil < time) throw refused(`the consent for ${file} has expired`, may)
  return { file, content, contribution, order }
}
