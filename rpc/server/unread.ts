import type { ServerResponse } from 'node:http'

/** Ends the connection if the client has not taken the whole answer `timeoutMs` from now: what it leaves is held in memory. */
export function endUnread(response: ServerResponse, timeoutMs: number): void {
  const timer = setTimeout(() => response.req.socket.destroy(), timeoutMs)
  timer.unref()
  response.once('close', () => clearTimeout(timer))
}
