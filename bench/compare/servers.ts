import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { call, openConnection } from './http.ts'

const root = join(import.meta.dirname, '..', '..')

/** A server under test: a separate process listening on a free loopback port. */
export type Server = {
  readonly name: string
  readonly port: number
  /** Peak resident memory so far, in MiB, read from the kernel. */
  peakMib(): number
  /** CPU seconds used so far by all threads of the process. */
  cpuSec(): number
  stop(): Promise<void>
}

export async function startOpenledger(): Promise<Server> {
  const port = await freePort()
  const args = [join(root, 'node', 'main.ts'), 'devnet', '--solo', '--http.port', String(port), '--silent']
  return start('openledger', port, process.execPath, args)
}

/**
 * anvil in the mode in which it takes this load fastest: a block every second with room for all of it. Its default
 * (a block per transaction) leaves thousands of transactions pending once the load stops arriving.
 */
export async function startAnvil(): Promise<Server> {
  const port = await freePort()
  const args = ['--port', String(port), '--silent', '--block-time', '1', '--gas-limit', '300000000']
  return start('anvil', port, join(root, 'node_modules', '.bin', 'anvil'), args)
}

async function start(name: string, port: number, command: string, args: readonly string[]): Promise<Server> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  await ready(child, name, port)
  const pid = serverPid(child)
  return {
    name,
    port,
    peakMib: () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024,
    cpuSec: () => {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      return (Number(fields[11]) + Number(fields[12])) / 100
    },
    stop: () => stop(child),
  }
}

/** npm's anvil is a launcher: measure the process it started. */
function serverPid(child: ChildProcess): number {
  const own = child.pid
  if (own === undefined) throw new Error('the server did not start')
  const children = readFileSync(`/proc/${own}/task/${own}/children`, 'utf8').trim().split(' ').filter(Boolean)
  return children.length === 1 ? Number(children[0]) : own
}

async function ready(child: ChildProcess, name: string, port: number): Promise<void> {
  const deadline = Date.now() + 30_000
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`${name} exited with code ${child.exitCode} before it was ready`)
    try {
      const connection = await openConnection(port)
      await call(connection, 'eth_chainId', [])
      connection.close()
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  await stop(child)
  throw new Error(`${name} was not ready after 30 s`)
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    const force = setTimeout(() => child.kill('SIGKILL'), 10_000)
    child.once('exit', () => {
      clearTimeout(force)
      resolve()
    })
    child.kill('SIGTERM')
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
