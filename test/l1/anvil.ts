import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:process'
import { createPublicClient, createTestClient, http, type PublicClient } from 'viem'

/** A real L1 on a free port of this machine. */
export type Anvil = {
  readonly url: string
  readonly pid: number
  /** Everything that anvil can do on request: blocks, time, reorganisations. */
  readonly control: ReturnType<typeof controlOf>
  readonly client: PublicClient
  stop(): Promise<void>
}

/** The binary itself: the npm wrapper would be one more process to stop. */
function binary(): string {
  const cpu = arch === 'x64' ? 'amd64' : arch
  const require = createRequire(createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json'))
  const [at] = [require.resolve(`@foundry-rs/anvil-${platform}-${cpu}/package.json`)]
  return at.replace(/package\.json$/, platform === 'win32' ? 'bin/anvil.exe' : 'bin/anvil')
}

/** Starts anvil with chain id 900; it makes a block for each transaction unless `args` say otherwise. */
export async function startAnvil(args: readonly string[] = []): Promise<Anvil> {
  const child = spawn(binary(), ['--chain-id', '900', '--port', '0', '--slots-in-an-epoch', '4', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const port = await new Promise<string>((resolve, reject) => {
    let text = ''
    const late = setTimeout(() => reject(new Error(`anvil does not listen: ${text}`)), 20_000)
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part
      const match = /Listening on [^ ]+:(\d+)/.exec(text)
      if (match === null) return
      clearTimeout(late)
      resolve(match[1] ?? '')
    })
    child.on('error', reject)
    ended.then(([code]) => reject(new Error(`anvil ended with ${code}: ${text}`)), reject)
  }).catch((error: unknown) => {
    child.kill('SIGKILL')
    throw error
  })
  // What it goes on writing must not fill the pipe.
  child.stdout.removeAllListeners('data').resume()
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    pid: child.pid ?? 0,
    control: controlOf(url),
    client: createPublicClient({ transport: http(url), pollingInterval: 50, cacheTime: 0 }),
    async stop() {
      child.kill('SIGTERM')
      const force = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await ended
      clearTimeout(force)
    },
  }
}

function controlOf(url: string) {
  return createTestClient({ mode: 'anvil', transport: http(url), cacheTime: 0 })
}
