import { once } from 'node:events'
import { constants, createBrotliCompress } from 'node:zlib'

/** One brotli stream, flushed after every part: what each part adds to it, and what ends it. */
export async function flushed(parts: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
  const stream = createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 5 } })
  const pieces: Uint8Array[] = []
  function take(): void {
    const chunk: Buffer | null = stream.read()
    pieces.push(new Uint8Array(chunk ?? []))
  }
  for (const part of parts) {
    stream.write(part)
    await new Promise<void>((resolve) => stream.flush(resolve))
    take()
  }
  const readable = once(stream, 'readable')
  stream.end()
  await readable
  take()
  return pieces
}
