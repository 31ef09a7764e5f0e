import type { FastifyInstance } from 'fastify'
import type { RpcLimits } from '../limits.ts'
import { createShares } from '../shares.ts'

/**
 * Bounds the connections of one address. Behind a trusted proxy a connection is the proxy's own and carries requests of
 * many clients: there each client's WebSockets and requests under way count, by the address the proxy tells.
 */
export function shareConnections(app: FastifyInstance, { connectionsPerIp }: RpcLimits, trustProxy: boolean): void {
  const take = createShares(connectionsPerIp)
  if (!trustProxy) {
    app.server.on('connection', (socket) => {
      const giveBack = take(socket.remoteAddress ?? '')
      if (giveBack === undefined) socket.destroy()
      else socket.once('close', giveBack)
    })
    return
  }
  app.addHook('onRequest', async (request, reply) => {
    const giveBack = take(request.ip)
    if (giveBack === undefined) {
      await reply.code(429).header('retry-after', '1').type('text/plain').send('too many connections\n')
      return
    }
    const lasting = request.ws ? request.raw.socket : reply.raw
    lasting.once('close', giveBack)
  })
}
