/**
 * Waits for parts of a role that run until it stops. The first that fails stops the others; resolves or rejects, with
 * what that one failed for, when all have ended: until then they may be writing.
 */
export async function together(parts: readonly Promise<unknown>[], stop: AbortController): Promise<void> {
  const causes: unknown[] = []
  const ends = parts.map((part) =>
    part.catch((cause: unknown) => {
      causes.push(cause)
      stop.abort()
    }),
  )
  await Promise.all(ends)
  if (causes.length > 0) throw causes[0]
}
