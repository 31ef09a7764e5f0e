import { randomBytes } from 'node:crypto'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { z } from 'zod'
import { bondFor } from '../../../attribution/datanets/contribute.ts'
import { contributionStatus } from '../../../attribution/storage/datanets.ts'
import { bytesToHash, type Hash, type Hex } from '../../../core/hex.ts'
import { contentRoots, contributionCommitment, licenceId } from '../../../sdk/corpus.ts'
import { protocolError } from '../../../sdk/errors.ts'
import { eventOf } from '../../../sdk/events.ts'
import { exitCodes } from '../exit.ts'
import { openText } from '../openText.ts'
import type { Context } from '../verb.ts'
import { checkUntil, consentOf } from './datanet.ts'
import { refused, usage } from './failure.ts'
import { readBytes, readJson, writeJson } from './files.ts'
import { consentText, parseId, parseOpen } from './parse.ts'
import { type Session, withChain } from './session.ts'
import { hash } from './shapes.ts'
import { reportTransaction, whenText } from './text.ts'

const shape = z.strictObject({
  format: z.literal('openledger-commit/1'),
  datanet: hash,
  owner: z.string(),
  contentRoot: hash,
  salt: hash,
  contribution: hash.optional(),
})
type CommitFile = z.output<typeof shape>

/** `openledger datanet commit`: takes a place in the order for a file; the salt is on disk before anything is sent. */
export async function datanetCommit(context: Context): Promise<number> {
  const { args, own, out } = context
  const datanet = parseId('<datanet>', args[0]!)
  const path = args[1]!
  const content = readBytes(path)
  if (content.length === 0) throw usage(`${path} is empty`, 'contribute something')
  const work = async (session: Session): Promise<number> => {
    const { reader, wallet, mined, now } = session
    const { bondPerKb } = await reader.getDatanet({ datanet })
    const least = bondFor(BigInt(content.length), bondPerKb)
    const value = typeof own.bond === 'string' ? parseOpen('--bond', own.bond) : least
    if (value < least)
      throw refused(
        `the datanet asks for a bond of ${openText(least)}`,
        'give --bond of at least that, or leave it out',
      )
    const owner = await wallet()
    const { contentRoot } = contentRoots(content)
    const salt = bytesToHash(randomBytes(32))
    const format = 'openledger-commit/1' as const
    const file: CommitFile = { format, datanet, owner: owner.account.address, contentRoot, salt }
    const kept = commitPath(path)
    const moved = await moveAside(session, path, datanet)
    if (moved !== undefined) out.note(moved)
    writeJson(kept, file, 'wx')
    const commitment = contributionCommitment(contentRoot, salt, owner.account.address)
    const receipt = await mined(await unlessRefused(kept, owner.commitContribution({ datanet, commitment, value })))
    const { contribution, order } = eventOf(receipt, 'ContributionCommitted')
    writeJson(kept, { ...file, contribution }, 'w')
    const { activeFrom } = await reader.getContribution({ contribution })
    const text =
      `Committed ${path} as contribution ${contribution}, order ${order}, bond ${openText(value)}\n` +
      `Reveal it ${whenText(activeFrom - 1, await now())} at the latest: \`openledger datanet reveal ${path}\`, or the ` +
      `bond is burned; the secret is in ${kept}`
    const made = { id: contribution, contribution, order, activeFrom, bond: value, contentRoot, file: kept }
    reportTransaction(out, receipt, text, made)
    return exitCodes.ok
  }
  return await withChain(context, work)
}

/** `openledger datanet reveal`: says what was committed, and what may be done with it. */
export async function datanetReveal(context: Context): Promise<number> {
  const { args, out } = context
  const own = context.own as Readonly<Record<string, string | undefined>>
  const path = args[0]!
  const content = readBytes(path)
  if (!existsSync(commitPath(path)))
    throw usage(
      `${path} is not committed here: ${commitPath(path)} is missing`,
      `\`openledger datanet commit <datanet> ${path}\` first, or bring that file back`,
    )
  const commit = readCommit(path)
  const { datanet, contribution, salt } = commit
  const { contentRoot, top, byteLength } = contentRoots(content)
  if (contentRoot !== commit.contentRoot) throw usage(`${path} has changed since it was committed`, 'bring it back')
  if (contribution === undefined)
    throw usage(`the commit of ${path} was not completed`, `delete ${commitPath(path)}, then commit it again`)
  const work = async ({ reader, wallet, mined, now }: Session): Promise<number> => {
    const policy = await reader.getDatanet({ datanet })
    const licence = own.licence === undefined ? policy.licence : licenceId(own.licence)
    const reveal = { contribution, salt, top, byteLength, licence, ...consentOf(own, policy) }
    if (own.until !== undefined) checkUntil(reveal.consentUntil, await now())
    const receipt = await mined(await (await wallet()).revealContribution(reveal))
    const { status, activeFrom } = await reader.getContribution({ contribution })
    const isDuplicate = BigInt(status) === contributionStatus.duplicate
    const sentence = isDuplicate
      ? `Revealed ${contribution}: somebody committed the same content before; the bond is credited back`
      : `Revealed ${contribution} for ${consentText(reveal.consent)}; it can be published ${whenText(activeFrom, await now())}`
    const made = { id: contribution, contribution, contentRoot, activeFrom, isDuplicate }
    reportTransaction(out, receipt, sentence, made)
    return exitCodes.ok
  }
  const again = `\`openledger datanet commit ${datanet} ${path}\``
  return await withChain(context, work, {
    fixes: {
      TooLate: `the bond is lost; commit it again, ${again} moves ${commitPath(path)} aside`,
      UnknownObject: `${commitPath(path)} is of another chain: commit it here, ${again}`,
      NotAllowed: `sign with the key that committed it, of ${commit.owner}: --key or --dev`,
      WrongStatus: 'nothing is left to do: `openledger datanet show` has the contribution',
    },
    statuses: contributionStatus,
  })
}

function readCommit(path: string): CommitFile {
  const fix = `\`openledger datanet commit\` writes it: bring it back, or delete it and commit again`
  return readJson(commitPath(path), { shape, what: 'a commit file', fix })
}

function commitPath(path: string): string {
  return `${path}.commit.json`
}

/**
 * Moves the commit file of an earlier commit out of the way if it is of no use any more, and says so. Undefined if there
 * is none. Throws a NodeError if it still has a secret to reveal, or the content is in the datanet already.
 */
async function moveAside(session: Session, path: string, datanet: Hash): Promise<string | undefined> {
  const kept = commitPath(path)
  if (!existsSync(kept)) return undefined
  const old = readCommit(path)
  const { contribution } = old
  if (contribution === undefined)
    throw refused(`${kept} is of a commit that was not completed`, 'delete it if nothing was sent, then commit again')
  const state = await stateOf(session, contribution, old)
  if (state === 'open')
    throw refused(`${path} is committed already: ${contribution}`, `\`openledger datanet reveal ${path}\``)
  if (state === 'revealed' && old.datanet === datanet)
    throw refused(`${path} is in this datanet already: ${contribution}`, 'nothing is left to do')
  const aside = `${path}.commit.${contribution.slice(2, 10)}.json`
  renameSync(kept, aside)
  return `the commit in ${kept} is ${state}: moved to ${aside}`
}

type CommitState = 'open' | 'late' | 'expired' | 'revealed' | 'unknown on this chain'

/** How an earlier commit stands. Another chain may have another contribution under its id. */
async function stateOf({ reader, now }: Session, contribution: Hash, file: CommitFile): Promise<CommitState> {
  try {
    const found = await reader.getContribution({ contribution })
    const status = BigInt(found.status)
    if (status === contributionStatus.expired) return 'expired'
    const isCommitted = status === contributionStatus.committed
    const commitment = contributionCommitment(file.contentRoot, file.salt, file.owner as Hex)
    if (found.contentRoot !== (isCommitted ? commitment : file.contentRoot)) return 'unknown on this chain'
    if (!isCommitted) return 'revealed'
    return (await now()) < found.activeFrom ? 'open' : 'late'
  } catch (thrown) {
    if (protocolError(thrown)?.name === 'UnknownObject') return 'unknown on this chain'
    throw thrown
  }
}

/** What the chain refused was never sent: its secret is of no use. */
async function unlessRefused(kept: string, sending: Promise<Hex>): Promise<Hex> {
  try {
    return await sending
  } catch (thrown) {
    if (protocolError(thrown) !== undefined) rmSync(kept)
    throw thrown
  }
}
