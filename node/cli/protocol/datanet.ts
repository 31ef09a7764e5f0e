import { zeroHash } from 'viem'
import { datanetsAbi } from '../../../attribution/abi/datanets.ts'
import { maxCuratorBps } from '../../../attribution/datanets/datanet.ts'
import { contributionStatus } from '../../../attribution/storage/datanets.ts'
import { licenceId } from '../../../sdk/corpus.ts'
import { protocolError } from '../../../sdk/errors.ts'
import { eventOf } from '../../../sdk/events.ts'
import { exitCodes } from '../exit.ts'
import type { Context } from '../verb.ts'
import { usage } from './failure.ts'
import { hashOrFile } from './files.ts'
import { consentText, parseConsent, parseId, parseOpen, parsePercent, parseUntil } from './parse.ts'
import { withChain } from './session.ts'
import { outputFields, reportObject, reportTransaction, whenText } from './text.ts'

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
    curatorBps: parsePercent('--curator-share', own['curator-share'] ?? '0', {
      least: 0,
      most: Number(maxCuratorBps) / 100,
    }),
  }
  return await withChain(context, async ({ wallet, mined, now }) => {
    checkUntil(terms.consentUntil, await now())
    const receipt = await mined(await (await wallet()).createDatanet(terms))
    const { datanet } = eventOf(receipt, 'DatanetCreated')
    reportTransaction(out, receipt, `Created datanet ${datanet}`, { id: datanet, datanet })
    return exitCodes.ok
  })
}

/** `openledger datanet revoke`: keeps a contribution out of future versions. */
export async function datanetRevoke(context: Context): Promise<number> {
  const contribution = parseId('<contribution>', context.args[0]!)
  return await withChain(
    context,
    async ({ wallet, mined }) => {
      const receipt = await mined(await (await wallet()).revokeConsent({ contribution }))
      reportTransaction(context.out, receipt, `Revoked ${contribution}: future versions cannot hold it`, {
        id: contribution,
        contribution,
      })
      return exitCodes.ok
    },
    hints,
  )
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

const hints = {
  fixes: { NotAllowed: 'only the owner of the contribution may: sign with its key, --key or --dev' },
  statuses: contributionStatus,
} as const

/** Refuses a consent that has ended before it begins. */
export function checkUntil(consentUntil: number, now: number): void {
  if (consentUntil > 0 && consentUntil <= now)
    throw usage(`--until is in the past: ${whenText(consentUntil, now)}`, 'give a later date, or never')
}

/** Consent by flags, by default what the datanet allows. */
export function consentOf(
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
