import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bigintToFixed, emptyBytes, zeroHash } from '../../core/hex.ts'
import type { SignedTx, TxEnvelope } from '../../core/tx.ts'
import type { BlockEnv, Engine } from '../../state/engine.ts'
import { createEthereumjsEngine } from '../../state/engines/ethereumjs/engine.ts'
import { createBlockReader } from '../../state/store/blockReader.ts'
import { putSealed } from '../../state/store/entry.ts'
import { openLevelKv } from '../../state/store/levelKv.ts'
import { keyOf } from '../../state/store/tables.ts'
import { createWorld } from '../../state/world.ts'
import { addressOf, createMemoryState, type PlainAccount } from '../../test/state/memoryReader.ts'
import { chainId, ether, gwei, senders, transaction } from '../../test/state/testChain.ts'
import { helpers, target } from './programs.ts'

export type GasRate = {
  readonly name: string
  readonly gas: number
  readonly ms: number
  /** Million gas per second. */
  readonly rate: number
}

const env: BlockEnv = {
  number: 1_000n,
  timestamp: 1n,
  coinbase: addressOf(0xfee),
  gasLimit: 2n ** 40n,
  baseFee: gwei,
  mixHash: zeroHash,
  parentHash: zeroHash,
  parentBeaconBlockRoot: zeroHash,
}

export type BenchEngine = { readonly engine: Engine; close(): Promise<void> }

/** An engine over an empty set of native precompiles, with the hashes of older blocks on disk as in a node. */
export async function createBenchEngine(): Promise<BenchEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'openledger-bench-'))
  const kv = await openLevelKv(folder)
  const numbers = Array.from({ length: Number(env.number) }, (_, number) => BigInt(number))
  const records = numbers.map((number) => putSealed(keyOf('canonical', number), bigintToFixed(number + 1n, 32)))
  await kv.batch(records, { sync: true })
  const { hashByNumber } = createBlockReader(kv)
  const rules = { chainId, impersonation: false }
  const engine = await createEthereumjsEngine({ rules, precompiles: new Map(), blockHash: hashByNumber })
  return {
    engine,
    async close() {
      await kv.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** `minGas`: below it the loop does not get around once. */
export type Loop = {
  readonly name: string
  readonly code: Uint8Array
  readonly input?: Uint8Array
  readonly minGas?: bigint
}

/** Runs code with more and more gas until it takes `minMs`; the rate of that run. */
export async function gasRate(
  engine: Engine,
  { name, code, input = emptyBytes, minGas = 200_000n }: Loop,
  minMs: number,
): Promise<GasRate> {
  const accounts: Record<string, PlainAccount> = { [senders[0] as string]: { balance: ether } }
  for (const helper of [...helpers, { address: target, code }]) {
    accounts[helper.address] = { nonce: 1n, balance: ether, code: helper.code }
  }
  const { reader } = createMemoryState(accounts)
  const base = await run(engine, reader, emptyGas(input), input)
  let gas = emptyGas(input) + minGas
  for (;;) {
    const { ms, used } = await run(engine, reader, gas, input)
    const spent = used - base.used
    if (ms >= minMs || gas > 200_000_000n) return { name, gas: spent, ms, rate: spent / ms / 1_000 }
    gas *= 2n
  }
}

/** Enough to start, not to run anything. */
function emptyGas(input: Uint8Array): bigint {
  return 21_000n + 40n * BigInt(input.length)
}

async function run(engine: Engine, reader: Parameters<typeof createWorld>[0], gas: bigint, data: Uint8Array) {
  const execution = engine.openBlock(createWorld(reader), env)
  const from = senders[0] ?? target
  const start = cpuMs()
  const result = await execution.call({ from, to: target, value: 0n, gas, gasPrice: 0n, data, checkBalance: true })
  const ms = cpuMs() - start
  execution.close()
  if ('reject' in result) throw new Error(result.reject)
  return { ms, used: Number(result.gasUsed) }
}

/** Processor time of this thread: other work on the machine does not count. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

/** Plain transfers of 50 senders to fresh accounts, per second, the best of three rounds. */
export async function transferRate(engine: Engine, count: number): Promise<number> {
  const used = senders.slice(0, 50)
  const { reader } = createMemoryState(Object.fromEntries(used.map((sender) => [sender, { balance: 1_000n * ether }])))
  const txs: TxEnvelope<SignedTx>[] = []
  for (let index = 0; index < count; index++) {
    const nonce = BigInt(Math.floor(index / used.length))
    txs.push(transaction(index % used.length, { nonce, to: addressOf(0x10000 + index), value: 1n, gas: 21_000n }))
  }
  let best = 0
  for (let round = 0; round < 3; round++) {
    const execution = engine.openBlock(createWorld(reader), env)
    const start = cpuMs()
    for (const tx of txs) {
      const result = await execution.executeTx(tx)
      if ('reject' in result) throw new Error(result.reject)
    }
    best = Math.max(best, (count * 1_000) / (cpuMs() - start))
    execution.close()
  }
  return Math.round(best)
}
