import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { platform } from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { NodeError } from '../../core/errors.ts'
import { dataDir, readUrl } from '../data/dir.ts'
import { childVariable } from '../shutdown.ts'

/** How a process ended, in words. */
export type ChildEnd = { readonly reason: string }

/** A node of the development chain in a process of its own. */
export type ChildNode = {
  readonly url: string
  readonly ended: Promise<ChildEnd>
  stop(): Promise<void>
}

export type ChildOptions = {
  /** Before each of its lines. */
  readonly name: string
  readonly dir: string
  readonly args: readonly string[]
  /** Settings that are not to be seen among the arguments. */
  readonly env: Readonly<Record<string, string>>
  /** Where its lines go. */
  readonly write: (line: string) => void
}

const startMs = 60_000
const stopMs = 15_000
const main = join(import.meta.dirname, '..', 'main.ts')

/** Starts `openledger run` and resolves once its port answers. Throws NodeError `child_failed` with its last words. */
export async function startChild({ name, dir, args, env, write }: ChildOptions): Promise<ChildNode> {
  // In a group of its own: Ctrl-C reaches only us, and the processes are stopped in order.
  const child = spawn(process.execPath, [main, 'run', '--data-dir', dir, ...args], {
    // The channel is for its end: a node whose devnet was killed stops by itself.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: platform !== 'win32',
    env: { ...withoutSettings(process.env), ...env, [childVariable]: '1' },
  })
  let last = ''
  const onLine = (line: string): void => {
    last = line
    write(`[${name}] ${line}`)
  }
  readLines(child, onLine)
  const ended = endOf(child)
  const stopped = { value: undefined as ChildEnd | undefined }
  void ended.then((end) => {
    stopped.value = end
  })
  for (let waitedMs = 0; waitedMs < startMs; waitedMs += 50) {
    if (stopped.value !== undefined) throw failed(name, last === '' ? stopped.value.reason : last)
    const url = readUrl(dataDir(dir, true))
    if (url !== undefined && (await answers(url))) return { url, ended, stop: () => stopChild(child, ended) }
    await sleep(50)
  }
  await stopChild(child, ended)
  throw failed(name, `it does not answer; its last line: ${last}`)
}

/** Settings come to the processes from us alone. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('OPENLEDGER_')))
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(1_000) })).ok
  } catch {
    return false
  }
}

/** Asks the process to end and ends it after a while. */
export async function stopChild(child: ChildProcess, ended: Promise<ChildEnd>): Promise<void> {
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), stopMs)
  await ended
  clearTimeout(timer)
}

/** Resolves when the process has ended or could not be started. */
export function endOf(child: ChildProcess): Promise<ChildEnd> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ reason: error.message }))
    child.once('exit', (code, signal) => resolve({ reason: signal === null ? `exit code ${code}` : signal }))
  })
}

function readLines(child: ChildProcess, onLine: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream?.setEncoding('utf8').on('data', (text: string) => {
      const lines = `${rest}${text}`.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) onLine(line)
    })
    stream?.on('end', () => {
      if (rest !== '') onLine(rest)
    })
  }
}

function failed(name: string, why: string): NodeError {
  // The devnet's own --http.port is the sequencer's.
  const words = name === 'validator' ? why.replaceAll('--http.port', '--validator.port') : why
  const message = `the ${name} did not start: ${words.replace(/^openledger: /, '')}`
  return new NodeError({ code: 'child_failed', severity: 'fatal', message, fix: `see the lines of [${name}] above` })
}
