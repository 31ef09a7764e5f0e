import { benchLineage } from './attribution/lineage.ts'
import { createEngines, printTable, type Row } from './attribution/measure.ts'
import { benchRefutations } from './attribution/refutations.ts'
import { benchSettlement } from './attribution/settle.ts'
import { writeJson } from './report.ts'

/**
 * `node bench/attribution.ts [--corpus-mb 1024] [--json FILE]`: what calls of the protocol cost, beside contracts in
 * Solidity on the same EVM. Gas is that of the execution, without what a transaction pays for itself and its data;
 * milliseconds are those of the execution on one core, with all state in memory. Ratios say how many times cheaper the
 * precompile is than the contract.
 */
const at = process.argv.indexOf('--corpus-mb')
const corpusBytes = (at < 0 ? 1_024 : Number(process.argv[at + 1])) * 2 ** 20
const engines = await createEngines()

const settlement = await benchSettlement(engines)
print('settlement', settlement)
const lineage = await benchLineage(engines)
print('lineage', lineage)
const refutations = await benchRefutations(engines, corpusBytes)
printTable(
  `refutations over ${corpusBytes / 2 ** 20} MiB (openings)`,
  ['calldata', 'tx gas', 'gas', 'ms', 'proof gas', 'ms', 'Solidity gas', 'ms', 'gas ratio', 'time ratio'],
  refutations.map(({ name, calldataBytes, whole, native, solidity, gasRatio, timeRatio }) => ({
    name,
    cells: [
      calldataBytes,
      whole.txGas,
      whole.gas,
      whole.ms,
      native.gas,
      native.ms,
      solidity?.gas,
      solidity?.ms,
      gasRatio,
      timeRatio,
    ],
  })),
)
console.log(
  'gas, ms: the whole call, which reads the batch and slashes its author. proof: its input read, its openings verified;\n' +
    'Solidity: the same by a contract, which neither reads the leaves nor looks for what is false in them.',
)

writeJson({ corpusBytes, settlement, lineage, refutations }, process.argv)

function print(title: string, rows: readonly Row[]): void {
  printTable(
    title,
    ['calldata', 'tx gas', 'gas', 'ms', 'Solidity gas', 'ms', 'gas ratio', 'time ratio'],
    rows.map(({ name, calldataBytes, native, solidity, gasRatio, timeRatio }) => ({
      name,
      cells: [calldataBytes, native.txGas, native.gas, native.ms, solidity?.gas, solidity?.ms, gasRatio, timeRatio],
    })),
  )
}
