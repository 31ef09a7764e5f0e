import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Address, zeroAddress, zeroHash } from '../../../core/hex.ts'
import {
  deployRollup,
  deployUninitialized,
  genesisSupply,
  guardian,
  oracleConfig,
  owner,
  portalArgs,
  proposer,
} from './rollup.ts'
import { alice, bob, deployer, ether, openTestL1 } from './testL1.ts'

const strangers = [alice, owner, guardian, proposer]
const onlyDeployer = 'Once: only the deployer can initialize'
const again = 'Once: already initialized'

describe('initialising', () => {
  test('the portal takes exactly the supply of genesis', async () => {
    const rollup = await deployUninitialized()
    const { portal, open, oracle } = rollup
    await oracle.send(deployer, 'initialize', [oracleConfig(rollup)])
    await open.send(deployer, 'approve', [portal.address, 9_999n * ether])
    const result = await portal.send(deployer, 'initialize', portalArgs(rollup))
    assert.deepEqual(portal.events(result, 'Initialized'), [{ version: 1 }])
    assert.equal(await portal.get('escrowed'), genesisSupply)
    assert.equal(await open.get('balanceOf', [portal.address]), genesisSupply)
    assert.equal(await open.get('balanceOf', [deployer]), 15_000n * ether)
    const lower = async (name: string) => String(await portal.get(name)).toLowerCase()
    assert.deepEqual(
      await Promise.all(
        ['open', 'l2Oracle', 'L2_ORACLE', 'systemConfig', 'SYSTEM_CONFIG', 'guardian', 'GUARDIAN'].map(lower),
      ),
      [open.address, oracle.address, oracle.address, rollup.config.address, rollup.config.address, guardian, guardian],
    )
    assert.match(String(await portal.get('version')), /^2\./)
  })

  test('is for the deployer, once', async () => {
    const rollup = await deployUninitialized()
    const { portal, oracle, open } = rollup
    for (const from of strangers) {
      await portal.fails(onlyDeployer, from, 'initialize', portalArgs(rollup, 0n))
      await oracle.fails(onlyDeployer, from, 'initialize', [oracleConfig(rollup)])
    }
    await oracle.send(deployer, 'initialize', [oracleConfig(rollup)])
    await open.send(deployer, 'approve', [portal.address, 2n * genesisSupply])
    await portal.send(deployer, 'initialize', portalArgs(rollup))
    await portal.fails(again, deployer, 'initialize', portalArgs(rollup, 0n))
    await oracle.fails(again, deployer, 'initialize', [oracleConfig(rollup)])
    for (const from of strangers) {
      await portal.fails(onlyDeployer, from, 'initialize', portalArgs(rollup, 0n))
      await oracle.fails(onlyDeployer, from, 'initialize', [oracleConfig(rollup)])
    }
  })

  test('the portal wants its OPEN and its neighbours', async () => {
    const rollup = await deployUninitialized()
    const { portal, open } = rollup
    await rollup.oracle.send(deployer, 'initialize', [oracleConfig(rollup)])
    await portal.fails('ERC20InsufficientAllowance', deployer, 'initialize', portalArgs(rollup))
    await open.send(deployer, 'approve', [portal.address, genesisSupply - 1n])
    await portal.fails('ERC20InsufficientAllowance', deployer, 'initialize', portalArgs(rollup))
    const args = portalArgs(rollup, 0n)
    const problems = ['Portal: no token', 'Portal: no oracle', 'Portal: no system config', 'Portal: no guardian']
    for (const [i, problem] of problems.entries())
      await portal.fails(problem, deployer, 'initialize', args.with(i, zeroAddress))
    await portal.fails('Portal: no token', deployer, 'initialize', args.with(0, alice))
    // A failed attempt leaves it open for the next one.
    await portal.send(deployer, 'initialize', args)
  })

  test('nothing is locked when L1 reorganises and the origin is gone', async () => {
    const rollup = await deployUninitialized()
    const { portal, oracle, open, l1 } = rollup
    // The same transactions in the blocks of another fork.
    const config = { ...oracleConfig(rollup), l1BlockHash: l1.hashOf(12_345n) }
    await oracle.fails('L2OutputOracle: L1 has no such block', deployer, 'initialize', [config])
    await open.send(deployer, 'approve', [portal.address, genesisSupply])
    await portal.fails('Portal: the oracle is not initialized', deployer, 'initialize', portalArgs(rollup))
    assert.equal(await open.get('balanceOf', [portal.address]), 0n)
    const other = await deployUninitialized()
    await other.oracle.send(deployer, 'initialize', [oracleConfig(other)])
    const problem = 'Portal: the oracle is not initialized'
    await other.portal.fails(problem, deployer, 'initialize', portalArgs(other).with(2, other.open.address))
  })

  test('the oracle wants sound parameters', async () => {
    const rollup = await deployUninitialized()
    const { oracle, l1 } = rollup
    const config = oracleConfig(rollup)
    const problems = [
      ['no system config', { systemConfig: alice }],
      ['no verifier', { verifier: alice }],
      ['no address', { proposer: zeroAddress }],
      ['no address', { guardian: zeroAddress }],
      ['time out of range', { submissionInterval: 0n }],
      ['time out of range', { finalizationPeriod: 0n }],
      ['time out of range', { verifierPeriod: 0n }],
      ['time out of range', { finalizationPeriod: 365n * 86_400n + 1n }],
      ['time out of range', { verifierPeriod: 1n << 64n }],
      ['no bond', { bond: 0n }],
      ['output root is zero', { startingOutputRoot: `0x${'00'.repeat(32)}` }],
      ['starts in the future', { startingTimestamp: l1.now() + 1n }],
      ['L1 has no such block', { l1BlockNumber: l1.number() }],
      ['L1 has no such block', { l1BlockNumber: l1.number() - 11n }],
      ['L1 has no such block', { l1BlockHash: l1.hashOf(1n) }],
      ['L1 has no such block', { l1BlockNumber: l1.number(), l1BlockHash: zeroHash }],
      ['starts in the future', { startingBlockNumber: 1n << 128n }],
    ] as const
    for (const [problem, change] of problems)
      await oracle.fails(`L2OutputOracle: ${problem}`, deployer, 'initialize', [{ ...config, ...change }])
    await oracle.send(deployer, 'initialize', [config])
  })

  test('OPEN has a cap', async () => {
    const l1 = await openTestL1()
    const cap = 10n ** 27n
    await assert.rejects(l1.create('OpenToken', [alice, cap + 1n]), /more than the cap/)
    const open = await l1.create('OpenToken', [alice, cap])
    assert.deepEqual(
      [await open.get('totalSupply'), await open.get('decimals'), await open.get('symbol')],
      [cap, 18, 'OPEN'],
    )
    assert.equal(await open.get('balanceOf', [alice]), cap)
  })
})

describe('the pause', () => {
  const day = 86_400n
  const paused = 'Portal: paused'
  const nothing = { nonce: 0n, sender: bob, target: bob, value: 0n, gasLimit: 0n, data: '0x' }
  const proof = { version: root(), stateRoot: root(), messagePasserStorageRoot: root(), latestBlockhash: root() }

  test('stops proving and finalising, never deposits, and ends by itself', async () => {
    const { portal, l1 } = await deployRollup()
    const result = await portal.send(guardian, 'pause')
    assert.equal(portal.events(result, 'Paused').length, 1)
    assert.equal(await portal.get('paused'), true)
    const stopped = async () => {
      await portal.fails(paused, bob, 'proveWithdrawalTransaction', [nothing, 0n, proof, []])
      await portal.fails(paused, bob, 'finalizeWithdrawalTransaction', [nothing])
    }
    await stopped()
    await portal.send(alice, 'depositERC20Transaction', [bob, ether, 0n, 21_000n, false, '0x'])
    await portal.send(bob, 'depositTransaction', [bob, 0n, 21_000n, false, '0x'])
    assert.equal(await portal.get('pausedUntil'), l1.now() + 7n * day)
    l1.pass(7n * day - 1n)
    await stopped()
    l1.pass(1n)
    assert.equal(await portal.get('paused'), false)
    await portal.fails('Portal: invalid output root proof', bob, 'proveWithdrawalTransaction', [nothing, 0n, proof, []])
    await portal.fails('Portal: withdrawal has not been proven yet', bob, 'finalizeWithdrawalTransaction', [nothing])
  })

  test('cannot be made to last: as much time passes without', async () => {
    const { portal, l1 } = await deployRollup()
    const early = 'Portal: too early to pause again'
    await portal.send(guardian, 'pause')
    await portal.fails(early, guardian, 'pause')
    l1.pass(7n * day)
    await portal.fails(early, guardian, 'pause')
    await portal.fails('Portal: not paused', guardian, 'unpause')
    l1.pass(7n * day - 1n)
    await portal.fails(early, guardian, 'pause')
    l1.pass(1n)
    await portal.send(guardian, 'pause')
    // One that ends early counts with the time it took.
    l1.pass(day)
    assert.equal(portal.events(await portal.send(guardian, 'unpause'), 'Unpaused').length, 1)
    assert.equal(await portal.get('paused'), false)
    l1.pass(day - 1n)
    await portal.fails(early, guardian, 'pause')
    l1.pass(1n)
    await portal.send(guardian, 'pause')
  })

  test("is the guardian's, whom the owner names", async () => {
    const { portal } = await deployRollup()
    for (const from of [alice, owner, deployer, proposer]) {
      await portal.fails('Portal: only the guardian', from, 'pause')
      await portal.fails('Portal: only the guardian', from, 'unpause')
    }
    await portal.fails('Portal: only the owner of the system config', guardian, 'setGuardian', [alice])
    await portal.fails('Portal: no guardian', owner, 'setGuardian', [zeroAddress as Address])
    await portal.send(owner, 'setGuardian', [alice])
    await portal.fails('Portal: only the guardian', guardian, 'pause')
    await portal.send(alice, 'pause')
  })
})

function root(): string {
  return `0x${'00'.repeat(32)}`
}
