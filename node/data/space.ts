import type { Clock } from '../../core/ports/clock.ts'
import { freeSpace } from '../../state/store/freeSpace.ts'

/** How full the disk is: `low` asks for a stop, `warn` for attention. */
export type SpaceLevel = 'ok' | 'warn' | 'low'

/** `low` under the minimum, `warn` under twice the minimum. A minimum of 0 switches the check off. */
export function spaceLevel(freeBytes: number, minimumBytes: number): SpaceLevel {
  if (freeBytes < minimumBytes) return 'low'
  return freeBytes < 2 * minimumBytes ? 'warn' : 'ok'
}

export type SpaceWatch = {
  readonly path: string
  readonly minimumBytes: number
  readonly intervalMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onReading: (freeBytes: number, level: SpaceLevel) => void | Promise<void>
}

/** Reads the free space again and again until the signal aborts. */
export async function startSpaceWatch({
  path,
  minimumBytes,
  intervalMs,
  clock,
  signal,
  onReading,
}: SpaceWatch): Promise<void> {
  while (!signal.aborted) {
    const { freeBytes } = await freeSpace(path)
    await onReading(freeBytes, spaceLevel(freeBytes, minimumBytes))
    await clock.sleep(intervalMs, signal)
  }
}
