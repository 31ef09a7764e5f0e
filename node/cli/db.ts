import { NodeError } from '../../core/errors.ts'
import type { Kv } from '../../core/ports/kv.ts'
import { verifyRecords } from '../../l1/store/verify.ts'
import { createBlockReader } from '../../state/store/blockReader.ts'
import { storeStats } from '../../state/store/stats.ts'
import { verifyStore } from '../../state/store/verify.ts'
import { openForReading } from '../data/database.ts'
import { dataDir } from '../data/dir.ts'
import { requireDataDir } from './dataDirOption.ts'
import { exitCodes } from './exit.ts'
import { createProgress } from './progress.ts'
import type { Context } from './verb.ts'

/** `openledger db stats`: entries and bytes of every table, and the heads. */
export async function dbStats({ config, out, signal }: Context): Promise<number> {
  return await withDatabase(config, signal, async (kv) => {
    const reader = createBlockReader(kv)
    const heads = reader.heads()
    const rows = await storeStats(kv, signal)
    const width = Math.max(...rows.map(({ table }) => table.length))
    const lines = rows.map(
      ({ table, entries, bytes }) => `${table.padEnd(width)}  ${String(entries).padStart(12)} entries  ${size(bytes)}`,
    )
    const labels = (['unsafe', 'safe', 'finalized'] as const).map((label) => `${label} ${heads[label].number}`)
    out.result([...lines, `heads: ${labels.join(', ')}`].join('\n'), { heads, tables: rows })
    return exitCodes.ok
  })
}

/** Findings printed one by one; the rest is a number. */
const shownFindings = 20

/** `openledger db verify`: checks everything against its hashes; exit code 3 with one line per finding if damage is found. */
export async function dbVerify({ config, out, signal }: Context): Promise<number> {
  return await withDatabase(config, signal, async (kv) => {
    const head = Number(createBlockReader(kv).heads().unsafe.number)
    const progress = createProgress('verify blocks', out)
    const { blocks, accounts, ...store } = await verifyStore(kv, {
      signal,
      progress: ({ stage, done }) => {
        if (stage === 'blocks') progress.step(done, done / (head + 1))
      },
    })
    const findings = [...store.findings, ...(await verifyRecords(kv, signal))]
    const summary = `${blocks} blocks and ${accounts} accounts checked, ${findings.length} findings`
    const lines = findings.slice(0, shownFindings).map(({ number, detail }) => {
      return number === undefined ? `damaged: ${detail}` : `damaged, block ${number}: ${detail}`
    })
    const more = findings.length > shownFindings ? [`and ${findings.length - shownFindings} more`] : []
    const fix =
      findings.length === 0 ? [] : ['Fix: restore the folder from a backup, or import the chain into a new one.']
    out.result([...lines, ...more, summary, ...fix].join('\n'), { blocks, accounts, findings })
    return findings.length === 0 ? exitCodes.ok : exitCodes.storage
  })
}

async function withDatabase(
  config: Context['config'],
  signal: AbortSignal,
  work: (kv: Kv) => Promise<number>,
): Promise<number> {
  const kv = await openForReading(dataDir(requireDataDir(config), true))
  try {
    return await work(kv)
  } catch (cause) {
    if (!signal.aborted) throw cause
    throw new NodeError(
      { code: 'stopped', severity: 'retry', message: 'stopped before the end', fix: 'run it again' },
      { cause },
    )
  } finally {
    await kv.close()
  }
}

function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024
  return `${value.toFixed(unit === 0 ? 0 : 1)} ${units[unit]}`
}
