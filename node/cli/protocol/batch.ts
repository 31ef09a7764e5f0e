import { settlementAbi } from '../../../attribution/abi/settlement.ts'
import { batchStatus } from '../../../attribution/storage/settlement.ts'
import { NodeError } from '../../../core/errors.ts'
import { type BatchFile, parseBatchFile } from '../../../sdk/batch.ts'
import { eventOf } from '../../../sdk/events.ts'
import { exitCodes } from '../exit.ts'
import { openText } from '../openText.ts'
import type { Context } from '../verb.ts'
import { readBytes } from './files.ts'
import { parseId } from './parse.ts'
import { withChain } from './session.ts'
import { outputFields, reportObject, reportTransaction, timeText } from './text.ts'

/** A batch file as `createBatchFile` of the sdk makes it. Throws a NodeError (code `file`). */
export function readBatchFile(path: string): BatchFile {
  const file = parseBatchFile(new TextDecoder().decode(readBytes(path)))
  if (file !== undefined) return file
  const fix = 'give the file that the provider made with `batchFileToJson` of sdk/batch.ts'
  throw new NodeError({ code: 'file', severity: 'fatal', message: `${path} is not a batch file`, fix })
}

/** `openledger settle batch`: settles the channels of a batch file. */
export async function settleBatch(context: Context): Promise<number> {
  const { settlement } = readBatchFile(context.args[0]!)
  return await withChain(context, async ({ wallet, mined }) => {
    const receipt = await mined(await (await wallet()).settleBatch(settlement))
    const { batch, margin, compute, credit, deadline } = eventOf(receipt, 'BatchSettled')
    const text =
      `Settled batch ${batch}: ${openText(compute)} for compute, ${openText(margin)} margin\n` +
      `It can be finalized after ${timeText(deadline)}`
    reportTransaction(context.out, receipt, text, { batch, margin, compute, credit, deadline })
    return exitCodes.ok
  })
}

/** `openledger settle finalize`: splits the margin of a batch whose deadline has passed. */
export async function settleFinalize(context: Context): Promise<number> {
  const batch = parseId('<batch>', context.args[0]!)
  return await withChain(context, async ({ wallet, mined }) => {
    const receipt = await mined(await (await wallet()).finalizeBatch({ batch }))
    const { batch: _, ...parts } = eventOf(receipt, 'BatchFinalized')
    const shares = Object.entries(parts).map(([name, wei]) => `${name} ${openText(wei)}`)
    reportTransaction(context.out, receipt, `Final: ${shares.join(', ')}`, { batch, ...parts })
    return exitCodes.ok
  })
}

/** `openledger settle show`: a batch as it is stored. */
export async function settleShow(context: Context): Promise<number> {
  const batch = parseId('<batch>', context.args[0]!)
  return await withChain(context, async ({ reader }) => {
    const value = await reader.getBatch({ batch })
    const names = {
      status: (status: number) =>
        Object.entries(batchStatus).find(([, number]) => number === BigInt(status))?.[0] ?? 'none',
      split: (split: object) =>
        Object.entries(split)
          .map(([name, bps]) => `${name} ${bps / 100} %`)
          .join(', '),
    }
    reportObject(context.out, `Batch ${batch}`, outputFields(settlementAbi, 'getBatch'), value, names, { batch })
    return exitCodes.ok
  })
}
