import type { Dispatch } from '../dispatch.ts'
import type { RpcLimits } from '../limits.ts'
import type { Session } from '../method.ts'

/** The part of a `ws` socket that is used here. */
export type Socket = {
  readonly bufferedAmount: number
  on(event: 'message', listener: (data: Buffer | ArrayBuffer | Buffer[], isBinary: boolean) => void): void
  on(event: 'pong' | 'close', listener: () => void): void
  on(event: 'error', listener: (error: Error) => void): void
  send(text: string): void
  ping(): void
  pause(): void
  resume(): void
  close(code: number, reason: string): void
  terminate(): void
}

/** Requests of one connection under way at once; the socket is read again when half of them are answered. */
const maxUnderway = 256

/** Serves one connection until it closes. Slow readers are cut off rather than buffered for without end. */
export function serveSocket(
  socket: Socket,
  ip: string,
  { dispatch, limits }: { readonly dispatch: Dispatch; readonly limits: RpcLimits },
): void {
  const subscriptions = new Map<string, () => void>()
  let alive = true
  let underway = 0

  const ping = setInterval(() => {
    if (!alive) return socket.terminate()
    alive = false
    socket.ping()
  }, limits.wsPingMs)
  ping.unref()

  function push(text: string): void {
    if (socket.bufferedAmount > limits.wsBufferBytes) socket.terminate()
    else socket.send(text)
  }

  async function answer(body: Uint8Array): Promise<void> {
    if (++underway >= maxUnderway) socket.pause()
    const tasks: (() => void)[] = []
    const session: Session = { ip, push, afterReply: (task) => void tasks.push(task), subscriptions }
    const { text } = await dispatch(body, session)
    if (text !== undefined) push(text)
    for (const task of tasks) task()
    if (--underway === maxUnderway / 2) socket.resume()
  }

  socket.on('message', (data) => void answer(toBytes(data)))
  socket.on('pong', () => {
    alive = true
  })
  socket.on('error', () => socket.terminate())
  socket.on('close', () => {
    clearInterval(ping)
    for (const stop of subscriptions.values()) stop()
    subscriptions.clear()
  })
}

function toBytes(data: Buffer | ArrayBuffer | Buffer[]): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data)
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data
}
