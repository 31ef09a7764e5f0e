import { randomBytes } from 'node:crypto'
import { zeroHash } from 'viem'
import { z } from 'zod'
import { datanetsAbi } from '../../../attribution/abi/datanets.ts'
import { bondFor } from '../../../attribution/datanets/contribute.ts'
import { contributionStatus } from '../../../attribution/storage/datanets.ts'
import { NodeError } from '../../../core/errors.ts'
import { bytesToHash } from '../../../core/hex.ts'
import { contentRoots, contributionCommitment, licenceId } from '../../../sdk/corpus.ts'
import { protocolError } from '../../../sdk/errors.ts'
import { eventOf } from '../../../sdk/events.ts'
import { exitCodes } from '../exit.ts'
import { openText } from '../openText.ts'
import type { Context } from '../verb.ts'
import { hashOrFile, readBytes, readJson, writeJson } from './files.ts'
import { consentText, parseConsent, parseId, parseOpen, parsePercent, parseUntil } from './parse.ts'
import { withChain } from './session.ts'
import { hash } from './shapes.ts'
import { outputFields, reportObject, reportTransaction, timeText } from './text.ts'

/** `openledger datanet create`: a datanet of the key's account. */
export async function datanetCreate(context: Context): Promise<number> {
  const { out } = context
  const own = context.own as Readonly<Record<string, string | undefined>>
  const terms = {
    uri: own.uri ?? '',
    metadataHash: hashOrFile(own.metadata) ?? zeroHash,
    licence: own.licence === undefined ? zeroHash : licenceId(own.licence),
    ...consentOf(own, { consent: parseConsent('', 'train,retrieve,evaluate,commercial'), consentUntil: 0 }),
    bondPerKb: parseOpen('--bond-per-kb', own['bond-per-kb'] ?? '0'),
    curatorBps: parsePercent('--curator-share', own['curator-share'] ?? '0'),
  }
  return await withChain(context, async ({ wallet, mined }) => {
    const receipt = await mined(await (await wallet()).createDatanet(terms))
    const { datanet } = eventOf(receipt, 'DatanetCreated')
    reportTransaction(out, receipt, `Created datanet ${datanet}`, { datanet })
    return exitCodes.ok
  })
}

const commitShape = z.strictObject({
  format: z.literal('openledger-commit/1'),
  datanet: hash,
  owner: z.string(),
  contentRoot: hash,
  salt: hash,
  contribution: hash.optional(),
})
type CommitFile = z.output<typeof commitShape>
const commitFile = {
  shape: commitShape,
  what: 'a commit file',
  fix: '`openledger datanet commit` writes it: bring it back',
} as const

/** `openledger datanet commit`: takes a place in the order for a file; the salt is on disk before anything is sent. */
export async function datanetCommit(context: Context): Promise<number> {
  const { args, own, out } = context
  const datanet = parseId('<datanet>', args[0]!)
  const path = args[1]!
  const content = readBytes(path)
  if (content.length === 0) throw usage(`${path} is empty`, 'contribute something')
  return await withChain(context, async ({ reader, wallet, mined }) => {
    const { bondPerKb } = await reader.getDatanet({ datanet })
    const least = bondFor(BigInt(content.length), bondPerKb)
    const value = typeof own.bond === 'string' ? parseOpen('--bond', own.bond) : least
    const owner = await wallet()
    const { contentRoot } = contentRoots(content)
    const salt = bytesToHash(randomBytes(32))
    const format = 'openledger-commit/1' as const
    const file: CommitFile = { format, datanet, owner: owner.account.address, contentRoot, salt }
    const kept = commitPath(path)
    writeJson(kept, file, 'wx')
    const commitment = contributionCommitment(contentRoot, salt, owner.account.address)
    const receipt = await mined(await owner.commitContribution({ datanet, commitment, value }))
    const { contribution, order } = eventOf(receipt, 'ContributionCommitted')
    writeJson(kept, { ...file, contribution }, 'w')
    const { activeFrom } = await reader.getContribution({ contribution })
    const text =
      `Committed ${path} as contribution ${contribution}, order ${order}, bond ${openText(value)}\n` +
      `Reveal it before ${timeText(activeFrom)} with \`openledger datanet reveal ${path}\`, or the bond is burned; ` +
      `the secret is in ${kept}`
    reportTransaction(out, receipt, text, { contribution, order, activeFrom, bond: value, contentRoot, file: kept })
    return exitCodes.ok
  })
}

/** `openledger datanet reveal`: says what was committed, and what may be done with it. */
export async function datanetReveal(context: Context): Promise<number> {
  const { args, out } = context
  const own = context.own as Readonly<Record<string, string | undefined>>
  const path = args[0]!
  const commit = readJson(commitPath(path), commitFile)
  const { datanet, contribution, salt } = commit
  const { contentRoot, top, byteLength } = contentRoots(readBytes(path))
  if (contentRoot !== commit.contentRoot) throw usage(`${path} has changed since it was committed`, 'bring it back')
  if (contribution === undefined) throw usage(`the commit of ${path} was not completed`, 'commit it again')
  return await withChain(context, async ({ reader, wallet, mined }) => {
    const policy = await reader.getDatanet({ datanet })
    const licence = own.licence === undefined ? policy.licence : licenceId(own.licence)
    const reveal = { contribution, salt, top, byteLength, licence, ...consentOf(own, policy) }
    const receipt = await mined(await (await wallet()).revealContribution(reveal))
    const { status, activeFrom } = await reader.getContribution({ contribution })
    const isDuplicate = BigInt(status) === contributionStatus.duplicate
    const sentence = isDuplicate
      ? `Revealed ${contribution}: somebody committed the same content before; the bond is credited back`
      : `Revealed ${contribution}, active from ${timeText(activeFrom)}, for ${consentText(reveal.consent)}`
    reportTransaction(out, receipt, sentence, { contribution, contentRoot, activeFrom, isDuplicate })
    return exitCodes.ok
  })
}

/** `openledger datanet revoke`: keeps a contribution out of future versions. */
export async function datanetRevoke(context: Context): Promise<number> {
  const contribution = parseId('<contribution>', context.args[0]!)
  return await withChain(context, async ({ wallet, mined }) => {
    const receipt = await mined(await (await wallet()).revokeConsent({ contribution }))
    reportTransaction(context.out, receipt, `Revoked ${contribution}: future versions cannot hold it`, { contribution })
    return exitCodes.ok
  })
}

/** `openledger datanet show`: a datanet, a contribution or a version, whichever the id is of. */
export async function datanetShow(context: Context): Promise<number> {
  const id = parseId('<id>', context.args[0]!)
  return await withChain(context, async ({ reader }) => {
    const { out } = context
    const names = { consent: consentText, status: statusText }
    const found = { kind: '', id }
    const datanet = await orUnknown(reader.getDatanet({ datanet: id }))
    const contribution = datanet ?? (await orUnknown(reader.getContribution({ contribution: id })))
    if (datanet !== undefined)
      reportObject(out, `Datanet ${id}`, outputFields(datanetsAbi, 'getDatanet'), datanet, names, {
        ...found,
        kind: 'datanet',
      })
    else if (contribution !== undefined)
      reportObject(out, `Contribution ${id}`, outputFields(datanetsAbi, 'getContribution'), contribution, names, {
        ...found,
        kind: 'contribution',
      })
    else {
      const version = await reader.getVersion({ version: id })
      reportObject(out, `Version ${id}`, outputFields(datanetsAbi, 'getVersion'), version, names, {
        ...found,
        kind: 'version',
      })
    }
    return exitCodes.ok
  })
}

/** Consent by flags, by default what the datanet allows. */
function consentOf(
  own: Readonly<Record<string, string | undefined>>,
  usual: { readonly consent: number; readonly consentUntil: number },
): { readonly consent: number; readonly consentUntil: number } {
  return {
    consent: own.consent === undefined ? usual.consent : parseConsent('--consent', own.consent),
    consentUntil: own.until === undefined ? usual.consentUntil : parseUntil('--until', own.until),
  }
}

/** Undefined for an id that is of nothing. */
async function orUnknown<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (thrown) {
    if (protocolError(thrown)?.name === 'UnknownObject') return undefined
    throw thrown
  }
}

function statusText(status: number): string {
  const [name] = Object.entries(contributionStatus).find(([, value]) => value === BigInt(status)) ?? ['none']
  return name
}

function commitPath(path: string): string {
  return `${path}.commit.json`
}

function usage(message: string, fix: string): NodeError {
  return new NodeError({ code: 'usage', severity: 'fatal', message, fix })
}
