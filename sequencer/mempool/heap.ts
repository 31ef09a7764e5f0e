/** A binary heap: `first` is the item that comes before all others. */
export type Heap<T> = {
  first(): T | undefined
  size(): number
  push(item: T): void
  /** Takes the first item out. */
  pop(): T | undefined
  /** Puts `item` in the first one's place: cheaper than pop and push. */
  replaceFirst(item: T): void
}

/** A heap over these items (the array is taken over). `before` is a strict order. */
export function createHeap<T>(before: (a: T, b: T) => boolean, items: T[] = []): Heap<T> {
  for (let index = (items.length >> 1) - 1; index >= 0; index--) sink(index)

  function sink(start: number): void {
    const item = items[start]!
    let index = start
    for (;;) {
      let child = 2 * index + 1
      if (child >= items.length) break
      if (child + 1 < items.length && before(items[child + 1]!, items[child]!)) child++
      if (!before(items[child]!, item)) break
      items[index] = items[child]!
      index = child
    }
    items[index] = item
  }

  function rise(start: number): void {
    const item = items[start]!
    let index = start
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!before(item, items[parent]!)) break
      items[index] = items[parent]!
      index = parent
    }
    items[index] = item
  }

  return {
    first: () => items[0],
    size: () => items.length,
    push: (item) => {
      items.push(item)
      rise(items.length - 1)
    },
    pop: () => {
      const first = items[0]
      const last = items.pop()
      if (items.length > 0) {
        items[0] = last!
        sink(0)
      }
      return first
    },
    replaceFirst: (item) => {
      items[0] = item
      sink(0)
    },
  }
}
