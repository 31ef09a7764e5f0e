/** Long work on the RPC thread stops for the event loop whenever it has run this long, in milliseconds. */
const sliceMs = 10

/**
 * `await pause()` between steps of long work: it lets other requests run once a slice is used up. Where steps are tiny,
 * await only what is not undefined: even an empty await costs a turn of the microtask queue.
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
