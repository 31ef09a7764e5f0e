import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Address, Hash } from '../../core/hex.ts'
import type { AccessListTx, DepositTx, FeeMarketTx, LegacyTx, SetCodeTx } from '../../core/tx.ts'
import { effectiveGasPrice, maxCost, maxFee, tip } from '../../core/txFees.ts'
import { checkTxGas, floorDataGas, intrinsicGas } from '../../core/txGas.ts'

const to = `0x${'11'.repeat(20)}` as Address
const call = { nonce: 0n, gas: 21_000n, to, value: 3n, data: new Uint8Array(0), r: 1n, s: 1n, yParity: 0 as const }
const legacy: LegacyTx = { ...call, type: 0, chainId: 1n, gasPrice: 10n }
const feeMarket: FeeMarketTx = {
  ...call,
  type: 2,
  chainId: 1n,
  maxFeePerGas: 10n,
  maxPriorityFeePerGas: 2n,
  accessList: [],
}
const deposit: DepositTx = {
  ...{ type: 0x7e, sourceHash: `0x${'22'.repeat(32)}` as Hash, from: to, to, mint: 0n, value: 0n },
  ...{ gas: 21_000n, isSystemTx: false, data: new Uint8Array(0) },
}
const bytes = (zeros: number, others: number) => new Uint8Array(zeros + others).fill(1, zeros)

test('intrinsic gas adds up what each part costs', () => {
  assert.equal(intrinsicGas(legacy), 21_000n)
  assert.equal(intrinsicGas({ ...legacy, data: bytes(3, 2) }), 21_000n + 3n * 4n + 2n * 16n)
  assert.equal(intrinsicGas({ ...legacy, to: undefined, data: bytes(0, 33) }), 21_000n + 32_000n + 33n * 16n + 2n * 2n)
  const key = deposit.sourceHash
  const accessList: AccessListTx['accessList'] = [
    { address: to, storageKeys: [key, key] },
    { address: to, storageKeys: [] },
  ]
  assert.equal(intrinsicGas({ ...feeMarket, accessList }), 21_000n + 2n * 2_400n + 2n * 1_900n)
  const authorization = { chainId: 0n, address: to, nonce: 0n, yParity: 0, r: 1n, s: 1n }
  const setCode: SetCodeTx = { ...feeMarket, type: 4, to, authorizationList: [authorization, authorization] }
  assert.equal(intrinsicGas(setCode), 21_000n + 2n * 25_000n)
  assert.equal(intrinsicGas({ ...deposit, data: bytes(1, 1) }), 21_020n)
})

test('the floor counts ten gas per token of data', () => {
  assert.equal(floorDataGas(legacy), 21_000n)
  assert.equal(floorDataGas({ data: bytes(5, 7) }), 21_000n + 10n * (5n + 4n * 7n))
})

test('refuses a gas limit under the intrinsic gas', () => {
  assert.equal(checkTxGas(legacy), undefined)
  assert.deepEqual(checkTxGas({ ...legacy, gas: 20_999n }), {
    reject: 'intrinsic_gas',
    detail: 'have 20999, want 21000',
  })
})

test('refuses a gas limit under the data floor', () => {
  const data = bytes(0, 100)
  const floor = floorDataGas({ data })
  assert.equal(checkTxGas({ ...legacy, data, gas: floor }), undefined)
  assert.equal(checkTxGas({ ...legacy, data, gas: floor - 1n })?.reject, 'floor_data_gas')
})

test('refuses init code over its limit, but no call data', () => {
  const data = bytes(49_153, 0)
  const gas = 10_000_000n
  assert.equal(checkTxGas({ ...legacy, to: undefined, data, gas })?.reject, 'initcode_too_large')
  assert.equal(checkTxGas({ ...legacy, to: undefined, data: data.subarray(1), gas }), undefined)
  assert.equal(checkTxGas({ ...legacy, data, gas }), undefined)
})

test('caps the gas limit of transactions, not of deposits', () => {
  assert.equal(checkTxGas({ ...legacy, gas: 16_777_216n }), undefined)
  assert.equal(checkTxGas({ ...legacy, gas: 16_777_217n })?.reject, 'gas_limit_cap')
  assert.equal(checkTxGas({ ...deposit, gas: 16_777_217n }), undefined)
})

test('prices a transaction at a base fee', () => {
  const cases = [
    { tx: legacy, baseFee: 4n, price: 10n, tip: 6n },
    { tx: feeMarket, baseFee: 4n, price: 6n, tip: 2n },
    { tx: feeMarket, baseFee: 9n, price: 10n, tip: 1n },
    { tx: feeMarket, baseFee: 10n, price: 10n, tip: 0n },
  ] as const
  for (const { tx, baseFee, ...expected } of cases) {
    assert.deepEqual({ price: effectiveGasPrice(tx, baseFee), tip: tip(tx, baseFee) }, expected)
  }
  assert.equal(tip(feeMarket, 13n), -3n)
  assert.equal(effectiveGasPrice(deposit, 4n), 0n)
  assert.deepEqual([maxFee(legacy), maxFee(feeMarket), maxFee(deposit)], [10n, 10n, 0n])
  assert.equal(maxCost(feeMarket), 21_000n * 10n + 3n)
})
