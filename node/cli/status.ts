import { z } from 'zod'
import { NodeError } from '../../core/errors.ts'
import { syncText } from '../health/network.ts'
import { durationText } from './duration.ts'
import { exitCodes } from './exit.ts'
import type { Context } from './verb.ts'

const l1Shape = z.object({ head: z.number().optional(), derived: z.number(), behind: z.number() })
const reasonsShape = z.array(z.object({ code: z.string(), message: z.string(), fix: z.string() }))
const networkShape = z.object({ peers: z.number(), attested: z.number().optional() })
const syncShape = z.object({
  stage: z.string(),
  current: z.number(),
  highest: z.number(),
  percent: z.number().optional(),
  blocksPerSec: z.number().optional(),
  etaSec: z.number().optional(),
})
const answerShape = z.object({
  ready: z.boolean(),
  reasons: reasonsShape,
  warnings: reasonsShape.default([]),
  status: z
    .object({
      chain: z.string(),
      chainId: z.number(),
      role: z.string(),
      head: z.number(),
      headAgeSec: z.number(),
      safe: z.number().optional(),
      finalized: z.number().optional(),
      l1: l1Shape.optional(),
      network: networkShape.optional(),
      sync: syncShape.optional(),
    })
    .loose()
    .optional(),
})
const poolShape = z.array(z.object({ id: z.number(), result: z.unknown() }))
const countsShape = z.object({ pending: z.string(), queued: z.string() })
type Answer = z.output<typeof answerShape>

/** `openledger status`: asks a running node whether it is ready and says why not and what to do. */
export async function status({ config, out, signal }: Context): Promise<number> {
  const answer = await askReady(config['rpc.url'], signal)
  const pool = await askPool(config['rpc.url'], signal)
  out.result(describe(answer, pool), { ...answer, ...(pool !== undefined && { pool }) })
  return answer.ready ? exitCodes.ok : exitCodes.notReady
}

async function askReady(url: string, signal: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(new URL('/health/ready', url), {
      signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]),
    })
    return answerShape.parse(await response.json())
  } catch (cause) {
    const message = `no OpenLedger node answers at ${url}`
    const fix = 'start one with `openledger devnet`, or name its URL with --rpc.url'
    throw new NodeError({ code: 'no_node', severity: 'retry', message, fix }, { cause })
  }
}

type Pool = { readonly pending: number; readonly queued: number; readonly automine: boolean | undefined }

/** What waits in the pool; undefined where the node does not say. Only development chains tell their mode. */
async function askPool(url: string, signal: AbortSignal): Promise<Pool | undefined> {
  const methods = ['txpool_status', 'anvil_getAutomine']
  const body = JSON.stringify(methods.map((method, id) => ({ jsonrpc: '2.0', id, method, params: [] })))
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]),
    })
    const answers = poolShape.parse(await response.json())
    const resultOf = (id: number): unknown => answers.find((answer) => answer.id === id)?.result
    const counts = countsShape.safeParse(resultOf(0))
    if (!counts.success) return undefined
    const automine = resultOf(1)
    const { pending, queued } = counts.data
    const mode = typeof automine === 'boolean' ? automine : undefined
    return { pending: Number(pending), queued: Number(queued), automine: mode }
  } catch {
    // A server for health only, or one that has the namespace off: status goes without.
    return undefined
  }
}

function poolLines(pool: Pool | undefined): string[] {
  if (pool === undefined || pool.pending + pool.queued === 0) return []
  const lines = [`pool: ${pool.pending} pending, ${pool.queued} queued`]
  if (pool.pending > 0 && pool.automine === false)
    lines.push('automine is off: pending ones go into the next block, by --block-time or `npx cast rpc evm_mine`')
  if (pool.queued > 0) lines.push('queued ones wait for an earlier nonce: `npx cast rpc txpool_content` shows them')
  return lines
}

function describe({ ready, reasons, warnings, status }: Answer, pool: Pool | undefined): string {
  const lines = [ready ? 'ready' : 'not ready']
  if (status !== undefined) {
    lines.push(
      `${status.role} of ${status.chain} (chain id ${status.chainId}), block ${status.head}, ${ageText(status.headAgeSec)}`,
    )
  }
  if (status?.l1 !== undefined) {
    const { head = '?', derived } = status.l1
    lines.push(`safe ${status.safe}, finalized ${status.finalized}; derived from L1 block ${derived} of ${head}`)
  }
  if (status?.network !== undefined) lines.push(networkLine(status.network))
  // A node that is far behind says the same among its reasons.
  const { sync } = status ?? {}
  if (sync !== undefined && !reasons.some(({ code }) => code === 'syncing')) lines.push(syncText(sync))
  for (const { message, fix } of reasons) lines.push(`because ${message}. Fix: ${fix}.`)
  for (const { message, fix } of warnings) lines.push(`warning: ${message}. Fix: ${fix}.`)
  return [...lines, ...poolLines(pool)].join('\n')
}

function networkLine({ peers, attested }: z.output<typeof networkShape>): string {
  const claim =
    attested === undefined ? 'no block is attested yet' : `block ${attested} is attested by two thirds of the stake`
  return `${peers === 1 ? '1 peer' : `${peers} peers`}; ${claim}`
}

/** A head's age; chain time may be ahead of this machine's after evm_increaseTime. */
function ageText(ageSec: number): string {
  return ageSec <= -1 ? `${durationText(-ageSec)} ahead of this machine's clock` : `${durationText(ageSec)} old`
}
