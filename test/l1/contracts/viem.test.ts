import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPublicClient, createWalletClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { publicActionsL1, walletActionsL1 } from 'viem/op-stack'
import { type Address, bytesToHex } from '../../../core/hex.ts'
import { devAccounts, devMnemonic } from '../../../genesis/devAccounts.ts'
import { loadSpec, parseSpec } from '../../../genesis/loadSpec.ts'
import type { ChainSpec } from '../../../genesis/spec.ts'
import { openTokenAbi, outputOracleAbi, portalAbi } from '../../../l1/abi.ts'
import { deployRollup } from '../../../l1/deploy/deploy.ts'
import { l1ChainOf, rollupChain } from '../../../sdk/bridge/chain.ts'
import { type Anvil, startAnvil } from '../anvil.ts'
import { openTestL2, type TestOutput } from './testL2.ts'

const ether = 10n ** 18n
const bondWei = ether / 10n
const [deployer, proposer, user] = devAccounts(devMnemonic, 3)
assert(deployer && proposer && user)

let anvil: Anvil
let spec: ChainSpec
let l1: ReturnType<typeof clientsOf>['l1']
let wallet: ReturnType<typeof clientsOf>['wallet']
let targetChain: ReturnType<typeof rollupChain>

function clientsOf(url: string, chainSpec: ChainSpec) {
  const options = { chain: l1ChainOf(chainSpec, url), transport: http(url), pollingInterval: 50, cacheTime: 0 }
  const account = privateKeyToAccount(bytesToHex(user!.privateKey))
  return {
    l1: createPublicClient(options).extend(publicActionsL1()),
    wallet: createWalletClient({ ...options, account }).extend(walletActionsL1()),
  }
}

before(async () => {
  anvil = await startAnvil()
  const roles = { batcher: proposer.address, proposer: proposer.address }
  const terms = { submissionIntervalSec: 1n, finalizationPeriodSec: 2n, verifierPeriodSec: 60n, bondWei }
  const file = await deployRollup({
    rpcUrl: anvil.url,
    deployerKey: deployer.privateKey,
    spec: loadSpec('devnet'),
    options: { ...roles, ...terms },
  })
  spec = parseSpec(file, 'deployed')
  targetChain = rollupChain(spec)
  ;({ l1, wallet } = clientsOf(anvil.url, spec))
})
after(() => anvil?.stop())

const rollup = () => {
  assert(spec.l1.rollup !== undefined)
  return spec.l1.rollup
}

async function mined(hash: `0x${string}`) {
  const receipt = await l1.waitForTransactionReceipt({ hash, timeout: 20_000 })
  assert.equal(receipt.status, 'success')
  return receipt
}

/** As the proposer does: L1's parent block, value for the bond. */
async function propose({ outputRoot, l2BlockNumber }: TestOutput): Promise<void> {
  const account = privateKeyToAccount(bytesToHex(proposer!.privateKey))
  await anvil.control.mine({ blocks: 1, interval: 1 })
  const { number, hash } = await l1.getBlock({ blockTag: 'latest' })
  await mined(
    await wallet.writeContract({
      account,
      address: rollup().outputOracle,
      abi: outputOracleAbi,
      functionName: 'proposeL2Output',
      args: [outputRoot, l2BlockNumber, hash, number],
      value: bondWei,
    }),
  )
}

const balance = (account: Address) =>
  l1.readContract({ address: rollup().open, abi: openTokenAbi, functionName: 'balanceOf', args: [account] })
const escrowed = () => l1.readContract({ address: rollup().portal, abi: portalAbi, functionName: 'escrowed' })

describe("viem's op-stack actions on a real L1", () => {
  test('prove and finalise a withdrawal, unmodified', { timeout: 60_000 }, async () => {
    const l2 = await openTestL2()
    for (let i = 0n; i < 30n; i++) await l2.withdraw({ from: deployer.address, target: deployer.address, value: i })
    const message = { from: user.address, target: user.address, value: 7n * ether, gasLimit: 21_000n }
    const sent = await l2.withdraw(message)
    const output = await l2.seal()
    const receipt = l2.receiptOf(sent, output)

    assert.equal((await l1.getPortalVersion({ targetChain })).major, 2)
    const status = () => l1.getWithdrawalStatus({ receipt, targetChain })
    assert.equal(await status(), 'waiting-to-prove')
    const { interval } = await l1.getTimeToProve({ receipt, targetChain })
    assert.equal(interval, 1)
    const waiting = l1.waitToProve({ receipt, targetChain })
    await propose(output)
    const ready = await waiting
    assert.deepEqual([ready.output.outputRoot, ready.withdrawal], [output.outputRoot, sent])
    assert.equal(await status(), 'ready-to-prove')

    const wanted = { output: ready.output, withdrawal: ready.withdrawal }
    const request = await l2.client.buildProveWithdrawal(wanted as Parameters<typeof l2.client.buildProveWithdrawal>[0])
    const proof = { ...request, targetChain } as unknown as Parameters<typeof wallet.proveWithdrawal>[0]
    await mined(await wallet.proveWithdrawal(proof))
    assert.equal(await status(), 'waiting-to-finalize')
    const { period, seconds } = await l1.getTimeToFinalize({ withdrawalHash: sent.withdrawalHash, targetChain })
    assert.equal(period, 2)
    assert(seconds > 0)

    const [before, held] = [await escrowed(), await balance(user.address)]
    const finalize = () => wallet.finalizeWithdrawal({ targetChain, withdrawal: sent })
    await assert.rejects(finalize(), /finalization period has not elapsed/)
    while ((await status()) !== 'ready-to-finalize') await sleep(200)
    await anvil.control.mine({ blocks: 1, interval: 1 })
    const finalized = await mined(await finalize())
    assert.equal(await status(), 'finalized')
    assert.equal(await escrowed(), before - 7n * ether)
    assert.equal(await balance(user.address), held + 7n * ether)
    assert(finalized.gasUsed < 250_000n, `${finalized.gasUsed}`)
    await assert.rejects(finalize(), /already been finalized/)
  })

  test('deposit with the gas that viem estimates, also when it must be burned', { timeout: 60_000 }, async () => {
    for (const gas of [21_000n, 1_500_000n]) {
      const hash = await wallet.depositTransaction({ request: { gas, to: user.address, value: 1n }, targetChain })
      const { gasUsed } = await mined(hash)
      assert(gasUsed > gas, `${gasUsed}`)
    }
  })
})
