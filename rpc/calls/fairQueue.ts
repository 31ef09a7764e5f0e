/** What waits for its turn, by client. Clients take turns, so that nobody waits for all that another one has asked. */
export type FairQueue<T> = {
  /**
   * Appends an item. Undefined: there was room. Otherwise what has to go instead: the newest item of the client with
   * the most, if that has more than this one would have, else the item itself.
   */
  push(client: string, item: T): T | undefined
  /** The next item: the oldest one of the client whose turn it is. */
  shift(): T | undefined
  /** What this client had from `shift` is done: its next item comes after those of clients that came meanwhile. */
  done(client: string): void
  /** Takes an item out wherever it is. */
  remove(client: string, item: T): void
  /** Takes everything out. */
  clear(): readonly T[]
}

/** A queue of at most `max` items. One client alone may fill it; several end up with equal shares. */
export function createFairQueue<T>(max: number): FairQueue<T> {
  // In the order of turns: the client of the first line is next. No line is empty.
  const lines = new Map<string, T[]>()
  let size = 0

  function longest(): readonly [string, T[]] | undefined {
    let found: readonly [string, T[]] | undefined
    for (const entry of lines) if (found === undefined || entry[1].length > found[1].length) found = entry
    return found
  }

  function append(client: string, item: T): void {
    const line = lines.get(client)
    if (line === undefined) lines.set(client, [item])
    else line.push(item)
    size++
  }

  function drop(client: string, line: T[], index: number): void {
    line.splice(index, 1)
    if (line.length === 0) lines.delete(client)
    size--
  }

  return {
    push(client, item) {
      if (size < max) {
        append(client, item)
        return undefined
      }
      const own = lines.get(client)?.length ?? 0
      const [crowd, line] = longest() ?? []
      if (crowd === undefined || line === undefined || line.length <= own + 1) return item
      const evicted = line.at(-1)
      drop(crowd, line, line.length - 1)
      append(client, item)
      return evicted
    },
    shift() {
      const [client, line] = lines.entries().next().value ?? []
      if (client === undefined || line === undefined) return undefined
      const [item] = line
      lines.delete(client)
      drop(client, line, 0)
      if (line.length > 0) lines.set(client, line)
      return item
    },
    done(client) {
      const line = lines.get(client)
      if (line === undefined) return
      lines.delete(client)
      lines.set(client, line)
    },
    remove(client, item) {
      const line = lines.get(client)
      const index = line?.indexOf(item) ?? -1
      if (line !== undefined && index >= 0) drop(client, line, index)
    },
    clear() {
      const all = [...lines.values()].flat()
      lines.clear()
      size = 0
      return all
    },
  }
}
