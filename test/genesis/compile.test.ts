import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { keccak256 } from 'viem'
import { type Address, bytesToHex, type Hash } from '../../core/hex.ts'
import { loadContract, loadContracts } from '../../genesis/loadContract.ts'
import { type CompileJob, compileContracts } from '../../scripts/compile.ts'

const root = join(import.meta.dirname, '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'openledger-compile-'))
after(() => rmSync(folder, { recursive: true }))

const job: CompileJob = {
  projectDir: folder,
  folders: ['a', 'absent'],
  packaged: async () => ({}),
  packagedVersion: '1',
  outFile: 'build/contracts.json',
}

function source(body: string, pragma = '0.8.37'): void {
  mkdirSync(join(folder, 'a'), { recursive: true })
  writeFileSync(
    join(folder, 'a', 'Box.sol'),
    `// SPDX-License-Identifier: Apache-2.0\npragma solidity ${pragma};\n\n${body}\n`,
  )
}

describe('contract compiler', () => {
  test('does nothing the second time', () => {
    const file = join(root, 'build', 'contracts.json')
    const before = statSync(file).mtimeMs
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts', 'contracts.ts')])
    assert.deepEqual([status, stdout.toString(), stderr.toString()], [0, '', ''])
    assert.equal(statSync(file).mtimeMs, before)
  })

  test('compiles on a change, side by side with another process, and then rests', async () => {
    source('contract Box { uint256 public held = 1; }')
    let compilations = 0
    const count = () => {
      compilations++
    }
    const [first, second] = await Promise.all([compileContracts(job, count), compileContracts(job, count)])
    assert.deepEqual([first.kind, second.kind, compilations], ['compiled', 'compiled', 2])
    assert.deepEqual(readdirSync(join(folder, 'build')), ['contracts.json'])
    assert.equal((await compileContracts(job, count)).kind, 'fresh')
    assert.equal((await compileContracts({ ...job, packagedVersion: '2' }, count)).kind, 'compiled')

    const read = () => readFileSync(join(folder, 'build', 'contracts.json'), 'utf8')
    writeFileSync(join(folder, 'build', 'contracts.json'), read().slice(0, -20))
    assert.equal((await compileContracts({ ...job, packagedVersion: '2' }, count)).kind, 'compiled')
    const { runtime } = loadContracts(join(folder, 'build', 'contracts.json'))('Box')

    source('/// A comment does not reach the bytecode.\ncontract Box { uint256 public held = 1; }')
    assert.equal((await compileContracts(job, count)).kind, 'compiled')
    assert.deepEqual(loadContracts(join(folder, 'build', 'contracts.json'))('Box').runtime, runtime)
  })

  test('says file, line and cause of a mistake in one line and keeps the last good result', async () => {
    const before = readFileSync(join(folder, 'build', 'contracts.json'), 'utf8')
    source('contract Box {\n    uint256 public held = nothing;\n}')
    assert.deepEqual(await compileContracts(job, () => {}), {
      kind: 'failed',
      problems: ['a/Box.sol:5: DeclarationError: Undeclared identifier.'],
    })
    source('import "@openzeppelin/contracts/None.sol";')
    const missing = await compileContracts(job, () => {})
    assert(missing.kind === 'failed')
    assert.match(missing.problems[0] ?? '', /^a\/Box\.sol:4: .*None\.sol.* not found: no such file in the project/)
    assert.equal(readFileSync(join(folder, 'build', 'contracts.json'), 'utf8'), before)
  })

  test('runs a constructor where its contract will be and keeps its code and storage', async () => {
    const at = `0x${'0b'.repeat(20)}` as Address
    const constructed = { Box: at }
    source(`contract Box {
    address public immutable self = address(this);
    uint256 public immutable chain;
    mapping(uint256 => uint256) public held;
    constructor(uint256 size) { chain = block.chainid; held[size] = block.timestamp + 7; }
}`)
    // Without arguments there is nothing to decode.
    const reverts = await compileContracts({ ...job, constructed }, () => {})
    assert.deepEqual(reverts, { kind: 'failed', problems: ['a/Box.sol:1: the constructor reverts'] })
    source(`contract Box {
    address public immutable self = address(this);
    uint256 public immutable chain;
    mapping(uint256 => uint256) public held;
    constructor() { chain = block.chainid; held[3] = block.timestamp + 7; }
}`)
    assert.equal((await compileContracts({ ...job, constructed }, () => {})).kind, 'compiled')
    const read = () => loadContracts(join(folder, 'build', 'contracts.json'))('Box')
    const { runtime, slots } = read()
    const hex = bytesToHex(runtime)
    assert(
      hex.includes(`7f${'00'.repeat(12)}${at.slice(2)}`) && hex.includes(`7f${(1612).toString(16).padStart(64, '0')}`),
    )
    const slot = keccak256(`0x${'3'.padStart(64, '0')}${'0'.padStart(64, '0')}`) as Hash
    assert.deepEqual(slots, new Map([[slot, Uint8Array.of(7)]]))
    const other = { Box: `0x${'0c'.repeat(20)}` as Address }
    assert.equal((await compileContracts({ ...job, constructed: other }, () => {})).kind, 'compiled')
    assert.notDeepEqual(read().runtime, runtime)
  })

  test('a missing build says how to get it', () => {
    assert.throws(() => loadContracts(join(folder, 'none.json')), {
      code: 'contracts_missing',
      fix: 'run "node scripts/setup.mjs" in the project folder',
    })
  })
})

describe('compiled contracts', () => {
  const predeploys = [
    ...['FeeVault', 'GasPriceOracle', 'L1Block', 'L2ToL1MessagePasser', 'L2StandardBridge', 'Vesting', 'WrappedOpen'],
    ...['Timelock', 'Court', 'OpenGovernor', 'VoteToken', 'ContributorVeto', 'ValidatorVault', 'Burner'],
  ]

  test('carry no metadata and no unset immutables', () => {
    for (const name of predeploys) {
      const { runtime } = loadContract(name)
      const hex = Buffer.from(runtime).toString('hex')
      for (const mark of ['ipfs', 'bzzr', 'solc']) assert(!hex.includes(Buffer.from(mark).toString('hex')), name)
      assert(!hex.includes(`7f${'00'.repeat(32)}`), `${name} has an immutable`)
      assert(runtime.length <= 24_576, `${name} is larger than EIP-170 allows`)
    }
  })
})
