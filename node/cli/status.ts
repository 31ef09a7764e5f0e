import { z } from 'zod'
import { NodeError } from '../../core/errors.ts'
import { exitCodes } from './exit.ts'
import type { Context } from './verb.ts'

const answerShape = z.object({
  ready: z.boolean(),
  reasons: z.array(z.object({ code: z.string(), message: z.string(), fix: z.string() })),
  status: z
    .object({ chain: z.string(), chainId: z.number(), role: z.string(), head: z.number(), headAgeSec: z.number() })
    .loose()
    .optional(),
})
type Answer = z.output<typeof answerShape>

/** `openledger status`: asks a running node whether it is ready and says why not and what to do. */
export async function status({ config, out, signal }: Context): Promise<number> {
  const answer = await askReady(config['rpc.url'], signal)
  out.result(describe(answer), answer)
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

function describe({ ready, reasons, status }: Answer): string {
  const lines = [ready ? 'ready' : 'not ready']
  if (status !== undefined) {
    lines.push(
      `${status.role} of ${status.chain} (chain id ${status.chainId}), block ${status.head}, ${Math.round(status.headAgeSec)} s old`,
    )
  }
  for (const { message, fix } of reasons) lines.push(`because ${message}. Fix: ${fix}.`)
  return lines.join('\n')
}
