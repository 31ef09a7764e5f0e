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
  const count = Math.ceil((20_000 * scale) / 50) * 50
  const tokenCount = Math.ceil((5_000 * scale) / 50) * 50
  const each = BigInt(count / 50)
  const singles = await transfers(server, senders, { count, firstNonce: 0n, connections: 32, batch: 1 })
  const batches = await transfers(server, senders, { count, firstNonce: each, connections: 32, batch: 100 })
  const tokens = await tokenTransfers(server, senders, token, {
    count: tokenCount,
    firstNonce: 2n * each,
    connections: 32,
    batch: 1,
  })
  const holder = senders[0]?.address
  if (holder === undefined) throw new Error('no senders')
  const latencies = await reads(server, token, holder, Math.ceil(2_000 * scale))
  return { name: server.name, singles, batches, token: tokens, reads: latencies, peakMib: server.peakMib() }
}
