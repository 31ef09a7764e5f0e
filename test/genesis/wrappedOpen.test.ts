import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { decodeErrorResult, encodeFunctionData, maxUint256, parseAbi } from 'viem'
import { type Address, bytesToHex, type Hex, hexToBytes } from '../../core/hex.ts'
import { predeploys } from '../../core/predeploys.ts'
import { loadSpec } from '../../genesis/loadSpec.ts'
import { type GenesisChain, openGenesisChain, read } from './chain.ts'

const user = `0x${'a1'.repeat(20)}` as Address
const other = `0x${'b2'.repeat(20)}` as Address
const open = 10n ** 18n
const spec = loadSpec('mainnet')
let chain: GenesisChain

before(async () => {
  chain = await openGenesisChain(spec)
})

describe('wrapped OPEN', () => {
  const to = predeploys.wrappedOpen
  const abi = parseAbi([
    'function name() view returns (string)',
    'function symbol() view returns (string)',
    'function decimals() view returns (uint8)',
    'function totalSupply() view returns (uint256)',
    'function balanceOf(address) view returns (uint256)',
    'function allowance(address, address) view returns (uint256)',
    'function deposit() payable',
    'function withdraw(uint256)',
    'function approve(address, uint256) returns (bool)',
    'function transfer(address, uint256) returns (bool)',
    'function transferFrom(address, address, uint256) returns (bool)',
    'error InsufficientBalance(address owner, uint256 balance, uint256 needed)',
    'error InsufficientAllowance(address spender, uint256 allowance, uint256 needed)',
  ])
  const balanceOf = (owner: Address) => read(chain, { to, abi, functionName: 'balanceOf', args: [owner] })

  test('wraps by deposit and by plain transfer, and unwraps', async () => {
    assert.equal(await read(chain, { to, abi, functionName: 'name' }), 'Wrapped OPEN')
    assert.equal(await read(chain, { to, abi, functionName: 'symbol' }), 'WOPEN')
    assert.equal(await read(chain, { to, abi, functionName: 'decimals' }), 18)
    await chain.send({
      from: user,
      to,
      value: 2n * open,
      data: hexToBytes(encodeFunctionData({ abi, functionName: 'deposit' })),
    })
    await chain.send({ from: user, to, value: open })
    assert.equal(await balanceOf(user), 3n * open)
    assert.equal(await read(chain, { to, abi, functionName: 'totalSupply' }), 3n * open)

    const before = chain.balance(user)
    const withdraw = (amount: bigint) =>
      hexToBytes(encodeFunctionData({ abi, functionName: 'withdraw', args: [amount] }))
    assert((await chain.send({ from: user, to, data: withdraw(open) })).succeeded)
    assert.equal(chain.balance(user), before + open)
    assert.equal(await balanceOf(user), 2n * open)
    const tooMuch = await chain.send({ from: user, to, data: withdraw(2n * open + 1n) })
    assert.equal(decodeErrorResult({ abi, data: bytesToHex(tooMuch.output) }).errorName, 'InsufficientBalance')
  })

  test('moves by transfer and by allowance, and every token stays backed', async () => {
    const send = (from: Address, data: Hex) => chain.send({ from, to, data: hexToBytes(data) })
    const transfer = encodeFunctionData({ abi, functionName: 'transfer', args: [other, open / 2n] })
    assert((await send(user, transfer)).succeeded)
    const take = encodeFunctionData({ abi, functionName: 'transferFrom', args: [user, other, open] })
    const refused = await send(other, take)
    assert.equal(decodeErrorResult({ abi, data: bytesToHex(refused.output) }).errorName, 'InsufficientAllowance')

    await send(user, encodeFunctionData({ abi, functionName: 'approve', args: [other, open] }))
    assert((await send(other, take)).succeeded)
    assert.equal(await read(chain, { to, abi, functionName: 'allowance', args: [user, other] }), 0n)
    assert.equal((await send(other, take)).succeeded, false)
    await send(user, encodeFunctionData({ abi, functionName: 'approve', args: [other, maxUint256] }))
    const rest = encodeFunctionData({ abi, functionName: 'transferFrom', args: [user, other, open / 2n] })
    assert((await send(other, rest)).succeeded)
    assert.equal(await read(chain, { to, abi, functionName: 'allowance', args: [user, other] }), maxUint256)
    assert.deepEqual([await balanceOf(user), await balanceOf(other), chain.balance(to)], [0n, 2n * open, 2n * open])
  })
})
