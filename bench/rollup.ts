import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPublicClient, createWalletClient, http, parseEther } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { devMnemonic } from '../genesis/devAccounts.ts'
import { openledgerDevnet } from '../sdk/chains.ts'
import { writeJson } from './report.ts'

/**
 * `openledger devnet` as users start it: how long after a block was sealed it is safe, for the sequencer and for the
 * validator that has nothing but L1. A transfer a second; seconds, as seen over JSON-RPC every 50 ms.
 */
const transfers = 45
const patienceMs = 90_000
const ports = [
  '--http.port',
  '0',
  '--validator.port',
  '0',
  '--l1.port',
  '0',
  '--p2p.port',
  '0',
  '--validator.p2p.port',
  '0',
]
const flags = process.argv.includes('--max-delay') ? ['--batcher.max-delay', valueAfter('--max-delay')] : []

type Ready = { readonly sequencerUrl: string; readonly validatorUrl: string }

const started = performance.now()
const main = join(import.meta.dirname, '..', 'node', 'main.ts')
const child = spawn(process.execPath, [main, 'devnet', '--json', '--silent', ...ports, ...flags], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
try {
  const { sequencerUrl, validatorUrl } = await readyOf(child)
  const startSeconds = (performance.now() - started) / 1000
  const sequencer = createPublicClient({ transport: http(sequencerUrl), cacheTime: 0 })
  const validator = createPublicClient({ transport: http(validatorUrl), cacheTime: 0 })
  const account = mnemonicToAccount(devMnemonic)
  const wallet = createWalletClient({ account, chain: openledgerDevnet, transport: http(sequencerUrl) })

  const sealedMs = new Map<bigint, number>()
  const safeMs = new Map<bigint, number>()
  const derivedMs = new Map<bigint, number>()
  const until = performance.now() + transfers * 1000 + patienceMs
  const sending = send()
  let last = 0n
  let isSent = false
  void sending.then(() => {
    isSent = true
  })
  while (performance.now() < until) {
    const [unsafe, safe, derived] = await Promise.all([
      sequencer.getBlockNumber(),
      sequencer.getBlock({ blockTag: 'safe' }),
      validator.getBlock({ blockTag: 'safe' }),
    ])
    const now = performance.now()
    for (let number = last + 1n; number <= unsafe; number++) sealedMs.set(number, now)
    last = unsafe
    note(safeMs, safe.number, now)
    note(derivedMs, derived.number, now)
    if (isSent && derivedMs.size >= sealedMs.size && safeMs.size >= sealedMs.size) break
    await sleep(50)
  }
  const rows = { sequencer: line(sealedMs, safeMs), validator: line(sealedMs, derivedMs) }
  console.log(
    `devnet answers after ${startSeconds.toFixed(1)} s; ${sealedMs.size} blocks; seconds from sealed to safe:`,
  )
  console.table(rows)
  writeJson({ startSeconds, blocks: sealedMs.size, ...rows }, process.argv)

  async function send(): Promise<void> {
    for (let count = 0; count < transfers; count++) {
      await wallet.sendTransaction({ to: account.address, value: parseEther('0.001') })
      await sleep(1_000)
    }
  }
} finally {
  child.kill('SIGTERM')
  await once(child, 'exit')
}

/** Blocks up to `number` were seen by now. */
function note(seen: Map<bigint, number>, number: bigint, now: number): void {
  for (let next = BigInt(seen.size) + 1n; next <= number; next++) seen.set(next, now)
}

function line(from: ReadonlyMap<bigint, number>, to: ReadonlyMap<bigint, number>) {
  const seconds = [...to].map(([number, ms]) => (ms - (from.get(number) ?? ms)) / 1000).sort((a, b) => a - b)
  const at = (part: number) => Number((seconds[Math.floor((seconds.length - 1) * part)] ?? 0).toFixed(1))
  return { blocks: seconds.length, p50: at(0.5), p99: at(0.99), max: at(1) }
}

/** Its line that says that all of it answers; what it writes later is dropped. */
function readyOf({ stdout }: ChildProcess): Promise<Ready> {
  return new Promise((resolve, reject) => {
    let text = ''
    stdout?.setEncoding('utf8').on('data', (part: string) => {
      const lines = `${text}${part}`.split('\n')
      text = lines.pop() ?? ''
      const values = lines.map((one) => JSON.parse(one) as Partial<Ready> & { readonly ready?: boolean })
      const ready = values.find((value) => value.ready === true)
      if (ready !== undefined) resolve(ready as Ready)
    })
    stdout?.on('end', () => reject(new Error('the devnet ended before it was ready')))
  })
}

function valueAfter(flag: string): string {
  return process.argv[process.argv.indexOf(flag) + 1] ?? ''
}
