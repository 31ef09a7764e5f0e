import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bytesToHex } from '../../core/hex.ts'
import { devAccounts, devMnemonic } from '../../genesis/devAccounts.ts'
import { rpc } from './rpcCall.ts'
import { type Running, run, start } from './spawn.ts'

export const accounts = devAccounts(devMnemonic, 10)
/** What the validator of a deployed rollup has at stake, in wei of OPEN. */
export const stakeWei = 1_000n * 10n ** 18n
/** Which account does what: the others are free. */
export const roles = { validator: 5, sealer: 6, proposer: 7, batcher: 8, deployer: 9 } as const

/** The processes and files of one test file: whatever happens, they are gone after `close`. */
export type Stage = {
  readonly folder: string
  /** Starts the command line; `close` ends it. */
  start(args: readonly string[]): Running
  /** Starts `run` with free ports and resolves once its port answers. */
  node(args: readonly string[]): Promise<NodeProcess>
  /** A key file of a development account. */
  key(index: number): string
  close(): Promise<void>
}

export type NodeProcess = Running & {
  readonly url: string
  /** kill -9. */
  kill(): Promise<void>
  /** Asks it to stop, which it does in time and without an error. */
  stop(): Promise<void>
}

const startMs = 40_000
const stopMs = 15_000

export function openStage(name: string): Stage {
  const folder = mkdtempSync(join(tmpdir(), `ol-${name}-`))
  const running = new Set<Running>()

  function startOne(args: readonly string[]): Running {
    const process = start(args)
    running.add(process)
    void process.finished.then(() => running.delete(process))
    return process
  }
  async function end(process: Running): Promise<void> {
    const below = children(process.child.pid)
    process.child.kill('SIGTERM')
    const force = setTimeout(() => {
      process.child.kill('SIGKILL')
      for (const pid of below) killQuietly(pid)
    }, stopMs)
    await process.finished
    clearTimeout(force)
  }
  return {
    folder,
    start: startOne,
    async node(args) {
      const process = startOne([
        'run',
        ...['--http.addr', '127.0.0.1', '--http.port', '0', '--http.api', 'eth,optimism,openledger'],
        ...['--p2p.addr', '127.0.0.1', '--p2p.port', '0'],
        ...['--rpc.ratelimit', '0', '--datadir.minfreedisk', '1', '--log.format', 'json'],
        ...args,
      ])
      const ready = process.until(/"url":"(http:\/\/127\.0\.0\.1:\d+)".*node is ready/)
      const [, url] = await inTime(ready, startMs, 'the node starts')
      const signal = async (name: NodeJS.Signals) => {
        process.child.kill(name)
        return inTime(process.finished, stopMs, `the node ends after ${name}`)
      }
      return {
        ...process,
        url: url!,
        kill: async () => void (await signal('SIGKILL')),
        stop: async () => {
          const { code, stderr } = await signal('SIGTERM')
          assert.equal(code, 0, stderr)
        },
      }
    },
    key(index) {
      const file = join(folder, `${index}.key`)
      writeFileSync(file, bytesToHex(accounts[index]!.privateKey), { mode: 0o600 })
      return file
    },
    async close() {
      await Promise.all([...running].map(end))
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** The processes that a process has started, where the system tells. */
export function children(pid: number | undefined): readonly number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    return text.split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

/** Runs `openledger deploy` with quick times; resolves to the chain spec file. */
export async function deploy(
  stage: Stage,
  { l1Url, template = 'devnet', originDepth }: { l1Url: string; template?: string; originDepth: number },
): Promise<string> {
  const file = join(stage.folder, 'rollup.json')
  const { code, stderr } = await run([
    ...['deploy', file, '--chain', template, '--l1-rpc', l1Url],
    ...['--deployer.key', stage.key(roles.deployer)],
    ...['--batcher', accounts[roles.batcher]!.address, '--proposer', accounts[roles.proposer]!.address],
    ...['--unsafe-signer', accounts[roles.sealer]!.address],
    ...['--validator', stage.key(roles.validator), '--stake', `${stakeWei}`],
    ...['--submission-interval', '2', '--finalization-period', '4', '--origin-depth', `${originDepth}`],
  ])
  assert.equal(code, 0, stderr)
  return file
}

/** Rejects, saying what was waited for, when the promise takes longer. */
export async function inTime<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  const late = new AbortController()
  const timer = sleep(ms, undefined, { signal: late.signal }).then(() => {
    throw new Error(`${what}: not within ${ms} ms`)
  })
  try {
    return await Promise.race([promise, timer])
  } finally {
    late.abort()
    timer.catch(() => {})
  }
}

/** Asks again and again until there is an answer. */
export async function until<T>(what: string, probe: () => Promise<T | undefined>, ms = 40_000): Promise<T> {
  const deadline = performance.now() + ms
  for (;;) {
    const found = await inTime(probe(), ms, what)
    if (found !== undefined) return found
    assert.ok(performance.now() < deadline, `${what}: not within ${ms} ms`)
    await sleep(100)
  }
}

export type Block = { readonly number: bigint; readonly hash: string }

export async function blockOf(url: string, id: 'latest' | 'safe' | 'finalized' | bigint): Promise<Block> {
  const tag = typeof id === 'bigint' ? `0x${id.toString(16)}` : id
  const { number, hash } = await rpc<{ number: string; hash: string }>(url, 'eth_getBlockByNumber', tag, false)
  return { number: BigInt(number), hash }
}

/** Waits until all nodes have the same safe and the same final block, the one of `label` being this block or a later one. */
export async function agreed(
  urls: readonly string[],
  { number, label = 'safe', ms }: { number: bigint; label?: 'safe' | 'finalized'; ms?: number },
): Promise<{ readonly safe: Block; readonly finalized: Block }> {
  const look = async (url: string) => ({ safe: await blockOf(url, 'safe'), finalized: await blockOf(url, 'finalized') })
  return until(
    `the nodes agree on a ${label} block from ${number} on`,
    async () => {
      const [first, ...others] = await Promise.all(urls.map(look))
      const isSame = others.every(
        ({ safe, finalized }) => safe.hash === first!.safe.hash && finalized.hash === first!.finalized.hash,
      )
      return isSame && first![label].number >= number ? first : undefined
    },
    ms,
  )
}

/** Resolves once the log of a database that is being written has grown this many times. */
export async function databaseGrows(path: string, times: number): Promise<void> {
  const deadline = performance.now() + 20_000
  let bytes = 0
  for (let grown = 0; grown < times; ) {
    assert.ok(performance.now() < deadline, 'the database grows')
    await sleep(2)
    const logs = existsSync(path) ? readdirSync(path).filter((name) => name.endsWith('.log')) : []
    const now = logs.reduce((sum, name) => sum + statSync(join(path, name)).size, 0)
    if (now > bytes) grown++
    bytes = now
  }
}
