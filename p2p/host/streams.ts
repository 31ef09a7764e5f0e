import type { Stream } from '@libp2p/interface'

/** Why reading a stream ended before the other side had said everything. */
export type ReadFault = 'too_long' | 'reset' | 'timeout'

/**
 * Everything the other side writes until it closes its half, or why not. It must be called before anything can have
 * arrived, or at once in the handler of the stream. What is faulty is reset.
 */
export function readAll(
  stream: Stream,
  { maxBytes, signal }: { readonly maxBytes: number; readonly signal: AbortSignal },
): Promise<Uint8Array | ReadFault> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = []
    let length = 0

    function finish(result: Uint8Array | ReadFault): void {
      stream.removeEventListener('message', onMessage)
      stream.removeEventListener('end', onEnd)
      stream.removeEventListener('close', onClose)
      signal.removeEventListener('abort', onAbort)
      if (typeof result === 'string' && stream.status === 'open') stream.abort(new Error(result))
      resolve(result)
    }
    const onMessage = ({ data }: { readonly data: Parameters<Stream['push']>[0] }): void => {
      length += data.byteLength
      if (length > maxBytes) finish('too_long')
      else chunks.push(data.subarray())
    }
    const onEnd = (): void => {
      // An open stream ends because the other side closed its half; otherwise the connection is lost.
      const isWhole = stream.remoteWriteStatus === 'closed' && (stream.status === 'open' || stream.status === 'closing')
      finish(isWhole ? join(chunks, length) : 'reset')
    }
    const onClose = (): void => finish('reset')
    const onAbort = (): void => finish('timeout')

    signal.addEventListener('abort', onAbort)
    stream.addEventListener('end', onEnd)
    stream.addEventListener('close', onClose)
    stream.addEventListener('message', onMessage)
    if (signal.aborted) onAbort()
    else if (stream.readableEnded) onEnd()
  })
}

/**
 * Sends everything and closes this side's half. Rejects if the other side did not take it until the signal aborts, and
 * resets the stream then.
 */
export async function writeAll(stream: Stream, data: Uint8Array, signal: AbortSignal): Promise<void> {
  try {
    if (data.length > 0) stream.send(data)
    await stream.close({ signal })
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error('write failed'))
    throw error
  }
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}
