import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

const main = join(import.meta.dirname, '..', '..', 'node', 'main.ts')

export type Finished = {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}
export type Running = {
  readonly child: ChildProcess
  /** All of standard output so far. */
  readonly stdout: () => string
  /** Resolves when standard output matches; rejects when the process ends before. */
  readonly until: (pattern: RegExp) => Promise<RegExpExecArray>
  readonly finished: Promise<Finished>
}

/** Our own environment without the node's variables, plus `env`. */
function cleanEnv(env: Record<string, string>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('OPENLEDGER_') && !name.startsWith('NODE_TEST'),
  )
  return { ...Object.fromEntries(kept), ...env }
}

/** Starts the command line as a process of its own, in our folder unless in another one. */
export function start(args: readonly string[], env: Record<string, string> = {}, input = '', cwd?: string): Running {
  const child = spawn(process.execPath, [main, ...args], { env: cleanEnv(env), stdio: ['pipe', 'pipe', 'pipe'], cwd })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  let stdout = ''
  let stderr = ''
  const watchers = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    for (const watcher of watchers) watcher()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  const until = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        const match = pattern.exec(stdout)
        if (match === null) return
        watchers.delete(check)
        resolve(match)
      }
      watchers.add(check)
      check()
      void finished.then(({ code }) => reject(new Error(`ended with ${code} before ${pattern}: ${stdout}${stderr}`)))
    })
  return { child, stdout: () => stdout, until, finished }
}

/** Runs the command line to its end. */
export function run(args: readonly string[], env: Record<string, string> = {}, input = ''): Promise<Finished> {
  return start(args, env, input).finished
}
