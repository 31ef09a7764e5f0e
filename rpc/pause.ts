/** Long work on this thread stops for the event loop once it has taken this long in one turn of it, in milliseconds. */
const sliceMs = 10

// One event loop, one queue: what shares the thread shares these. Nothing but the order of resumption depends on them.
let sliceEnd: number | undefined
let isScheduled = false
const waiting: (() => void)[] = []

/**
 * Called between steps of long work. The work of one turn of the event loop, whoever does it, stops here after its slice
 * is used up and goes on in later turns, one piece of work at a time in the order they stopped: other requests come
 * between. undefined: go on. Where steps are tiny, await only what is not undefined; an empty await costs too.
 */
export function pause(): Promise<void> | undefined {
  const now = performance.now()
  if (sliceEnd === undefined) {
    sliceEnd = now + sliceMs
    schedule()
  }
  if (now < sliceEnd) return undefined
  return new Promise((resolve) => {
    waiting.push(resolve)
    schedule()
  })
}

function schedule(): void {
  if (isScheduled) return
  isScheduled = true
  setImmediate(() => {
    isScheduled = false
    sliceEnd = undefined
    const resume = waiting.shift()
    if (waiting.length > 0) schedule()
    resume?.()
  })
}
