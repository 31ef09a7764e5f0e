import { protocolPrecompiles } from '../../attribution/protocol.ts'
import type { Address } from '../../core/hex.ts'
import type { StateReader } from '../../core/state.ts'
import { intrinsicGas } from '../../core/txGas.ts'
import type { Engine } from '../../state/engine.ts'
import { createWorld } from '../../state/world.ts'
import { createEvm, envOf } from '../../test/attribution/evm/evmWorld.ts'
import { devRules, type Harness } from '../../test/attribution/harness.ts'

/** One call as a transaction makes it. */
export type BenchCall = {
  readonly from: Address
  readonly to: Address
  readonly data: Uint8Array
  readonly value?: bigint
}

/** What a call costs: gas of the whole transaction, gas of what it executes, time of its execution. */
export type Cost = { readonly txGas: number; readonly gas: number; readonly ms: number }

/** A call's cost as a precompile and as a contract; ratios say how many times cheaper the precompile is. */
export type Row = {
  readonly name: string
  readonly calldataBytes: number
  readonly native: Cost
  readonly solidity: Cost | undefined
  readonly gasRatio: number | undefined
  readonly timeRatio: number | undefined
}

/** The same EVM with and without native precompiles. */
export type Engines = { readonly native: Engine; readonly contract: Engine }

export async function createEngines(): Promise<Engines> {
  return { native: await createEvm(protocolPrecompiles(devRules)), contract: await createEvm(new Map()) }
}

const gasLimit = 16_700_000n
/** Each figure is the best of so many rounds of at least so much processor time. */
const rounds = 5
const roundMs = 25
const most = 10_000

/**
 * Makes a call again and again on one state, undone each time; the time is that of the best round, without the time that
 * a call with the same data to an account without code takes. What is read lies in memory after the first call.
 */
export async function costOf(
  engine: Engine,
  state: StateReader,
  at: Pick<Harness, 'now' | 'blockNumber'>,
  call: BenchCall,
): Promise<Cost> {
  const { from, to, data, value = 0n } = call
  const execution = engine.openBlock(createWorld(state), envOf(at))
  const run = async (target: Address) => {
    const message = { from, to: target, data, value, gas: gasLimit, gasPrice: 0n, checkBalance: false }
    const result = await execution.call(message)
    if ('reject' in result) throw new Error(result.reject)
    return result
  }
  const result = await run(to)
  if (result.kind === 'halt') throw new Error(`the call halts: ${result.reason}`)
  const ms = (await bestMs(() => run(to))) - (await bestMs(() => run(nobody)))
  execution.close()
  const txGas = Number(result.gasUsed)
  return { txGas, gas: txGas - Number(intrinsicGas({ to, data })), ms }
}

const nobody = '0x00000000000000000000000000000000000f00d0' as Address

export async function bestMs(run: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  let times = 1
  for (let round = 0; round < rounds; ) {
    const start = cpuMs()
    for (let index = 0; index < times; index++) await run()
    const spent = cpuMs() - start
    if (spent < roundMs && times < most) {
      times = Math.min(most, spent === 0 ? times * 16 : Math.ceil((times * roundMs * 1.3) / spent))
      continue
    }
    best = Math.min(best, spent / times)
    round++
  }
  return best
}

/** Processor time of this thread: other work on the machine does not count. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

export function rowOf(name: string, calldataBytes: number, native: Cost, solidity: Cost | undefined): Row {
  const gasRatio = solidity && solidity.gas / native.gas
  const timeRatio = solidity && solidity.ms / native.ms
  return { name, calldataBytes, native, solidity, gasRatio, timeRatio }
}

/** The sum of costs of calls that do one thing together. */
export function sumCosts(costs: readonly Cost[]): Cost {
  const add = (pick: (cost: Cost) => number) => costs.reduce((sum, cost) => sum + pick(cost), 0)
  return { txGas: add(({ txGas }) => txGas), gas: add(({ gas }) => gas), ms: add(({ ms }) => ms) }
}

/** Prints a table: names to the left, numbers to the right. */
export function printTable(
  title: string,
  columns: readonly string[],
  rows: readonly { readonly name: string; readonly cells: readonly (number | undefined)[] }[],
): void {
  console.log(`\n${title.padEnd(40)}${columns.map((column) => column.padStart(14)).join('')}`)
  for (const { name, cells } of rows)
    console.log(name.padEnd(40) + cells.map((cell) => show(cell).padStart(14)).join(''))
}

function show(cell: number | undefined): string {
  if (cell === undefined || Number.isNaN(cell)) return '-'
  if (cell >= 1_000) return Math.round(cell).toLocaleString('en')
  return Number.isInteger(cell) ? `${cell}` : cell.toFixed(cell < 10 ? 3 : 1)
}
