import { connect, type Socket } from 'node:net'

/**
 * A bare HTTP/1.1 JSON-RPC client over keep-alive sockets: the load generator shares the machine with what it measures,
 * so it must cost as little as possible. One request in flight per connection, bodies prepared beforehand.
 */
export type Connection = {
  /** Sends one request body and resolves with the response body. */
  post(body: string): Promise<string>
  close(): void
}

/** Opens a connection to a server on loopback. */
export async function openConnection(port: number): Promise<Connection> {
  const socket = await dial(port)
  let pending: { resolve: (body: string) => void; reject: (error: Error) => void } | undefined
  let chunks: Buffer = Buffer.alloc(0)

  const fail = (error: Error) => {
    pending?.reject(error)
    pending = undefined
  }
  socket.on('data', (chunk: Buffer) => {
    chunks = chunks.length === 0 ? chunk : Buffer.concat([chunks, chunk])
    const body = takeResponse(chunks)
    if (body === undefined) return
    chunks = Buffer.alloc(0)
    const waiting = pending
    pending = undefined
    waiting?.resolve(body)
  })
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('connection closed by the server')))

  return {
    post(body) {
      return new Promise((resolve, reject) => {
        pending = { resolve, reject }
        socket.write(
          `POST / HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
        )
      })
    },
    close: () => socket.destroy(),
  }
}

function dial(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })
}

/** The body of a complete response with a content-length, or undefined while some of it is missing. */
function takeResponse(bytes: Buffer): string | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const head = bytes.toString('latin1', 0, headEnd).toLowerCase()
  const length = /content-length: *(\d+)/.exec(head)?.[1]
  if (length === undefined) {
    if (!head.includes('transfer-encoding: chunked')) throw new Error(`no content-length in: ${head}`)
    return bytes.subarray(bytes.length - 5).toString('latin1') === '0\r\n\r\n' ? dechunk(bytes, headEnd + 4) : undefined
  }
  const end = headEnd + 4 + Number(length)
  return bytes.length >= end ? bytes.toString('utf8', headEnd + 4, end) : undefined
}

function dechunk(bytes: Buffer, start: number): string {
  const parts: Buffer[] = []
  let offset = start
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', offset)
    const size = Number.parseInt(bytes.toString('latin1', offset, lineEnd), 16)
    if (size === 0) return Buffer.concat(parts).toString('utf8')
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size))
    offset = lineEnd + 2 + size + 2
  }
}

/** One JSON-RPC call; throws the server's error. */
export async function call<T>(connection: Connection, method: string, params: readonly unknown[]): Promise<T> {
  const answer = JSON.parse(await connection.post(request(method, params))) as {
    result?: T
    error?: { message: string }
  }
  if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`)
  return answer.result as T
}

export function request(method: string, params: readonly unknown[], id = 1): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params })
}

/** Sends all bodies over the connections, each taking the next one when it is free. Calls `onBody` with each answer. */
export async function drain(
  connections: readonly Connection[],
  bodies: readonly string[],
  onBody: (body: string) => void,
): Promise<void> {
  let next = 0
  await Promise.all(
    connections.map(async (connection) => {
      while (next < bodies.length) {
        const body = bodies[next++]
        if (body !== undefined) onBody(await connection.post(body))
      }
    }),
  )
}
