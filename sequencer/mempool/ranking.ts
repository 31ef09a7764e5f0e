import { createHeap } from './heap.ts'

/** Finds the first of many items that change all the time, at almost no cost while nobody asks. */
export type Ranking<T> = {
  /** Says that this item is new, or was ranked anew. */
  note(item: T): void
  first(): T | undefined
}

const slack = 1_024

/**
 * `isCurrent` tells items that still rank as noted from those that changed or left since; `all` lists the current ones.
 * Noted items wait in a list until `first` is asked for; when too many of them are outdated everything is ranked anew.
 */
export function createRanking<T>(options: {
  readonly before: (a: T, b: T) => boolean
  readonly isCurrent: (item: T) => boolean
  readonly all: () => Iterable<T>
  /** How many items `all` has. */
  readonly count: () => number
}): Ranking<T> {
  const { before, isCurrent, all, count } = options
  let heap = createHeap(before)
  let fresh: T[] = []
  let complete = true

  return {
    note: (item) => {
      if (!complete) return
      fresh.push(item)
      if (heap.size() + fresh.length <= 2 * count() + slack) return
      complete = false
      heap = createHeap(before)
      fresh = []
    },
    first: () => {
      if (!complete) heap = createHeap(before, [...all()])
      for (const item of fresh) heap.push(item)
      complete = true
      fresh = []
      for (let first = heap.first(); first !== undefined; first = heap.first()) {
        if (isCurrent(first)) return first
        heap.pop()
      }
      return undefined
    },
  }
}
