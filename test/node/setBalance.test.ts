import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocol } from '../../attribution/native/addresses.ts'
import type { PrecompileContext } from '../../attribution/precompile.ts'
import { emptyCodeHash } from '../../core/account.ts'
import { type Address, concatBytes, emptyBytes, hexToBytes, zeroHash } from '../../core/hex.ts'
import type { World } from '../../core/state.ts'
import { devAddress, devPrecompiles, maxSetBalance, setBalanceDeposit } from '../../node/dev/setBalance.ts'
import { createWorld } from '../../state/world.ts'

const target = '0x00000000000000000000000000000000000000aa' as Address
const stranger = '0x00000000000000000000000000000000000000bb' as Address
const maxUint256 = 2n ** 256n - 1n

function emptyWorld(): World {
  return createWorld({ account: () => undefined, storage: () => emptyBytes, code: () => emptyBytes })
}

function balance(world: World, address: Address): bigint {
  return world.account(address)?.balance ?? 0n
}

function call(world: World, input: Uint8Array, change: Partial<PrecompileContext> = {}): string {
  const context: PrecompileContext = {
    world,
    caller: devAddress,
    self: devAddress,
    codeAddress: devAddress,
    value: 0n,
    readOnly: false,
    delegated: false,
    depth: 0,
    block: { number: 1n, timestamp: 1n, chainId: 31337n, baseFee: 1n },
    charge: () => {},
    log: () => {},
    ...change,
  }
  return devPrecompiles.get(devAddress)!(context, input).kind
}

/** What the node's deposit does: mint first, then the call. The sum of balances grows by exactly the mint. */
function setBalance(world: World, address: Address, wei: bigint): string {
  const deposit = setBalanceDeposit(world, address, wei, zeroHash)
  if (deposit === undefined) return 'refused'
  const before = balance(world, devAddress) + balance(world, address)
  const { nonce, codeHash } = world.account(devAddress) ?? { nonce: 0n, codeHash: emptyCodeHash }
  world.setAccount(devAddress, { nonce, codeHash, balance: balance(world, devAddress) + deposit.mint })
  const kind = call(world, deposit.data)
  assert.equal(balance(world, devAddress) + balance(world, address), before + deposit.mint)
  return kind
}

test('sets higher, lower, equal and greatest balances and conserves money', () => {
  const world = emptyWorld()
  for (const wei of [5n, 100n, 100n, 7n, 0n, 2n ** 128n - 1n, maxSetBalance, 1n, maxSetBalance]) {
    assert.equal(setBalance(world, target, wei), 'output')
    assert.equal(balance(world, target), wei)
  }
})

test('keeps nonce and code of the account', () => {
  const world = emptyWorld()
  world.setAccount(target, { nonce: 3n, balance: 1n, codeHash: zeroHash })
  setBalance(world, target, 9n)
  const { nonce, codeHash } = world.account(target)!
  assert.deepEqual({ nonce, codeHash }, { nonce: 3n, codeHash: zeroHash })
})

test('refuses balances that receivers of fees and transfers could not take in', () => {
  assert.ok(maxSetBalance * 2n ** 60n < maxUint256, 'no number of accounts that can be made holds too much together')
  const world = emptyWorld()
  assert.equal(setBalance(world, target, maxSetBalance + 1n), 'refused')
  assert.equal(setBalance(world, target, maxUint256), 'refused')
})

test('refuses what the dev address could not hold', () => {
  const world = emptyWorld()
  world.setAccount(devAddress, { nonce: 0n, codeHash: emptyCodeHash, balance: maxUint256 - 1n })
  world.setAccount(stranger, { nonce: 0n, codeHash: emptyCodeHash, balance: 5n })
  assert.equal(setBalanceDeposit(world, stranger, 3n, zeroHash), undefined)
  assert.equal(setBalance(world, stranger, 4n), 'output')
})

test("leaves the protocol's accounts, which hold what its books say", () => {
  const world = emptyWorld()
  world.setAccount(devAddress, { nonce: 0n, codeHash: emptyCodeHash, balance: 10n })
  const { data } = setBalanceDeposit(world, target, 5n, zeroHash)!
  for (const address of Object.values(protocol)) {
    assert.equal(setBalanceDeposit(world, address, 5n, zeroHash), undefined)
    // Nor does the precompile do it, whatever block it stands in.
    assert.equal(call(world, concatBytes(hexToBytes(address), data.subarray(20))), 'revert')
    assert.equal(balance(world, address), 0n)
  }
})

test('serves nobody but the dev address, and no malformed input', () => {
  const world = emptyWorld()
  const { data } = setBalanceDeposit(world, target, 5n, zeroHash)!
  world.setAccount(devAddress, { nonce: 0n, codeHash: emptyCodeHash, balance: 10n })
  assert.equal(call(world, data, { caller: stranger }), 'revert')
  assert.equal(call(world, data, { delegated: true }), 'revert')
  assert.equal(call(world, data, { readOnly: true }), 'revert')
  assert.equal(call(world, data.subarray(1)), 'revert')
  assert.equal(balance(world, target), 0n)
  assert.equal(call(world, data), 'output')
})
