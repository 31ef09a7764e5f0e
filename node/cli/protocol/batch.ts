import { settlementAbi } from '../../../attribution/abi/settlement.ts'
import { batchStatus } from '../../../attribution/storage/settlement.ts'
import { NodeError } from '../../../core/errors.ts'
import type { Hash } from '../../../core/hex.ts'
import { type BatchFile, batchIdOf, parseBatchFile } from '../../../sdk/batch.ts'
import { protocolError } from '../../../sdk/errors.ts'
import { eventOf } from '../../../sdk/events.ts'
import { exitCodes } from '../exit.ts'
import { openText } from '../openText.ts'
import type { Context } from '../verb.ts'
import { refused } from './failure.ts'
import { readBytes } from './files.ts'
import { parseId } from './parse.ts'
import { type Session, withChain } from './session.ts'
import { outputFields, reportObject, reportTransaction, whenText } from './text.ts'

/** A batch file as `createBatchFile` of the sdk makes it. Throws a NodeError (code `file`). */
export function readBatchFile(path: string): BatchFile {
  const file = parseBatchFile(new TextDecoder().decode(readBytes(path)))
  if (file !== undefined) return file
  const fix =
    'give the file that the provider made with `batchFileToJson` of sdk/selling.ts, as examples/attribution/channel.ts does'
  throw new NodeError({ code: 'file', severity: 'fatal', message: `${path} is not a batch file`, fix })
}

/** `openledger settle batch`: settles the channels of a batch file. */
export async function settleBatch(context: Context): Promise<number> {
  const file = readBatchFile(context.args[0]!)
  const { settlement } = file
  return await withChain(
    context,
    async (session) => {
      const { wallet, mined, now } = session
      const known = batchIdOf(file)
      // Told first: the chain would rather say that the next batch comes too soon, or that nothing grows.
      if ((await findBatch(session, known)) !== undefined)
        throw refused(
          `this file is settled already as batch ${known} (BatchExists)`,
          `\`openledger settle show ${known}\``,
        )
      const receipt = await mined(await (await wallet()).settleBatch(settlement))
      const { batch, margin, compute, credit, deadline } = eventOf(receipt, 'BatchSettled')
      const text =
        `Settled batch ${batch}: ${openText(compute)} for compute, ${openText(margin)} margin\n` +
        `It can be finalized after its deadline, ${whenText(deadline, await now())}: \`openledger settle finalize ${batch}\``
      reportTransaction(context.out, receipt, text, { id: batch, batch, margin, compute, credit, deadline })
      return exitCodes.ok
    },
    hints,
  )
}

const hints = {
  fixes: {
    NotAllowed:
      'the owner or the controller of the provider settles, and the model has to allow the provider: sign with --key or --dev',
  },
  statuses: batchStatus,
} as const

/** A batch as it is stored; undefined for one that was never settled. */
export async function findBatch({ reader }: Session, batch: Hash) {
  try {
    return await reader.getBatch({ batch })
  } catch (thrown) {
    if (protocolError(thrown)?.name === 'UnknownObject') return undefined
    throw thrown
  }
}

/** The word for the status of a batch. */
export function batchStatusText(status: number): string {
  return Object.entries(batchStatus).find(([, number]) => number === BigInt(status))?.[0] ?? 'none'
}

/** `openledger settle finalize`: splits the margin of a batch whose deadline has passed. */
export async function settleFinalize(context: Context): Promise<number> {
  const batch = parseId('<batch>', context.args[0]!)
  return await withChain(
    context,
    async ({ wallet, mined }) => {
      const receipt = await mined(await (await wallet()).finalizeBatch({ batch }))
      const { batch: _, ...parts } = eventOf(receipt, 'BatchFinalized')
      const shares = Object.entries(parts).map(([name, wei]) => `${name} ${openText(wei)}`)
      reportTransaction(context.out, receipt, `Final: ${shares.join(', ')}`, { id: batch, batch, ...parts })
      return exitCodes.ok
    },
    hints,
  )
}

/** `openledger settle show`: a batch as it is stored. */
export async function settleShow(context: Context): Promise<number> {
  const batch = parseId('<batch>', context.args[0]!)
  return await withChain(context, async ({ reader }) => {
    const value = await reader.getBatch({ batch })
    const names = {
      status: batchStatusText,
      split: (split: object) =>
        Object.entries(split)
          .map(([name, bps]) => `${name} ${bps / 100} %`)
          .join(', '),
    }
    reportObject(context.out, `Batch ${batch}`, outputFields(settlementAbi, 'getBatch'), value, names, {
      id: batch,
      batch,
    })
    return exitCodes.ok
  })
}
