import type { Budget } from '../budget.ts'
import type { Dispatch } from '../dispatch.ts'
import type { RpcLimits } from '../limits.ts'

/** The part of a `ws` socket that is used here. */
export type Socket = {
  readonly bufferedAmount: number
  on(event: 'message', listener: (data: Buffer | ArrayBuffer | Buffer[], isBinary: boolean) => void): void
  on(event: 'pong' | 'close', listener: () => void): void
  on(event: 'error', listener: (error: Error) => void): void
  /** `written` is called once the system has taken the text, or never will. */
  send(text: string, written: () => void): void
  ping(): void
  pause(): void
  resume(): void
  close(code: number, reason: string): void
  terminate(): void
}

/** Requests of one connection under way at once; the socket is read again when half of them are answered. */
const maxUnderway = 256

/**
 * Serves one connection until it closes. Slow readers are cut off rather than buffered for without end, or when the
 * budget of what all leave unread is used up.
 */
export function serveSocket(
  socket: Socket,
  ip: string,
  { dispatch, limits, budget }: { readonly dispatch: Dispatch; readonly limits: RpcLimits; readonly budget: Budget },
): void {
  const subscriptions = new Map<string, () => void>()
  let alive = true
  let isClosed = false
  let underway = 0
  /** Size of the events that wait for the answer with their subscription's id. */
  let earlyBytes = 0
  const unread = budget.open(ip, cut)

  const ping = setInterval(() => {
    if (!alive) return cut()
    alive = false
    socket.ping()
  }, limits.wsPingMs)
  ping.unref()

  function end(): void {
    isClosed = true
    unread.close()
    clearInterval(ping)
    for (const stop of subscriptions.values()) stop()
    subscriptions.clear()
  }

  function cut(): void {
    end()
    socket.terminate()
  }

  function send(text: string): void {
    if (isClosed) return
    if (socket.bufferedAmount > limits.wsBufferBytes) cut()
    else {
      socket.send(text, count)
      count()
    }
  }

  function count(): void {
    unread.set(socket.bufferedAmount + earlyBytes)
  }

  async function answer(body: Uint8Array): Promise<void> {
    if (++underway >= maxUnderway) socket.pause()
    let early: string[] | undefined = []
    function push(text: string): void {
      if (early === undefined) send(text)
      else if (!isClosed) {
        early.push(text)
        earlyBytes += text.length
        if (earlyBytes + socket.bufferedAmount > limits.wsBufferBytes) cut()
        else count()
      }
    }
    const { text } = await dispatch(body, { ip, push, isClosed: () => isClosed, subscriptions })
    if (text !== undefined) send(text)
    const events = early
    early = undefined
    for (const event of events) {
      earlyBytes -= event.length
      send(event)
    }
    if (--underway === maxUnderway / 2) socket.resume()
  }

  socket.on('message', (data) => void answer(toBytes(data)))
  socket.on('pong', () => {
    alive = true
  })
  socket.on('error', cut)
  socket.on('close', end)
}

function toBytes(data: Buffer | ArrayBuffer | Buffer[]): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data)
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data
}
