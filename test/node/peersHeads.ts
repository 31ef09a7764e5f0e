import { z } from 'zod'
import { inTime } from './rollupProcesses.ts'

/** When a node told of its heads; times of `performance.now`. */
export type HeadWatch = {
  /** Resolves to the time at which the block was a head of the node; rejects when that takes longer. */
  seen(hash: string, ms?: number): Promise<number>
  close(): void
}

const newsShape = z.object({ params: z.object({ result: z.object({ hash: z.string() }) }) })

/** Subscribes to the heads of a node. */
export async function watchHeads(url: string): Promise<HeadWatch> {
  const times = new Map<string, number>()
  const waiting = new Map<string, (at: number) => void>()
  const socket = new WebSocket(url.replace(/^http/, 'ws'))
  const opened = Promise.withResolvers<void>()
  socket.addEventListener('open', () =>
    socket.send('{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}'),
  )
  socket.addEventListener('error', () => opened.reject(new Error(`${url} takes no subscription`)))
  socket.addEventListener('message', ({ data }) => {
    const at = performance.now()
    const news = newsShape.safeParse(JSON.parse(String(data)))
    if (!news.success) return opened.resolve()
    const { hash } = news.data.params.result
    if (!times.has(hash)) times.set(hash, at)
    waiting.get(hash)?.(at)
    waiting.delete(hash)
  })
  await inTime(opened.promise, 20_000, `${url} takes a subscription`)
  return {
    async seen(hash, ms = 20_000) {
      const known = times.get(hash)
      if (known !== undefined) return known
      const { promise, resolve, reject } = Promise.withResolvers<number>()
      waiting.set(hash, resolve)
      const timer = setTimeout(() => reject(new Error(`no head ${hash} at ${url} within ${ms} ms`)), ms)
      return await promise.finally(() => clearTimeout(timer))
    },
    close: () => socket.close(),
  }
}

/** Delays in words: count, median, 99th percentile, most. */
export function delayText(delays: readonly number[]): string {
  const sorted = delays.toSorted((a, b) => a - b)
  const at = (part: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0)
  return `${sorted.length} delays in ms: median ${at(0.5)}, p99 ${at(0.99)}, most ${at(1)}`
}
