import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { decodeErrorResult, decodeFunctionResult } from 'viem'
import type { Hex } from '../../core/hex.ts'
import { signAuthorization } from '../../core/txEnvelope.ts'
import type { Calls } from '../../rpc/calls/calls.ts'
import { estimateGas } from '../../rpc/calls/estimate.ts'
import { estimateCap } from '../../rpc/calls/message.ts'
import { userGas } from '../../sequencer/mempool/admission.ts'
import type { CallResult } from '../../state/engine.ts'
import { ask, type DevNode, post, request, startDevNode } from './devNode.ts'
import { deployProbe, probeAbi, probeCall, probeRuntime } from './probe.ts'

let node: DevNode
let probe: Hex
let from: string
before(async () => {
  node = await startDevNode()
  from = node.accounts[0]!.address
  probe = await deployProbe(node.url, from)
})
after(async () => {
  assert.deepEqual(node.errors, [])
  await node.close()
})

async function callProbe(name: string, args: readonly unknown[] = [], ...rest: readonly unknown[]): Promise<unknown> {
  const data = await request<Hex>(node.url, 'eth_call', [{ from, to: probe, data: probeCall(name, ...args) }, ...rest])
  return decodeFunctionResult({ abi: probeAbi, functionName: name, data })
}

async function failCall(name: string, ...args: readonly unknown[]) {
  const { error } = await ask(node.url, 'eth_call', [{ from, to: probe, data: probeCall(name, ...args) }, 'latest'])
  assert.ok(error !== undefined, `${name} succeeds`)
  return error
}

describe('eth_call', () => {
  test('answers what the contract returns, at any block', async () => {
    assert.equal(await callProbe('value'), 7n)
    const before = await request(node.url, 'eth_blockNumber')
    await request(node.url, 'eth_sendTransaction', [{ from, to: probe, data: probeCall('set', 8n) }])
    assert.equal(await callProbe('value', [], 'latest'), 8n)
    assert.equal(await callProbe('value', [], before), 7n)
    const { hash } = await request<{ hash: Hex }>(node.url, 'eth_getBlockByNumber', [before, false])
    assert.equal(await callProbe('value', [], { blockHash: hash, requireCanonical: true }), 7n)
    assert.equal(await request(node.url, 'eth_call', [{ to: probe, data: probeCall('value') }, '0x0']), '0x')
  })

  test('without a sender it comes from the zero address', async () => {
    const data = await request<Hex>(node.url, 'eth_call', [{ to: probe, input: probeCall('caller') }])
    const [caller] = decodeFunctionResult({ abi: probeAbi, functionName: 'caller', data }) as [Hex, bigint]
    assert.equal(BigInt(caller), 0n)
  })

  test('a revert is code 3 with its data and reason', async () => {
    const text = await failCall('failText')
    assert.equal(text.code, 3)
    assert.equal(text.message, 'execution reverted: no luck')
    assert.equal(decodeErrorResult({ abi: probeAbi, data: text.data as Hex }).args?.[0], 'no luck')
    const panic = await failCall('failPanic', 0n)
    assert.equal(panic.message, 'execution reverted: division or modulo by zero')
    const custom = await failCall('failCustom', 42n)
    assert.equal(custom.message, 'execution reverted')
    assert.deepEqual(decodeErrorResult({ abi: probeAbi, data: custom.data as Hex }).args, [42n])
    const empty = await failCall('failEmpty')
    assert.deepEqual(empty, { code: 3, message: 'execution reverted', data: '0x' })
  })

  test('a halt is an error of the server with its cause', async () => {
    const { error } = await ask(node.url, 'eth_call', [{ to: probe, data: probeCall('loop'), gas: '0x186a0' }])
    assert.equal(error?.code, -32000)
    assert.match(error?.message ?? '', /out of gas/)
    const invalid = await failCall('invalid')
    assert.equal(invalid.code, -32000)
    assert.match(invalid.message, /invalid opcode/)
  })

  test('value needs a balance', async () => {
    const poor = `0x${'ab'.repeat(20)}`
    const { error } = await ask(node.url, 'eth_call', [
      { from: poor, to: probe, value: '0x1', data: probeCall('set', 1n) },
    ])
    assert.equal(error?.code, -32000)
    assert.match(error?.message ?? '', /^insufficient funds/)
  })

  test('a price below the base fee is refused, no price is not', async () => {
    const message = { from, to: probe, data: probeCall('value') }
    for (const fees of [{ gasPrice: '0x1' }, { maxFeePerGas: '0x1' }]) {
      for (const method of ['eth_call', 'eth_estimateGas']) {
        const { error } = await ask(node.url, method, [{ ...message, ...fees }])
        assert.match(
          error?.message ?? '',
          /^max fee per gas less than block base fee: address 0x[0-9a-f]{40}, maxFeePerGas: 1, baseFee: \d+$/,
        )
      }
      assert.equal((await ask(node.url, 'eth_call', [{ ...message, gasPrice: '0x0' }])).error, undefined)
    }
  })

  test('overrides of accounts', async () => {
    const empty = `0x${'cd'.repeat(20)}`
    const word = (value: bigint) => `0x${value.toString(16).padStart(64, '0')}`
    const withCode = { [empty]: { code: probeRuntime, state: { [word(0n)]: word(99n) } } }
    const code = await request<Hex>(node.url, 'eth_call', [{ to: empty, data: probeCall('value') }, 'latest', withCode])
    assert.equal(BigInt(code), 99n)
    assert.equal(await callProbe('value', [], 'latest', { [probe]: { stateDiff: { [word(0n)]: word(5n) } } }), 5n)
    assert.equal(await callProbe('value', [], 'latest', { [probe]: { state: {} } }), 0n)
    const [, balance] = (await callProbe('caller', [], 'latest', { [from]: { balance: '0x64' } })) as [Hex, bigint]
    assert.equal(balance, 100n)
    assert.equal(await callProbe('value', [], 'latest', {}), 8n, 'nothing of it stays')
  })

  test('overrides of the block', async () => {
    const fields = {
      number: '0x123456',
      time: '0x77777777',
      gasLimit: '0x1312d00',
      feeRecipient: `0x${'0b'.repeat(20)}`,
      prevRandao: `0x${'00'.repeat(31)}2a`,
      baseFeePerGas: '0x9',
    }
    const at = (await callProbe('environment', [], 'latest', {}, fields)) as readonly unknown[]
    assert.deepEqual(at.slice(0, 2), [0x123456n, 0x77777777n])
    assert.equal(BigInt(at[3] as Hex), BigInt(fields.feeRecipient))
    assert.deepEqual(at.slice(4), [42n, 20_000_000n])
    const { number, timestamp } = await request<{ number: Hex; timestamp: Hex }>(node.url, 'eth_getBlockByNumber', [
      'latest',
      false,
    ])
    const plain = (await callProbe('environment')) as readonly unknown[]
    assert.deepEqual(plain.slice(0, 3), [BigInt(number), BigInt(timestamp), 0n], 'free gas comes with a base fee of 0')
  })

  test('block fields that cannot be pretended are refused', async () => {
    const withFields = (fields: object) =>
      ask(node.url, 'eth_call', [{ to: probe, data: probeCall('value') }, 'latest', {}, fields])
    for (const fields of [{ blobBaseFee: '0x2' }, { beaconRoot: `0x${'00'.repeat(32)}` }, { withdrawals: [] }]) {
      const { error } = await withFields(fields)
      assert.equal(error?.code, -32602)
      assert.ok(error?.message.includes(Object.keys(fields)[0]!), error?.message)
    }
    assert.equal((await withFields({ blobBaseFee: '0x1' })).error, undefined)
  })

  test('code in the place of a precompile is refused, as it would not run', async () => {
    const native = '0x0000000000000000000000000000000000000de7'
    for (const at of [`0x${'00'.repeat(19)}02`, `0x${'00'.repeat(18)}0100`, native]) {
      for (const method of ['eth_call', 'eth_estimateGas']) {
        const { error } = await ask(node.url, method, [{ to: at }, 'latest', { [at]: { code: probeRuntime } }])
        assert.deepEqual(error, {
          code: -32602,
          message: `invalid argument 2: the code of precompile ${at} cannot be overridden`,
        })
      }
      const rich = await ask(node.url, 'eth_call', [{ to: probe }, 'latest', { [at]: { balance: '0x1' } }])
      assert.doesNotMatch(rich.error?.message ?? '', /precompile/)
    }
  })

  test('a contract whose code looks like a precompile’s is overridden like others', async () => {
    // Init code that leaves the one byte 0xfe.
    const hash = await request(node.url, 'eth_sendTransaction', [{ from, data: '0x60fe60005360016000f3' }])
    const { contractAddress: at } = await request<{ contractAddress: Hex }>(node.url, 'eth_getTransactionReceipt', [
      hash,
    ])
    assert.equal(await request(node.url, 'eth_getCode', [at, 'latest']), '0xfe')
    const code = '0x602a60005260206000f3'
    assert.equal(BigInt(await request(node.url, 'eth_call', [{ to: at }, 'latest', { [at]: { code } }])), 42n)
  })

  test('on the pending block it runs at that block’s number, time and base fee', async () => {
    const snapshot = await request(node.url, 'evm_snapshot')
    const environment = async () => {
      const at = (await callProbe('environment', [], 'pending')) as readonly unknown[]
      const pending = await request<{ number: Hex; timestamp: Hex }>(node.url, 'eth_getBlockByNumber', ['pending'])
      assert.equal(at[0], BigInt(pending.number))
      return { pending, seen: at[1], timestamp: BigInt(pending.timestamp) }
    }
    const { number } = await request<{ number: Hex }>(node.url, 'eth_getBlockByNumber', ['latest'])
    assert.equal(BigInt((await environment()).pending.number), BigInt(number) + 1n)
    const target = (await environment()).timestamp + 5000n
    await request(node.url, 'evm_setNextBlockTimestamp', [`0x${target.toString(16)}`])
    const { seen, timestamp } = await environment()
    assert.deepEqual([seen, timestamp], [target, target])
    const header = await request<{ timestamp: Hex }>(node.url, 'eth_getHeaderByNumber', ['pending'])
    assert.equal(BigInt(header.timestamp), target)
    await request(node.url, 'evm_mine')
    assert.equal(((await callProbe('environment')) as readonly unknown[])[1], target)
    await request(node.url, 'evm_revert', [snapshot])
  })

  test('a call whose authorization delegates the sender runs the delegate', async () => {
    const { address, privateKey } = node.accounts[5]!
    const { chainId, nonce, yParity, r, s, ...rest } = signAuthorization(
      { chainId: 31337n, address: probe as never, nonce: 0n },
      privateKey,
    )
    const hex = (value: bigint | number) => `0x${value.toString(16)}`
    const authorization = {
      address: rest.address,
      chainId: hex(chainId),
      nonce: hex(nonce),
      yParity: hex(yParity),
      r: hex(r),
      s: hex(s),
    }
    const message = { from, to: address, data: probeCall('value'), authorizationList: [authorization] }
    const value = await request<Hex>(node.url, 'eth_call', [message])
    assert.equal(BigInt(value), 0n)
    assert.equal(value.length, 66)
    const gas = BigInt(await request(node.url, 'eth_estimateGas', [message]))
    assert.ok(gas > 46_000n, `an authorization costs 25,000 gas: ${gas}`)
  })
})

describe('eth_estimateGas', () => {
  test('a transfer is 21,000', async () => {
    assert.equal(
      await request(node.url, 'eth_estimateGas', [{ from, to: `0x${'99'.repeat(20)}`, value: '0x1' }]),
      '0x5208',
    )
    assert.equal(await request(node.url, 'eth_estimateGas', [{ to: `0x${'99'.repeat(20)}` }]), '0x5208')
  })

  test('what it says is enough, and little more than that', async () => {
    const calls: readonly (readonly [string, ...unknown[]])[] = [
      ['set', 123n],
      ['fill', 0n, 20n],
      ['ping', 1n, '0x1234'],
      ['reserve'],
    ]
    for (const [name, ...args] of calls) {
      const message = { from, to: probe, data: probeCall(name, ...args) }
      const gas = BigInt(await request(node.url, 'eth_estimateGas', [message]))
      const succeeds = async (limit: bigint) => {
        const { error } = await ask(node.url, 'eth_call', [{ ...message, gas: `0x${limit.toString(16)}` }])
        return error === undefined
      }
      assert.ok(await succeeds(gas), `${name}: ${gas} is enough`)
      assert.ok(!(await succeeds((gas * 97n) / 100n)), `${name}: 3 % less than ${gas} is not`)
      const hash = await request(node.url, 'eth_sendTransaction', [{ ...message, gas: `0x${gas.toString(16)}` }])
      const receipt = await request<{ status: Hex }>(node.url, 'eth_getTransactionReceipt', [hash])
      assert.equal(receipt.status, '0x1', name)
    }
  })

  test('a creation', async () => {
    const data = `0x6001600c60003960016000f300${''}`
    const gas = BigInt(await request(node.url, 'eth_estimateGas', [{ from, data }]))
    assert.ok(gas > 53_000n && gas < 60_000n, String(gas))
  })

  test('a failure comes with its reason', async () => {
    const estimate = (fields: object) => ask(node.url, 'eth_estimateGas', [{ from, to: probe, ...fields }])
    const revert = (await estimate({ data: probeCall('failText') })).error
    assert.equal(revert?.code, 3)
    assert.equal(revert?.message, 'execution reverted: no luck')
    const loop = (await estimate({ data: probeCall('loop'), gas: '0x186a0' })).error
    assert.deepEqual(loop, { code: -32000, message: 'gas required exceeds allowance (100000)' })
    const poor = (await estimate({ from: `0x${'ef'.repeat(20)}`, value: '0x1', gasPrice: '0xee6b28000' })).error
    assert.equal(poor?.message, 'insufficient funds for transfer')
    const price = `0x${(10n ** 20n).toString(16)}`
    const dear = (await estimate({ data: probeCall('set', 5n), gasPrice: price })).error
    assert.equal(dear?.message, 'gas required exceeds allowance (99)')
  })

  test('it tries no more gas than the pool takes', async () => {
    const message = { from, to: probe, data: probeCall('loop') }
    const { error } = await ask(node.url, 'eth_estimateGas', [message, 'latest', {}, { gasLimit: '0x7a1200' }])
    assert.deepEqual(error, { code: -32000, message: 'gas required exceeds allowance (7000000)' })
    assert.equal(estimateCap(undefined, 8_000_000n, 50_000_000n), userGas(8_000_000n))
    assert.equal(estimateCap(7_500_000n, 8_000_000n, 50_000_000n), userGas(8_000_000n))
    assert.equal(estimateCap(undefined, 500_000n, 50_000_000n), 0n)
    assert.equal(estimateCap(undefined, 60_000_000n, 50_000_000n), 16_777_216n)
  })

  test('overrides count', async () => {
    const empty = `0x${'ce'.repeat(20)}`
    const message = { from: empty, to: empty, value: '0x5', data: probeCall('set', 1n) }
    const overrides = { [empty]: { balance: '0xffff', code: probeRuntime } }
    const gas = BigInt(await request(node.url, 'eth_estimateGas', [message, 'latest', overrides]))
    assert.ok(gas > 40_000n, String(gas))
  })

  test('the search costs few runs', async () => {
    // A contract that uses 100,000 gas, of which 10,000 are refunded, and needs 30,000 more at hand.
    let runs = 0
    const attempt = async (gas: bigint): Promise<CallResult> => {
      runs++
      const kind = gas >= 130_000n ? 'success' : 'halt'
      const reason = kind === 'halt' ? 'out of gas' : undefined
      return {
        kind,
        output: new Uint8Array(0),
        gasUsed: 90_000n,
        gasRefund: 10_000n,
        logs: [],
        contractAddress: undefined,
        reason,
      }
    }
    const outcome = await estimateGas(attempt, 16_777_216n, false)
    assert.ok(outcome.kind === 'estimated')
    assert.ok(outcome.gas >= 130_000n && outcome.gas <= 132_000n, String(outcome.gas))
    assert.ok(runs <= 12, `${runs} runs`)
  })
})

test('calls are queued under the name of the client that asks', async () => {
  const clients: string[] = []
  const calls: Calls = {
    async run({ kind }, client) {
      clients.push(client)
      return kind === 'call' ? { kind: 'returned', output: new Uint8Array(0) } : { kind: 'estimated', gas: 60_000n }
    },
    close: async () => {},
  }
  const asked = await startDevNode({}, { calls, trustProxy: true })
  try {
    const message = { from, to: `0x${'42'.repeat(20)}`, data: '0x01' }
    for (const [i, method] of ['eth_call', 'eth_estimateGas', 'eth_signTransaction'].entries()) {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: [message] })
      const response = await post(asked.url, body, { 'x-forwarded-for': `203.0.113.${i}` })
      assert.equal(((await response.json()) as { error?: unknown }).error, undefined, method)
    }
    assert.deepEqual(clients, ['203.0.113.0', '203.0.113.1', '203.0.113.2'])
  } finally {
    await asked.close()
  }
})
