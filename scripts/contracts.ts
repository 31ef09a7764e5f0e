// Compiles the project's Solidity into build/contracts.json; does nothing when that is up to date.
import { join } from 'node:path'
import { predeploys } from '../core/predeploys.ts'
import { type CompileJob, compileContracts, packageVersion } from './compile.ts'

const job: CompileJob = {
  projectDir: join(import.meta.dirname, '..'),
  folders: ['genesis/contracts', 'l1/contracts', 'sdk/solidity', 'test/contracts'],
  packaged: async () => ({ Multicall3: await (await import('./multicall.ts')).packagedMulticall() }),
  packagedVersion: packageVersion('viem'),
  constructed: {
    Timelock: predeploys.timelock,
    Court: predeploys.court,
    OpenGovernor: predeploys.governor,
    VoteToken: predeploys.voteToken,
    ValidatorVault: predeploys.validatorVault,
    BridgedEther: predeploys.bridgedEther,
  },
  outFile: 'build/contracts.json',
}

const started = performance.now()
const result = await compileContracts(job, (sources) => {
  process.stdout.write(`contracts: compiling ${sources} Solidity files\n`)
}).catch((error: unknown) => ({ kind: 'failed' as const, problems: [String(error)] }))

if (result.kind === 'failed') {
  for (const problem of result.problems) process.stderr.write(`contracts: ${problem}\n`)
  process.exitCode = 1
} else {
  for (const warning of result.warnings) process.stderr.write(`contracts: ${warning}\n`)
  if (result.kind === 'compiled') {
    const seconds = ((performance.now() - started) / 1_000).toFixed(1)
    process.stdout.write(`contracts: ${result.contracts} contracts in build/contracts.json, ${seconds} s\n`)
  }
}
