import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createPublicClient, createWalletClient, custom, http, RpcRequestError } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { aliasOf } from '../../../core/alias.ts'
import { type Address, bytesToHex, hexToBytes, zeroAddress } from '../../../core/hex.ts'
import { predeploys } from '../../../core/predeploys.ts'
import { privateKeyToAddress } from '../../../core/secp256k1.ts'
import { buildAlloc } from '../../../genesis/alloc.ts'
import { buildGenesis } from '../../../genesis/buildGenesis.ts'
import { devAccounts, devMnemonic } from '../../../genesis/devAccounts.ts'
import { loadSpec, parseSpec } from '../../../genesis/loadSpec.ts'
import { type ChainSpec, type RollupSpec, supplyCap } from '../../../genesis/spec.ts'
import { openTokenAbi, outputOracleAbi, portalAbi, systemConfigAbi, validatorRegistryAbi } from '../../../l1/abi.ts'
import { checkRollup, genesisOutputRoot } from '../../../l1/checkRollup.ts'
import { deployRollup } from '../../../l1/deploy/deploy.ts'
import type { DeployOptions } from '../../../l1/deploy/options.ts'
import { callL1, sendSteps } from '../../../l1/deploy/sender.ts'
import { stepsFrom } from '../../../l1/deploy/steps.ts'
import type { L1Wallet } from '../../../l1/wallet.ts'
import { type Anvil, startAnvil } from '../anvil.ts'

const [deployer, batcher, proposer, friend, poor] = devAccounts(devMnemonic, 12).map((account, index) =>
  index === 4 ? { ...account, privateKey: new Uint8Array(32).fill(7) } : account,
)
assert(deployer && batcher && proposer && friend && poor)
const template = loadSpec('devnet')
const ether = 10n ** 18n
const validator = { key: poor.privateKey, stakeWei: 1_500n * ether }
const options: DeployOptions = {
  validators: [validator, { key: friend.privateKey, account: proposer.address, stakeWei: 200n * ether }],
  minStakeWei: 200n * ether,
  unbondingSec: 300_000n,
  batcher: batcher.address,
  proposer: proposer.address,
  unsafeSigner: friend.address,
  submissionIntervalSec: 6n,
  finalizationPeriodSec: 12n,
  bondWei: 5n * 10n ** 17n,
  openAccounts: new Map([[friend.address, 123n]]),
  originDepth: 0n,
}

let anvil: Anvil
let spec: ChainSpec
let rollup: RollupSpec

before(async () => {
  anvil = await startAnvil(['--block-time', '1'])
  const file = await deployRollup({ rpcUrl: anvil.url, deployerKey: deployer.privateKey, spec: template, options })
  spec = parseSpec(JSON.parse(JSON.stringify(file)))
  assert(spec.l1.rollup !== undefined)
  rollup = spec.l1.rollup
})
after(() => anvil.stop())

const wallet: Pick<L1Wallet, 'call'> = {
  call: async ({ to, data }) => {
    const output = await callL1(anvil.client, to, bytesToHex(data))
    return output && hexToBytes(output)
  },
}

describe('a deployed rollup', () => {
  test('is a complete chain spec whose genesis follows from a block of L1', async () => {
    const { origin } = spec.l1
    const block = await anvil.client.getBlock({ blockNumber: origin.number })
    assert.equal(origin.hash, block.hash)
    assert.equal(origin.baseFee, block.baseFeePerGas)
    assert.equal(origin.timestamp, block.timestamp)
    assert.equal(spec.timestamp, block.timestamp)
    assert.equal(spec.launched, true)
    assert.equal(buildGenesis(spec).hash, spec.hash)
    assert.notEqual(spec.hash, template.hash)
    const storage = [...(buildAlloc(spec).get(predeploys.standardBridge)?.storage ?? [])]
    assert.deepEqual(
      storage.map(([slot, value]) => [BigInt(slot), bytesToHex(value)]),
      [[0n, rollup.standardBridge]],
    )
    assert.deepEqual({ ...spec.systemConfig, batcherHash: '' }, { ...template.systemConfig, batcherHash: '' })
    assert.equal(BigInt(spec.systemConfig.batcherHash), BigInt(batcher.address))
  })

  test('has escrowed exactly the genesis supply, and given out what was asked', async () => {
    const portal = { address: rollup.portal, abi: portalAbi } as const
    const open = { address: rollup.open, abi: openTokenAbi } as const
    const balance = (account: Address) =>
      anvil.client.readContract({ ...open, functionName: 'balanceOf', args: [account] })
    assert.equal(await anvil.client.readContract({ ...portal, functionName: 'escrowed' }), spec.totalSupply)
    assert.equal(await balance(rollup.portal), spec.totalSupply)
    assert.equal(await balance(friend.address), 123n)
    assert.equal(await balance(deployer.address), 0n)
    const left = { ...open, functionName: 'allowance', args: [deployer.address, rollup.portal] } as const
    assert.equal(await anvil.client.readContract(left), 0n)
  })

  test('has the roles and terms of the options', async () => {
    const oracle = { address: rollup.outputOracle, abi: outputOracleAbi } as const
    const config = { address: rollup.systemConfig, abi: systemConfigAbi } as const
    const { client } = anvil
    assert.deepEqual(
      [
        await client.readContract({ ...oracle, functionName: 'SUBMISSION_INTERVAL' }),
        await client.readContract({ ...oracle, functionName: 'FINALIZATION_PERIOD_SECONDS' }),
        await client.readContract({ ...oracle, functionName: 'VERIFIER_PERIOD_SECONDS' }),
        await client.readContract({ ...oracle, functionName: 'BOND' }),
        await client.readContract({ ...config, functionName: 'gasLimit' }),
      ],
      [6n, 12n, 259_200n, 5n * 10n ** 17n, 8_000_000n],
    )
    const roles = [
      await client.readContract({ ...oracle, functionName: 'PROPOSER' }),
      await client.readContract({ ...oracle, functionName: 'guardian' }),
      await client.readContract({ ...config, functionName: 'owner' }),
      await client.readContract({ ...config, functionName: 'unsafeBlockSigner' }),
    ]
    assert.deepEqual(
      roles.map((role) => role.toLowerCase()),
      [proposer.address, deployer.address, deployer.address, friend.address],
    )
    const { outputRoot } = await client.readContract({ ...oracle, functionName: 'getL2Output', args: [0n] })
    assert.equal(outputRoot, genesisOutputRoot(spec))
  })

  test("has the validators of the options, whose stake is the deployer's", async () => {
    const registry = { address: rollup.validatorRegistry, abi: validatorRegistryAbi } as const
    const { client } = anvil
    const set = await client.readContract({ ...registry, functionName: 'validatorSet' })
    const lower = (text: string) => text.toLowerCase()
    assert.deepEqual(
      set.map(({ id, owner, signer, account, stake }) => [id, lower(owner), lower(signer), lower(account), stake]),
      [
        [
          1n,
          deployer.address,
          privateKeyToAddress(poor.privateKey),
          privateKeyToAddress(poor.privateKey),
          1_500n * ether,
        ],
        [2n, deployer.address, friend.address, proposer.address, 200n * ether],
      ],
    )
    assert.deepEqual(
      [
        await client.readContract({ ...registry, functionName: 'MIN_STAKE' }),
        await client.readContract({ ...registry, functionName: 'UNBONDING_SECONDS' }),
        await client.readContract({ ...registry, functionName: 'unbondingSeconds' }),
      ],
      [200n * ether, 300_000n, 300_000n],
    )
    const open = { address: rollup.open, abi: openTokenAbi } as const
    const held = { ...open, functionName: 'balanceOf', args: [rollup.validatorRegistry] } as const
    assert.equal(await client.readContract(held), 1_700n * ether)
    const vault = [...(buildAlloc(spec).get(predeploys.validatorVault)?.storage ?? [])]
    assert.deepEqual(
      vault.map(([slot, value]) => [BigInt(slot), bytesToHex(value)]),
      [[0n, aliasOf(rollup.validatorRegistry)]],
    )
  })

  test('is initialised once, by its deployer only', async () => {
    const sender = createWalletClient({
      account: privateKeyToAccount(bytesToHex(deployer.privateKey)),
      transport: http(anvil.url),
    })
    const args = [rollup.open, rollup.outputOracle, rollup.systemConfig, friend.address, 0n] as const
    const call = { address: rollup.portal, abi: portalAbi, functionName: 'initialize', args, chain: null } as const
    await assert.rejects(sender.writeContract(call), /already initialized/)
    const stranger = createWalletClient({
      account: privateKeyToAccount(bytesToHex(friend.privateKey)),
      transport: http(anvil.url),
    })
    await assert.rejects(stranger.writeContract(call), /only the deployer/)
  })

  test('is what L1 says', async () => {
    await checkRollup(wallet, spec)
  })

  const swapped: readonly [keyof RollupSpec, RegExp][] = [
    ['inbox', /inbox/],
    ['portal', /portal\.version/],
    ['outputOracle', /portal\.l2Oracle/],
    ['systemConfig', /portal\.systemConfig/],
    ['open', /portal\.open/],
    ['validatorRegistry', /outputOracle\.verifier/],
    ['standardBridge', /getL2Output|standardBridge\.portal/],
    ['multicall3', /multicall3\.getChainId/],
  ]
  for (const [field, message] of swapped) {
    test(`is not another ${field}`, async () => {
      // A contract that is not the one, and no contract at all.
      for (const address of [field === 'open' ? rollup.portal : rollup.open, `0x${'99'.repeat(20)}` as Address]) {
        if (field === 'inbox' && address !== rollup.open) continue
        const wrong = { ...spec, hash: undefined, l1: { ...spec.l1, rollup: { ...rollup, [field]: address } } }
        await assert.rejects(checkRollup(wallet, wrong), { code: 'rollup_mismatch', severity: 'fatal', message })
      }
    })
  }

  test('is not one with another genesis, start or origin', async () => {
    const { origin } = spec.l1
    const other = { ...spec, hash: undefined }
    const mismatches: readonly [ChainSpec, RegExp][] = [
      [{ ...other, fees: { ...spec.fees, initialBaseFee: 2_000_000_000n } }, /getL2Output/],
      [{ ...other, timestamp: spec.timestamp + 1n }, /startingTimestamp/],
      [{ ...other, l1: { ...spec.l1, origin: { ...origin, number: origin.number + 1n } } }, /startBlock/],
      // The header of genesis does not name its origin, so that only the oracle knows.
      [{ ...other, l1: { ...spec.l1, origin: { ...origin, hash: rollupHash } } }, /outputL1Block/],
      [{ ...other, l1: { ...spec.l1, chainId: 901n } }, /multicall3/],
    ]
    for (const [wrong, message] of mismatches)
      await assert.rejects(checkRollup(wallet, wrong), { code: 'rollup_mismatch', message })
    const none = { ...other, l1: { ...spec.l1, rollup: undefined } }
    await assert.rejects(checkRollup(wallet, none), { code: 'rollup_missing' })
  })
})

const rollupHash = `0x${'ab'.repeat(32)}` as ChainSpec['l1']['origin']['hash']

describe('a deployment', () => {
  const deploy = (more: Partial<Parameters<typeof deployRollup>[0]>) =>
    deployRollup({ rpcUrl: anvil.url, deployerKey: deployer.privateKey, spec: template, options, ...more })

  test('on another chain is refused', async () => {
    const elsewhere = { ...template, l1: { ...template.l1, chainId: 1n } }
    await assert.rejects(deploy({ spec: elsewhere }), { code: 'l1_wrong_chain', message: /is on chain 900/ })
  })

  test('by who cannot pay is refused before anything is sent', async () => {
    await assert.rejects(deploy({ deployerKey: poor.privateKey }), { code: 'deployer_unfunded' })
    const open = rollup.open
    await assert.rejects(deploy({ options: { ...options, open } }), { code: 'deployer_unfunded', message: /of OPEN/ })
  })

  test('with options that no contract takes is refused', async () => {
    const wrong: readonly (readonly [Partial<DeployOptions>, RegExp])[] = [
      [{ batcher: zeroAddress }, /batcher is the zero address/],
      [{ minStakeWei: ether - 1n }, /minStakeWei must be/],
      [{ unbondingSec: -1n }, /unbondingSec must be/],
      [{ validators: [validator, { ...validator, stakeWei: 2_000n * ether }] }, /validators must differ/],
      [{ validators: [{ ...validator, stakeWei: 199n * ether }] }, /stake must be/],
      [{ validators: [{ ...validator, stakeWei: supplyCap + 1n }] }, /stake must be/],
      [{ validators: [{ ...validator, account: zeroAddress }] }, /account is the zero address/],
      [
        { validators: Array.from({ length: 13 }, (_, at) => ({ ...validator, key: new Uint8Array(32).fill(at + 1) })) },
        /more than 12/,
      ],
      [{ finalizationPeriodSec: 0n }, /finalizationPeriodSec must be/],
      [{ bondWei: 0n }, /bondWei/],
    ]
    for (const [bad, message] of wrong)
      await assert.rejects(deploy({ options: { ...options, ...bad } }), { code: 'bad_deploy_options', message })
    await assert.rejects(deploy({ options: { ...options, inbox: rollup.portal } }), { code: 'deploy_failed' })
    await assert.rejects(deploy({ options: { ...options, open: batcher.address } }), { code: 'deploy_failed' })
  })

  test('locks nothing unless all before it succeeded', async () => {
    const account = privateKeyToAccount(bytesToHex(deployer.privateKey))
    const nonceOf = async () => BigInt(await anvil.client.getTransactionCount(account))
    const nonce = await nonceOf()
    const steps = stepsFrom(deployer.address, nonce)
    const args = [rollup.open, rollup.outputOracle, rollup.systemConfig, friend.address, 0n]
    steps.call('a step that fails', rollup.portal, portalAbi, 'initialize', args)
    steps.call('the lock', rollup.open, openTokenAbi, 'approve', [rollup.portal, 1n], { waits: true })
    const sent = sendSteps(anvil.client, account, { chainId: 900, steps: steps.list, timeoutMs: 20_000 })
    await assert.rejects(sent, { code: 'deploy_failed', message: /a step that fails reverted/ })
    assert.equal(await nonceOf(), nonce + 1n)
  })

  test('goes on when only the answer to what it sent is lost', async () => {
    const account = privateKeyToAccount(bytesToHex(deployer.privateKey))
    const nonce = BigInt(await anvil.client.getTransactionCount(account))
    const steps = stepsFrom(deployer.address, nonce)
    for (const wei of [1n, 2n])
      steps.call('OPEN.approve', rollup.open, openTokenAbi, 'approve', [rollup.portal, wei], { waits: wei === 2n })
    let lost = 0
    const request = async ({ method, params }: { method: string; params?: unknown }): Promise<unknown> => {
      const answer = await anvil.client.request({ method, params } as never)
      if (method !== 'eth_sendRawTransaction') return answer
      lost++
      throw new RpcRequestError({ body: {}, error: { code: -32_000, message: 'already known' }, url: anvil.url })
    }
    const client = createPublicClient({ transport: custom({ request }, { retryCount: 0 }), cacheTime: 0 })
    await sendSteps(client, account, { chainId: 900, steps: steps.list, timeoutMs: 20_000 })
    assert.equal(lost, 2)
    const call = { address: rollup.open, abi: openTokenAbi, functionName: 'allowance' } as const
    const allowance = await anvil.client.readContract({ ...call, args: [deployer.address, rollup.portal] })
    assert.equal(allowance, 2n)
  })

  test('without an L1 that answers says so', async () => {
    await assert.rejects(deploy({ rpcUrl: 'http://127.0.0.1:9' }), { code: 'l1_unreachable', severity: 'retry' })
  })

  test('is a new rollup each time', async () => {
    let early: unknown
    const file = await deploy({ beforeLock: (planned) => (early = planned) })
    assert.deepEqual(early, file)
    const again = parseSpec(file)
    assert.notEqual(again.hash, spec.hash)
    assert.notEqual(again.l1.rollup?.portal, rollup.portal)
    await checkRollup(wallet, again)
    await checkRollup(wallet, spec)
  })
})
