import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** What a process of a bench can be asked. */
export type Tasks = { readonly [name: string]: (input: never) => Promise<unknown> }

/** A process of a bench, asked by name of the task. */
export type Process<T extends Tasks> = {
  ask<Name extends keyof T & string>(name: Name, input: Parameters<T[Name]>[0]): ReturnType<T[Name]>
  /** Asks it to end, and ends it after five seconds. */
  stop(): Promise<void>
}

type Call = { readonly id: number; readonly name: string; readonly input: unknown }
type Answer = { readonly id: number; readonly value?: unknown; readonly error?: string }

const stopMs = 5_000

/** Starts a file of this folder, whose tasks are of type `T`, in a process of its own. */
export function startProcess<T extends Tasks>(file: string, flags: readonly string[] = []): Process<T> {
  const child = fork(join(import.meta.dirname, file), { serialization: 'advanced', execArgv: [...flags] })
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let lastId = 0
  child.on('message', ({ id, value, error }: Answer) => {
    if (error === undefined) waiting.get(id)?.resolve(value)
    else waiting.get(id)?.reject(new Error(`${file}: ${error}`))
    waiting.delete(id)
  })
  const ended = once(child, 'exit').then(() => {
    for (const { reject } of waiting.values()) reject(new Error(`${file} ended`))
    waiting.clear()
  })
  return {
    ask<Name extends keyof T & string>(name: Name, input: Parameters<T[Name]>[0]) {
      const id = ++lastId
      const asked = Promise.withResolvers<unknown>()
      waiting.set(id, asked)
      child.send({ id, name, input } satisfies Call)
      // The value is what the task of this name answered.
      return asked.promise as ReturnType<T[Name]>
    },
    async stop() {
      if (child.connected) child.disconnect()
      const timer = setTimeout(() => child.kill('SIGKILL'), stopMs)
      await ended
      clearTimeout(timer)
    },
  }
}

/** In the process: does what it is asked, one task at a time. The process ends when nobody asks any more. */
export function serveTasks(tasks: Tasks): void {
  let last: Promise<unknown> = Promise.resolve()
  process.on('message', ({ id, name, input }: Call) => {
    const task = tasks[name] as ((input: unknown) => Promise<unknown>) | undefined
    last = last.then(async () => {
      try {
        answer({ id, value: await task?.(input) })
      } catch (error) {
        answer({ id, error: error instanceof Error ? `${error.stack}` : String(error) })
      }
    })
  })
  process.on('disconnect', () => process.exit(0))
}

function answer(message: Answer): void {
  process.send?.(message)
}
