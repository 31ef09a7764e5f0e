import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createPublicClient, http } from 'viem'
import { loadSpec } from '../../genesis/loadSpec.ts'
import { validatorRegistryAbi } from '../../l1/abi.ts'
import { type Anvil, startAnvil } from '../l1/anvil.ts'
import { accounts, deploy, openStage, roles, stakeWei } from './rollupProcesses.ts'
import { rpc } from './rpcCall.ts'
import { run } from './spawn.ts'

const stage = openStage('verbs')
let l1: Anvil
let file: string
before(async () => {
  l1 = await startAnvil()
  file = await deploy(stage, { l1Url: l1.url, originDepth: 0 })
})
after(async () => {
  await stage.close()
  await l1?.stop()
})

type Refused = { readonly args: readonly string[]; readonly cause: RegExp; readonly fix: RegExp }

/** Runs each to its end, two at a time: one line with cause and fix, and nothing else. */
async function refused(cases: Readonly<Record<string, Refused>>): Promise<void> {
  const waiting = Object.entries(cases)
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [name, { args, cause, fix }] = next
      const { code, stdout, stderr } = await run(args)
      assert.notEqual(code, 0, name)
      const [, why, how] = /^(?:deploying [^\n]+\n)?openledger: ([^\n]+) Fix: ([^\n]+)\n$/.exec(stderr) ?? []
      assert.ok(why !== undefined && how !== undefined, `${name}: ${stdout}${stderr}`)
      assert.match(why, cause, name)
      assert.match(how, fix, name)
    }
  }
  await Promise.all([worker(), worker()])
}

const dataDir = (name: string) => ['--data-dir', join(stage.folder, name), '--datadir.minfreedisk', '1']
const free = ['--http.addr', '127.0.0.1', '--http.port', '0', '--p2p.port', '0']
/** A port that nobody listens on. */
const nobody = 'http://127.0.0.1:1'

test('deploy registers the validator that it is given the key of', async () => {
  const spec = loadSpec(file)
  const { validatorRegistry: address, unsafeSigner } = spec.l1.rollup!
  const client = createPublicClient({ transport: http(l1.url) })
  const set = await client.readContract({ address, abi: validatorRegistryAbi, functionName: 'validatorSet' })
  const [validator, deployer] = [accounts[roles.validator]!.address, accounts[roles.deployer]!.address]
  assert.deepEqual(
    set.map(({ owner, signer, account, stake }) => [
      ...[owner, signer, account].map((text) => text.toLowerCase()),
      stake,
    ]),
    [[deployer, validator, validator, stakeWei]],
  )
  assert.equal(unsafeSigner, accounts[roles.sealer]!.address)
})

test('deploy says what is missing or wrong, before it has cost anything', { timeout: 60_000 }, async () => {
  const target = join(stage.folder, 'other.json')
  const key = ['--deployer.key', stage.key(roles.deployer)]
  const at = ['--l1-rpc', l1.url]
  const poor = join(stage.folder, 'poor.key')
  writeFileSync(poor, `${'1'.repeat(64)}\n`, { mode: 0o600 })
  const before = await rpc(l1.url, 'eth_blockNumber')
  await refused({
    'a file that exists': { args: ['deploy', file, ...at, ...key], cause: /is there already/, fix: /another file/ },
    'no L1 node': { args: ['deploy', target, ...key], cause: /L1 node/, fix: /--l1-rpc/ },
    'no key': { args: ['deploy', target, '--chain', 'devnet', ...at], cause: /no key/, fix: /--deployer\.key/ },
    'no key file': {
      args: ['deploy', target, '--chain', 'devnet', ...at, '--deployer.key', join(stage.folder, 'none')],
      cause: /cannot be read/,
      fix: /64 hex digits/,
    },
    'a public key on a public chain': {
      args: ['deploy', target, '--chain', 'testnet', ...at, ...key],
      cause: /public/,
      fix: /./,
    },
    'another L1': {
      args: ['deploy', target, '--chain', 'testnet', ...at, '--deployer.key', poor],
      cause: /L1 node is on chain 900/,
      fix: /right L1/,
    },
    'no L1 there': {
      args: ['deploy', target, '--chain', 'devnet', '--l1-rpc', nobody, ...key],
      cause: /L1 did not answer/,
      fix: /URL of the L1 node/,
    },
    'no ETH': {
      args: ['deploy', target, '--chain', 'devnet', ...at, '--deployer.key', poor],
      cause: /cannot pay/,
      fix: /on L1/,
    },
    'not an address': {
      args: ['deploy', target, '--chain', 'devnet', ...at, ...key, '--batcher', '0x12'],
      cause: /--batcher is not an address/,
      fix: /40 hex digits/,
    },
    'a validator without stake': {
      args: ['deploy', target, '--chain', 'devnet', ...at, ...key, '--validator', stage.key(roles.deployer)],
      cause: /without a stake/,
      fix: /--stake <wei>/,
    },
    'stake without a validator': {
      args: ['deploy', target, '--chain', 'devnet', ...at, ...key, '--stake', '1'],
      cause: /without a validator/,
      fix: /--validator <address\|file>/,
    },
    'too little stake': {
      args: [
        'deploy',
        target,
        '--chain',
        'devnet',
        ...at,
        ...key,
        '--validator',
        stage.key(roles.batcher),
        '--stake',
        '1',
      ],
      cause: /stake must be/,
      fix: /options/,
    },
  })
  assert.equal(await rpc(l1.url, 'eth_blockNumber'), before)
})

test('run refuses a chain that is not the one on its L1', { timeout: 90_000 }, async () => {
  const chain = ['--chain', file, ...free]
  const at = ['--l1-rpc', l1.url]
  const spec = JSON.parse(readFileSync(file, 'utf8'))
  const wrong = join(stage.folder, 'wrong.json')
  const rollup = { ...spec.l1.rollup, portal: spec.l1.rollup.validatorRegistry }
  writeFileSync(wrong, JSON.stringify({ ...spec, l1: { ...spec.l1, rollup } }))
  const batcher = stage.key(roles.batcher)
  await refused({
    'no L1 node': { args: ['run', ...chain, ...dataDir('a')], cause: /no L1 node/, fix: /--l1-rpc/ },
    'a validator without L1': {
      args: ['run', '--chain', 'devnet', '--role', 'validator', ...free, ...dataDir('b')],
      cause: /needs a chain with an L1/,
      fix: /openledger deploy/,
    },
    'one key for two': {
      args: ['run', ...chain, ...at, ...dataDir('c'), '--batcher.key', batcher, '--proposer.key', batcher],
      cause: /the same key/,
      fix: /key of its own/,
    },
    'another portal': {
      args: ['run', '--chain', wrong, ...free, ...at, ...dataDir('d'), '--role', 'validator'],
      cause: /differ in portal/,
      fix: /the deployment wrote/,
    },
  })
  await rpc(l1.url, 'anvil_setChainId', 901)
  try {
    await refused({
      'another L1, a sequencer': { args: ['run', ...chain, ...at, ...dataDir('e')], cause: /901/, fix: /./ },
      'another L1, a validator': {
        args: ['run', ...chain, ...at, ...dataDir('f'), '--role', 'validator'],
        cause: /901/,
        fix: /./,
      },
    })
  } finally {
    await rpc(l1.url, 'anvil_setChainId', 900)
  }
  await rpc(l1.url, 'anvil_setCode', spec.l1.rollup.outputOracle, '0x')
  await refused({
    'a contract that is gone': {
      args: ['run', ...chain, ...at, ...dataDir('g'), '--role', 'validator'],
      cause: /differ in outputOracle.*nothing at/,
      fix: /the L1 it was deployed on/,
    },
  })
})
