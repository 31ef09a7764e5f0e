import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { decodeErrorResult, encodeAbiParameters, encodeFunctionData, parseAbi } from 'viem'
import { type Address, bytesToBigint, bytesToHex, hexToBytes } from '../../core/hex.ts'
import { predeploys } from '../../core/predeploys.ts'
import { loadSpec } from '../../genesis/loadSpec.ts'
import { type GenesisChain, openGenesisChain, read } from './chain.ts'

const user = `0x${'a1'.repeat(20)}` as Address
const other = `0x${'b2'.repeat(20)}` as Address
const spec = loadSpec('mainnet')
let chain: GenesisChain

before(async () => {
  chain = await openGenesisChain(spec)
})

describe('fee vaults', () => {
  const abi = parseAbi([
    'function withdraw() returns (uint256)',
    'function totalProcessed() view returns (uint256)',
    'function recipient() view returns (address)',
    'function RECIPIENT() view returns (address)',
    'function minWithdrawalAmount() view returns (uint256)',
    'function MIN_WITHDRAWAL_AMOUNT() view returns (uint256)',
    'function withdrawalNetwork() view returns (uint8)',
    'function WITHDRAWAL_NETWORK() view returns (uint8)',
    'error BelowMinimum(uint256 balance, uint256 minimum)',
  ])
  const vaults = {
    sequencer: predeploys.sequencerFeeVault,
    base: predeploys.baseFeeVault,
    l1: predeploys.l1FeeVault,
    operator: predeploys.operatorFeeVault,
  }

  for (const [name, to] of Object.entries(vaults)) {
    test(`the ${name} vault pays all it holds to its recipient, from the minimum on`, async () => {
      const { recipient, minWithdrawal } = spec.feeVaults[name as keyof typeof vaults]
      const data = hexToBytes(encodeFunctionData({ abi, functionName: 'withdraw' }))
      await chain.send({ from: user, to, value: minWithdrawal - 1n })
      const early = await chain.send({ from: other, to, data })
      assert.equal(early.succeeded, false)
      const error = decodeErrorResult({ abi, data: bytesToHex(early.output) })
      assert.deepEqual(error.args, [minWithdrawal - 1n, minWithdrawal])

      await chain.send({ from: user, to, value: 1n })
      const before = chain.balance(recipient)
      const { succeeded, logs, output } = await chain.send({ from: other, to, data })
      assert(succeeded)
      assert.equal(bytesToBigint(output), minWithdrawal)
      assert.equal(chain.balance(to), 0n)
      assert.equal(chain.balance(recipient), before + minWithdrawal)
      const values = [minWithdrawal, recipient, other]
      const types = ['uint256', 'address', 'address', 'uint8'].map((type) => ({ type }))
      assert.deepEqual(
        logs.map((log) => bytesToHex(log.data)),
        [encodeAbiParameters(types.slice(0, 3), values), encodeAbiParameters(types, [...values, 1])],
      )
      const get = (functionName: 'recipient' | 'RECIPIENT') => read(chain, { to, abi, functionName })
      assert.equal((await get('recipient')).toLowerCase(), recipient)
      assert.equal((await get('RECIPIENT')).toLowerCase(), recipient)
      assert.equal(await read(chain, { to, abi, functionName: 'totalProcessed' }), minWithdrawal)
      assert.equal(await read(chain, { to, abi, functionName: 'minWithdrawalAmount' }), minWithdrawal)
      assert.equal(await read(chain, { to, abi, functionName: 'MIN_WITHDRAWAL_AMOUNT' }), minWithdrawal)
      assert.equal(await read(chain, { to, abi, functionName: 'withdrawalNetwork' }), 1)
      assert.equal(await read(chain, { to, abi, functionName: 'WITHDRAWAL_NETWORK' }), 1)
    })
  }
})
