/** Runs tasks one after the other in the order they came; a failed one does not stop those behind it. */
export type Serial = {
  run<T>(task: () => Promise<T>): Promise<T>
  /** Tasks that run or wait. */
  waiting(): number
}

export function createSerial(): Serial {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return {
    run(task) {
      waiting++
      const result = last.then(task)
      last = result.then(
        () => void waiting--,
        () => void waiting--,
      )
      return result
    },
    waiting: () => waiting,
  }
}
