import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { listening } from './peersNetwork.ts'

/** Another URL for an L1 node, where every answer takes `delayMs` longer. */
export async function startSlowL1(url: string, delayMs: number): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      await sleep(delayMs)
      const { method = 'GET' } = request
      const init =
        method === 'POST' ? { body: Buffer.concat(chunks), headers: { 'content-type': 'application/json' } } : {}
      try {
        const answer = await fetch(new URL(request.url ?? '/', url), { method, ...init })
        response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()))
      } catch {
        response.writeHead(502).end()
      }
    })
  })
  const port = await listening(server)
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
