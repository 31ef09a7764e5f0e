import { statfs } from 'node:fs/promises'

/** What an unprivileged process may still write to the file system of a path, and its size. */
export async function freeSpace(path: string): Promise<{ readonly freeBytes: number; readonly totalBytes: number }> {
  const { bavail, blocks, bsize } = await statfs(path)
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
}

/** Little space: `warn` below twice the minimum, `stop` (block production must end) below it. */
export type LowSpace = { readonly level: 'warn' | 'stop'; readonly freeBytes: number; readonly minBytes: number }

/** undefined while at least twice `minBytes` are free. Throws the file system's error if the path cannot be looked at. */
export async function checkFreeSpace(path: string, minBytes: number): Promise<LowSpace | undefined> {
  const { freeBytes } = await freeSpace(path)
  if (freeBytes >= 2 * minBytes) return undefined
  return { level: freeBytes < minBytes ? 'stop' : 'warn', freeBytes, minBytes }
}
