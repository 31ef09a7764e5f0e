import { concatBytes, hexToBytes } from '../core/hex.ts'
import { createBenchEngine, type GasRate, gasRate, transferRate } from './engine/measure.ts'
import { type PrecompileCase, precompileCases } from './engine/precompiles.ts'
import { programs } from './engine/programs.ts'
import { writeJson } from './report.ts'

/**
 * `node bench/engine.ts [--json FILE]`: gas per second of each group of opcodes and each precompile, slowest first, and
 * plain transfers per second, all on one core over a state in memory. What a full block may take follows from the
 * slowest line.
 */
const minMs = 60
const { engine, close } = await createBenchEngine()

const transfers = await transferRate(engine, 20_000)
console.log(`plain transfers: ${transfers.toLocaleString('en')} per second`)

const rows: GasRate[] = []
for (const program of programs) rows.push(await gasRate(engine, program, minMs))
for (const each of precompileCases()) rows.push(await gasRate(engine, callLoop(each), minMs))
await close()
rows.sort((a, b) => a.rate - b.rate)
console.log('\nMgas/s     8 Mgas block')
for (const { name, rate } of rows) {
  console.log(`${rate.toFixed(2).padStart(9)} ${`${(8 / rate).toFixed(2)} s`.padStart(9)}   ${name}`)
}

writeJson({ transfers, rows }, process.argv)

/** Copies the call data into memory and calls the precompile with it until the gas is gone. */
function callLoop({ name, address, input, minGas = 200_000n }: PrecompileCase) {
  const setup = hexToBytes('0x365f5f375b')
  const call = hexToBytes(`0x5f5f365f73${address.slice(2)}5afa50`)
  const back = hexToBytes('0x600456')
  return { name, input, minGas, code: concatBytes(setup, ...Array.from({ length: 5 }, () => call), back) }
}
