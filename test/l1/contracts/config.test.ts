import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { encodeDeployData } from 'viem'
import { type Address, bytesToHex, type Hex, hexToBytes, zeroAddress } from '../../../core/hex.ts'
import { loadContract } from '../../../genesis/loadContract.ts'
import type { L1Config } from '../../../l1/config.ts'
import { applyUpdates, decodeConfigUpdate } from '../../../l1/extract/config.ts'
import type { TxResult } from '../../../state/engine.ts'
import { configParams, inbox, owner } from './rollup.ts'
import { alice, bob, openTestL1, type TestContract, type TestL1 } from './testL1.ts'

let l1: TestL1
let config: TestContract
beforeEach(async () => {
  l1 = await openTestL1()
  config = await l1.create('SystemConfig', [owner, configParams(l1)])
})

/** What the chain reads from the logs. */
const updates = ({ logs }: TxResult) => logs.flatMap((log) => decodeConfigUpdate(log) ?? [])
const set = (functionName: string, args: readonly unknown[]) => config.send(owner, functionName, args)

const blank: L1Config = {
  system: {
    batcherHash: `0x${'00'.repeat(32)}` as never,
    gasLimit: 5_000_000n,
    daFeeScalar: 0,
    eip1559Denominator: 1,
    eip1559Elasticity: 1,
  },
  unsafeSigner: zeroAddress,
}
/** What the contract says of itself. */
async function getters(): Promise<L1Config> {
  const [batcherHash, gasLimit, daFeeScalar, eip1559Denominator, eip1559Elasticity, signer] = (await Promise.all(
    ['batcherHash', 'gasLimit', 'daFeeScalar', 'eip1559Denominator', 'eip1559Elasticity', 'unsafeBlockSigner'].map(
      (name) => config.get(name),
    ),
  )) as [never, bigint, number, number, number, string]
  return {
    system: { batcherHash, gasLimit, daFeeScalar, eip1559Denominator, eip1559Elasticity },
    unsafeSigner: signer.toLowerCase() as Address,
  }
}

describe('SystemConfig', () => {
  test("the constructor's logs make the configuration that it tells", async () => {
    const { abi, creation } = loadContract('SystemConfig')
    const args = [owner, configParams(l1)]
    const deployData = encodeDeployData({ abi, bytecode: bytesToHex(creation), args } as Parameters<
      typeof encodeDeployData
    >[0])
    const result = await l1.send({ from: alice, to: undefined, data: hexToBytes(deployData as Hex) })
    assert(result.succeeded)
    assert.equal(updates(result).length, 5)
    assert.deepEqual(applyUpdates(blank, updates(result)), await getters())
  })

  test('every change is a log that the chain reads', async () => {
    const batcherHash = `0x${bob.slice(2).padStart(64, '0')}`
    assert.deepEqual(updates(await set('setBatcherHash', [batcherHash])), [{ kind: 'batcher', batcherHash }])
    assert.deepEqual(updates(await set('setDaFeeScalar', [0xffffffff])), [
      { kind: 'daFeeScalar', daFeeScalar: 0xffffffff },
    ])
    assert.deepEqual(updates(await set('setDaFeeScalar', [0])), [{ kind: 'daFeeScalar', daFeeScalar: 0 }])
    assert.deepEqual(updates(await set('setGasLimit', [50_000_000n])), [{ kind: 'gasLimit', gasLimit: 50_000_000n }])
    assert.deepEqual(updates(await set('setGasLimit', [5_000_000n])), [{ kind: 'gasLimit', gasLimit: 5_000_000n }])
    const eip1559 = { kind: 'eip1559', denominator: 0xffffffff, elasticity: 5_000_000 }
    assert.deepEqual(updates(await set('setEIP1559Params', [0xffffffff, 5_000_000])), [eip1559])
    assert.deepEqual(updates(await set('setUnsafeBlockSigner', [bob])), [{ kind: 'unsafeSigner', signer: bob }])
    assert.deepEqual(await getters(), {
      system: {
        batcherHash,
        gasLimit: 5_000_000n,
        daFeeScalar: 0,
        eip1559Denominator: 0xffffffff,
        eip1559Elasticity: 5_000_000,
      },
      unsafeSigner: bob,
    })
  })

  test('refuses what the chain would skip', async () => {
    const fails = (problem: string, functionName: string, args: readonly unknown[]) =>
      config.fails(`SystemConfig: ${problem}`, owner, functionName, args)
    await fails('gas limit too low', 'setGasLimit', [4_999_999n])
    await fails('gas limit too high', 'setGasLimit', [50_000_001n])
    await fails('the batcher is no address', 'setBatcherHash', [`0x${'00'.repeat(32)}`])
    await fails('the batcher is no address', 'setBatcherHash', [`0x${'00'.repeat(11)}${'01'.repeat(21)}`])
    await fails('EIP-1559 denominator must be at least 1', 'setEIP1559Params', [0, 8])
    await fails('EIP-1559 elasticity must be at least 1', 'setEIP1559Params', [8, 0])
    await fails('EIP-1559 elasticity too high', 'setEIP1559Params', [8, 5_000_001])
    await fails('no signer of unsafe blocks', 'setUnsafeBlockSigner', [zeroAddress])
  })

  test('obeys its owner alone', async () => {
    const calls = [
      ['setBatcherHash', [`0x${bob.slice(2).padStart(64, '0')}`]],
      ['setDaFeeScalar', [1]],
      ['setGasLimit', [6_000_000n]],
      ['setEIP1559Params', [8, 8]],
      ['setUnsafeBlockSigner', [bob]],
      ['transferOwnership', [bob]],
      ['acceptOwnership', []],
    ] as const
    const before = await getters()
    for (const [name, args] of calls) await config.fails('OwnableUnauthorizedAccount', alice, name, args)
    assert.deepEqual(await getters(), before)
    await config.fails('SystemConfig: the chain needs an owner', owner, 'renounceOwnership')
    await config.send(owner, 'transferOwnership', [bob])
    await config.send(owner, 'setGasLimit', [6_000_000n])
    await config.send(bob, 'acceptOwnership')
    await config.fails('OwnableUnauthorizedAccount', owner, 'setGasLimit', [7_000_000n])
    await config.send(bob, 'setGasLimit', [7_000_000n])
  })

  test('tells explorers where to look', async () => {
    assert.equal(String(await config.get('batchInbox')).toLowerCase(), inbox)
    assert.equal(await config.get('startBlock'), l1.number() - 10n)
  })

  test('is not built with parameters that it would refuse', async () => {
    const params = configParams(l1)
    for (const args of [
      [owner, { ...params, gasLimit: 1n }],
      [owner, { ...params, batcherHash: `0x${'ff'.repeat(32)}` }],
      [owner, { ...params, batchInbox: zeroAddress }],
      [owner, { ...params, eip1559Elasticity: 0 }],
      [zeroAddress, params],
    ])
      await assert.rejects(l1.create('SystemConfig', args))
  })
})
