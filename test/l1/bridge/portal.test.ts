import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import type { TransactionReceipt } from 'viem'
import { getWithdrawals } from 'viem/op-stack'
import { type Address, bytesToHex, type Hash, zeroAddress } from '../../../core/hex.ts'
import { predeploys } from '../../../core/predeploys.ts'
import type { DepositTx } from '../../../core/tx.ts'
import { loadSpec } from '../../../genesis/loadSpec.ts'
import { decodeDepositLog } from '../../../l1/extract/deposit.ts'
import type { TxResult } from '../../../state/engine.ts'
import { type GenesisChain, openGenesisChain } from '../../genesis/chain.ts'
import { contractOn, type TestContract as L2Contract } from '../../genesis/contract.ts'
import { deployRollup, finalization, propose, type Rollup } from '../contracts/rollup.ts'
import { alice, bob, ether, type TestContract } from '../contracts/testL1.ts'
import { openTestL2, type TestL2 } from '../contracts/testL2.ts'
import { aliasOf, withBridge } from './bridges.ts'

// The same bridges as in bridge.test.ts behind the real portal: what it emits becomes a deposit by the chain's rules,
// and what the bridge on L2 says is proven against an output.

let rollup: Rollup
let bridge: TestContract
let chain: GenesisChain
let bridge2: L2Contract
let token: L2Contract
let l2: TestL2

beforeEach(async () => {
  rollup = await deployRollup()
  bridge = await rollup.l1.create('L1StandardBridge', [rollup.portal.address, predeploys.standardBridge])
  chain = await openGenesisChain(withBridge(loadSpec('devnet'), bridge.address))
  bridge2 = contractOn(chain, 'L2StandardBridge', predeploys.standardBridge)
  token = contractOn(chain, 'BridgedEther', predeploys.bridgedEther)
  l2 = await openTestL2()
})

function depositIn(result: TxResult): DepositTx {
  const log = result.logs.find(({ address }) => address === rollup.portal.address)
  assert(log !== undefined)
  const deposit = decodeDepositLog(log, `0x${'11'.repeat(32)}` as Hash, 3n)
  assert(deposit !== undefined)
  return deposit
}

async function arrive({ from, to, gas, data, mint, value }: DepositTx): Promise<TxResult> {
  assert(to !== undefined)
  assert.deepEqual([mint, value], [0n, 0n])
  return await chain.send({ from, to, gas, data })
}

const bridgeEther = async (amount: bigint, to: Address) =>
  depositIn(await bridge.send(alice, 'bridgeETHTo', [to, 0, '0x'], { value: amount }))

/** The first message to L1 in a transaction on the chain, sent again on the chain that can prove it. */
async function messageIn({ logs }: TxResult) {
  const log = logs.find(({ address }) => address === predeploys.messagePasser)
  assert(log !== undefined)
  const viemLog = { ...log, data: bytesToHex(log.data) }
  const [withdrawal] = getWithdrawals({ logs: [viemLog] } as unknown as TransactionReceipt)
  assert(withdrawal !== undefined)
  const { target, gasLimit, data } = withdrawal
  return await l2.withdraw({
    from: predeploys.standardBridge,
    target: target.toLowerCase() as Address,
    gasLimit,
    data,
  })
}

async function finalize(withdrawal: Awaited<ReturnType<typeof messageIn>>, gas?: bigint): Promise<void> {
  const { l1, portal } = rollup
  const output = await l2.seal()
  const index = await propose(rollup, output.outputRoot, output.l2BlockNumber)
  const { outputRootProof, withdrawalProof } = await l2.prove(withdrawal, output, index)
  await portal.send(bob, 'proveWithdrawalTransaction', [withdrawal, index, outputRootProof, withdrawalProof])
  l1.pass(finalization, 10n)
  await portal.send(bob, 'finalizeWithdrawalTransaction', [withdrawal], gas === undefined ? {} : { gas })
}

describe('through the portal', () => {
  test('ETH goes to the chain and comes back', async () => {
    const { l1 } = rollup
    const deposit = await bridgeEther(5n * ether, bob)
    assert.equal(deposit.from, aliasOf(bridge.address))
    assert.equal(deposit.to, predeploys.standardBridge)
    assert((await arrive(deposit)).succeeded)
    assert.equal(await token.ok(bob, 'balanceOf', [bob]), 5n * ether)

    const had = l1.balance(alice)
    const gone = await bridge2.send(bob, 'withdrawTo', [token.address, alice, 2n * ether, 0, '0x'])
    await finalize(await messageIn(gone))
    assert.equal(l1.balance(alice), had + 2n * ether)
    assert.equal(await bridge.get('deposits', [zeroAddress, token.address]), 3n * ether)
    assert.equal(l1.balance(bridge.address), 3n * ether)
  })

  test('a withdrawal with hardly enough gas is paid or stays to be tried again, never burned', async () => {
    const { l1, portal } = rollup
    const refuser = await l1.create('Refuser')
    assert((await arrive(await bridgeEther(ether, bob))).succeeded)
    const gone = await bridge2.send(bob, 'withdrawTo', [token.address, refuser.address, ether, 0, '0x'])
    const withdrawal = await messageIn(gone)
    const output = await l2.seal()
    const index = await propose(rollup, output.outputRoot, output.l2BlockNumber)
    const { outputRootProof, withdrawalProof } = await l2.prove(withdrawal, output, index)
    await portal.send(bob, 'proveWithdrawalTransaction', [withdrawal, index, outputRootProof, withdrawalProof])
    l1.pass(finalization, 10n)
    const data = portal.data('finalizeWithdrawalTransaction', [withdrawal])
    let gas = 100_000n
    for (; gas < 600_000n; gas += 10_000n)
      if ((await l1.send({ from: bob, to: portal.address, data, gas })).succeeded) break
    assert(gas > 100_000n && gas < 600_000n, `it took ${gas}`)
    assert.equal(await bridge.get('claimable', [zeroAddress, refuser.address]), ether)
  })

  test('nobody else speaks for the bridge of the other layer', async () => {
    assert((await arrive(await bridgeEther(ether, bob))).succeeded)
    const data = bytesToHex(bridge.data('finalizeBridgeETH', [bob, bob, ether, '0x']))
    const forged = await l2.withdraw({ from: bob, target: bridge.address, gasLimit: 300_000n, data })
    await assert.rejects(finalize(forged), /Portal: the call of the target failed/)

    const { address } = token
    const mint = bytesToHex(bridge2.data('finalizeBridgeERC20', [address, zeroAddress, bob, bob, ether, '0x']))
    const sent = await rollup.portal.send(bob, 'depositTransaction', [bridge2.address, 0n, 500_000n, false, mint])
    assert.equal((await arrive(depositIn(sent))).succeeded, false)
    assert.equal(await token.ok(bob, 'totalSupply'), ether)
  })
})
