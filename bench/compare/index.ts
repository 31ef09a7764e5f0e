import { createSenders, type LoadResult } from './load.ts'
import { type Server, startAnvil, startOpenledger } from './servers.ts'
import { type Latency, reads, setUpToken, tokenTransfers, transfers } from './workloads.ts'

/** What one server did under the whole load. */
export type Comparison = {
  readonly name: string
  readonly singles: LoadResult
  readonly batches: LoadResult
  readonly token: LoadResult
  readonly reads: Record<string, Latency>
  readonly peakMib: number
}

/**
 * The same load on this node and on anvil, one after the other in one run: 20,000 plain transfers of 50 senders over
 * 32 connections singly, the same in batches of 100, 5,000 ERC-20 transfers, then reads one at a time.
 */
export async function compareWithAnvil(scale: number): Promise<readonly Comparison[]> {
  const results: Comparison[] = []
  for (const start of [startAnvil, startOpenledger]) {
    const server = await start()
    try {
      results.push(await measure(server, scale))
    } finally {
      await server.stop()
    }
  }
  return results
}

async function measure(server: Server, scale: number): Promise<Comparison> {
  const senders = createSenders(50)
  const token = await setUpToken(server, senders)
  const count = round(20_000 * scale)
  const tokenCount = round(5_000 * scale)
  let nonce = 0n
  const load = async (kind: 'plain' | 'token', amount: number, batch: number): Promise<LoadResult> => {
    const options = { count: amount, firstNonce: nonce, connections: 32, batch }
    nonce += BigInt(amount / senders.length)
    return kind === 'plain' ? transfers(server, senders, options) : tokenTransfers(server, senders, token, options)
  }
  // A tenth of each load first, uncounted: a server that compiles as it runs is measured as it goes on.
  await load('plain', round(count / 10), 1)
  const singles = await load('plain', count, 1)
  const batches = await load('plain', count, 100)
  await load('token', round(tokenCount / 10), 1)
  const tokens = await load('token', tokenCount, 1)
  const holder = senders[0]?.address
  if (holder === undefined) throw new Error('no senders')
  const latencies = await reads(server, token, holder, Math.ceil(2_000 * scale))
  return { name: server.name, singles, batches, token: tokens, reads: latencies, peakMib: server.peakMib() }
}

/** A multiple of the number of senders. */
function round(count: number): number {
  return Math.ceil(count / 50) * 50
}
