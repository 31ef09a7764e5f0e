import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:process'
import { NodeError } from '../../core/errors.ts'
import { type ChildEnd, endOf, stopChild } from './child.ts'
import { endWithUs } from './endWithUs.ts'

/** The L1 of a development chain. */
export type Anvil = {
  readonly url: string
  /** Resolves when the process has ended. */
  readonly ended: Promise<ChildEnd>
  stop(): Promise<void>
}

export type AnvilOptions = {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly blockTimeSec: number
  readonly chainId: bigint
  /** File that it keeps its chain in; undefined: in memory only. */
  readonly stateFile: string | undefined
}

/** Slots of an epoch: what is two epochs old is final. */
const slotsInEpoch = 4
/** Blocks that a crash may cost are younger than two epochs, so none that was final. */
const stateIntervalSlots = 5
const startMs = 20_000

/** Starts anvil. Throws NodeErrors `l1_missing` (its package has no binary for this machine) and `l1_start`. */
export async function startAnvil({ host, port, blockTimeSec, chainId, stateFile }: AnvilOptions): Promise<Anvil> {
  const args = [
    ...['--chain-id', `${chainId}`],
    ...['--host', host],
    ...['--port', `${port}`],
    ...['--block-time', `${blockTimeSec}`],
    ...['--slots-in-an-epoch', `${slotsInEpoch}`],
    ...(stateFile === undefined
      ? []
      : ['--state', stateFile, '--state-interval', `${stateIntervalSlots * blockTimeSec}`]),
  ]
  const child = spawn(binary(), args, { stdio: ['ignore', 'pipe', 'pipe'], detached: platform !== 'win32' })
  const ended = endOf(child)
  const unwatched = endWithUs(child, ended)
  try {
    const listening = await listeningPort(child, ended)
    return { url: `http://127.0.0.1:${listening}`, ended, stop: () => stopChild(child, ended).then(() => unwatched) }
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
}

/** The port that it says it listens on; what it says later is dropped, or the pipe would fill. */
async function listeningPort(child: ChildProcess, ended: Promise<ChildEnd>): Promise<string> {
  let text = ''
  const found = Promise.withResolvers<string>()
  const onText = (part: string): void => {
    text = `${text}${part}`.slice(-4096)
    const match = /Listening on [^ ]+:(\d+)/.exec(text)
    if (match !== null) found.resolve(match[1]!)
  }
  child.stdout?.setEncoding('utf8').on('data', onText)
  child.stderr?.setEncoding('utf8').on('data', onText)
  const timer = setTimeout(() => found.reject(startFailed('it does not answer')), startMs)
  void ended.then(({ reason }) => found.reject(startFailed(lastLine(text) ?? reason)))
  try {
    return await found.promise
  } finally {
    clearTimeout(timer)
    child.stdout?.removeListener('data', onText).resume()
    child.stderr?.removeListener('data', onText).resume()
  }
}

function lastLine(text: string): string | undefined {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .at(-1)
}

/** The binary of the npm package itself: its wrapper would be one more process to stop. */
function binary(): string {
  const cpu = arch === 'x64' ? 'amd64' : arch
  const system = platform === 'win32' ? 'windows' : platform
  try {
    const wrapper = createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json')
    const at = createRequire(wrapper).resolve(`@foundry-rs/anvil-${system}-${cpu}/package.json`)
    return at.replace(/package\.json$/, platform === 'win32' ? 'bin/anvil.exe' : 'bin/anvil')
  } catch (cause) {
    const message = `there is no anvil for ${platform} on ${arch}, which plays the L1 here`
    const fix = 'add --solo for a chain without L1, or --l1-rpc <url> for an L1 of your own'
    throw new NodeError({ code: 'l1_missing', severity: 'fatal', message, fix }, { cause })
  }
}

function startFailed(why: string): NodeError {
  return new NodeError({
    code: 'l1_start',
    severity: 'fatal',
    message: `the L1 (anvil) did not start: ${why}`,
    fix: 'if its port is taken, as by another devnet, stop that one, or give this one others: --l1.port, --http.port, --validator.port, --p2p.port, --validator.p2p.port',
  })
}
