/** A JSON-RPC connection over WebSocket for tests. */
export type WsClient = {
  request<T = string>(method: string, params?: readonly unknown[]): Promise<T>
  send(text: string): void
  /** The next message that is no answer to `request`. */
  next(): Promise<unknown>
  /** The next event of a subscription. */
  event<T>(subscription: string): Promise<T>
  readonly closed: Promise<{ readonly code: number }>
  close(): Promise<void>
}

type Message = {
  readonly id?: number
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string }
  readonly params?: { readonly subscription: string; readonly result: unknown }
}

export async function connectWs(url: string): Promise<WsClient> {
  const socket = new WebSocket(url)
  const waiting = new Map<number, (message: Message) => void>()
  const others = createQueue<unknown>()
  const events = new Map<string, ReturnType<typeof createQueue<unknown>>>()
  const closed = Promise.withResolvers<{ readonly code: number }>()
  let nextId = 1000

  function eventsOf(subscription: string) {
    const queue = events.get(subscription) ?? createQueue<unknown>()
    events.set(subscription, queue)
    return queue
  }

  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Message
    const take = message.id === undefined ? undefined : waiting.get(message.id)
    if (take !== undefined) take(message)
    else if (message.params !== undefined) eventsOf(message.params.subscription).add(message.params.result)
    else others.add(message)
  })
  socket.addEventListener('close', ({ code }) => closed.resolve({ code }))
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', reject)
  })
  return {
    request<T>(method: string, params: readonly unknown[] = []) {
      const id = nextId++
      return new Promise<T>((resolve, reject) => {
        waiting.set(id, ({ result, error }) => {
          if (error === undefined) resolve(result as T)
          else reject(new Error(`${error.code} ${error.message}`))
        })
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
      })
    },
    send: (text) => socket.send(text),
    next: () => others.take(),
    event: async <T>(subscription: string) => (await eventsOf(subscription).take()) as T,
    closed: closed.promise,
    async close() {
      socket.close()
      await closed.promise
    },
  }
}

function createQueue<T>() {
  const values: T[] = []
  const takers: ((value: T) => void)[] = []
  return {
    add(value: T): void {
      const taker = takers.shift()
      if (taker === undefined) values.push(value)
      else taker(value)
    },
    take(): Promise<T> {
      const value = values.shift()
      return value === undefined ? new Promise((resolve) => takers.push(resolve)) : Promise.resolve(value)
    },
  }
}
