/** A question that takes long to answer, asked once for everybody who wants its answer. */
export type Shared<T> = {
  ask(): Promise<T>
  /** Something was heard since: whoever asks from now on may expect an answer that knows of it. */
  news(): void
}

/**
 * One `load` at a time. Who asks while it is under way shares it, unless there was news since it began: those share the
 * next one, which begins when it has ended. So an answer is never older than what its caller was told before.
 */
export function createShared<T>(load: () => Promise<T>): Shared<T> {
  let current: { readonly answer: Promise<T>; isFresh: boolean } | undefined
  let next: Promise<T> | undefined

  function start(): Promise<T> {
    next = undefined
    const answer = load()
    current = { answer, isFresh: true }
    const end = (): void => {
      current = undefined
    }
    answer.then(end, end)
    return answer
  }

  return {
    ask() {
      if (current === undefined) return next ?? start()
      if (current.isFresh) return current.answer
      next ??= current.answer.then(start, start)
      return next
    },
    news() {
      if (current !== undefined) current.isFresh = false
    },
  }
}
