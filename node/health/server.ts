import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { listenError } from '../data/listenError.ts'
import type { Pages } from './pages.ts'

/** Serves only the operator pages, for `--metrics.port`. Throws a NodeError if it cannot listen. */
export async function startPageServer(pages: Pages, host: string, port: number, signal: AbortSignal): Promise<number> {
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 10_000, maxHeaderSize: 8192 },
    (request, response) => {
      const path = (request.url ?? '/').split('?', 1)[0]!
      pages(path).then(
        (page) => {
          response.writeHead(page?.status ?? 404, { 'content-type': page?.contentType ?? 'text/plain' })
          response.end(request.method === 'HEAD' ? '' : (page?.body ?? 'not found\n'))
        },
        () => response.writeHead(500).end(),
      )
    },
  )
  server.maxConnections = 100
  await listen(server, host, port)
  signal.addEventListener('abort', () => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, host, port, 'metrics')))
    server.listen(port, host, resolve)
  })
}
