import type { IncomingMessage } from 'node:http'

export type BodyReject = 'too_large' | 'broken'

/** Reads a request's body; stops as soon as it is known to be longer than `maxBytes`. */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  done: (body: Uint8Array | BodyReject) => void,
): void {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    done('too_large')
    return
  }
  const chunks: Uint8Array[] = []
  let length = 0
  let answered = false
  function finish(body: Uint8Array | BodyReject): void {
    if (answered) return
    answered = true
    done(body)
  }
  request.on('data', (chunk: Uint8Array) => {
    length += chunk.length
    if (length > maxBytes) finish('too_large')
    else chunks.push(chunk)
  })
  request.on('end', () => finish(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, Math.min(length, maxBytes))))
  request.on('error', () => finish('broken'))
}
