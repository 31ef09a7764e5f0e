/** Long work on the RPC thread stops for the event loop whenever it has run this long, in milliseconds. */
const sliceMs = 10

/**
 * `await pause()` between steps of long work: it lets other requests run once a slice is used up, else it costs
 * nothing. The clock is the thread's own.
 */
export function createPause(): () => Promise<void> | undefined {
  let end = performance.now() + sliceMs
  return () => {
    if (performance.now() < end) return undefined
    return new Promise((resolve) => {
      setImmediate(() => {
        end = performance.now() + sliceMs
        resolve()
      })
    })
  }
}
