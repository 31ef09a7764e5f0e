import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { type Address, bytesToHex, concatBytes, emptyBytes, hexToBytes, zeroAddress } from '../../../core/hex.ts'
import { decodeDepositLog } from '../../../l1/extract/deposit.ts'
import type { TxResult } from '../../../state/engine.ts'
import { deployRollup, deployUninitialized, genesisSupply, type Rollup } from './rollup.ts'
import { alice, bob, ether, type TestContract } from './testL1.ts'

let rollup: Rollup
beforeEach(async () => {
  rollup = await deployRollup()
})

/** The deposit of a transaction, as the chain reads it from the log. */
function depositOf({ logs }: TxResult) {
  const found = logs.filter(({ address }) => address === rollup.portal.address)
  assert.equal(found.length, 1)
  return decodeDepositLog(found[0]!, rollup.l1.hashOf(7n), 3n)
}

const escrow = () => rollup.portal.get('escrowed')
const held = (account: Address) => rollup.open.get('balanceOf', [account])

describe('deposits', () => {
  test('OPEN goes into escrow and the log carries the deposit', async () => {
    const { portal } = rollup
    const args = [bob, 30n * ether, 20n * ether, 100_000n, false, '0x010203']
    const deposit = depositOf(await portal.send(alice, 'depositERC20Transaction', args))
    const { sourceHash, ...rest } = deposit!
    assert.match(sourceHash, /^0x[0-9a-f]{64}$/)
    assert.deepEqual(rest, {
      type: 0x7e,
      from: alice,
      to: bob,
      mint: 30n * ether,
      value: 20n * ether,
      gas: 100_000n,
      isSystemTx: false,
      data: Uint8Array.of(1, 2, 3),
    })
    assert.equal(await escrow(), genesisSupply + 30n * ether)
    assert.equal(await held(portal.address), genesisSupply + 30n * ether)
    assert.equal(await held(alice), 970n * ether)
  })

  test('a transaction without OPEN moves nothing and takes its value from L2', async () => {
    const result = await rollup.portal.send(alice, 'depositTransaction', [bob, ether, 21_000n, false, '0x'])
    const { mint, value, data } = depositOf(result)!
    assert.deepEqual([mint, value, data], [0n, ether, emptyBytes])
    assert.equal(await escrow(), genesisSupply)
    assert.equal(await held(rollup.portal.address), genesisSupply)
  })

  test('a mint of zero needs no allowance', async () => {
    const result = await rollup.portal.send(bob, 'depositERC20Transaction', [bob, 0n, 5n, 21_000n, false, '0x'])
    assert.equal(depositOf(result)?.mint, 0n)
  })

  test('refuses ETH, in a deposit and plain', async () => {
    const { portal, l1 } = rollup
    const args = [bob, 1n, 21_000n, false, '0x']
    await portal.fails('Portal: ETH is not the currency of L2', alice, 'depositTransaction', args, { value: 1n })
    const plain = await l1.send({ from: alice, to: portal.address, data: emptyBytes, value: 1n })
    assert.equal(plain.succeeded, false)
    assert.equal(l1.balance(portal.address), 0n)
  })

  test('OPEN that is not there is not escrowed', async () => {
    const { portal, open } = rollup
    const deposit = (from: Address, mint: bigint) =>
      portal.fails(
        from === alice ? 'ERC20InsufficientAllowance' : 'ERC20InsufficientBalance',
        from,
        'depositERC20Transaction',
        [bob, mint, 0n, 21_000n, false, '0x'],
      )
    await deposit(alice, 1_000n * ether + 1n)
    await open.send(bob, 'approve', [portal.address, ether])
    await deposit(bob, 1n)
    assert.equal(await escrow(), genesisSupply)
  })

  test('OPEN that is merely sent there is not escrowed', async () => {
    await rollup.open.send(alice, 'transfer', [rollup.portal.address, ether])
    assert.equal(await escrow(), genesisSupply)
    assert.equal(await held(rollup.portal.address), genesisSupply + ether)
  })

  test('needs gas for its data', async () => {
    const { portal } = rollup
    assert.equal(await portal.get('minimumGasLimit', [0n]), 21_000n)
    assert.equal(await portal.get('minimumGasLimit', [1_000n]), 61_000n)
    const data = bytesToHex(new Uint8Array(1_000))
    const args = (gas: bigint) => [bob, 0n, gas, false, data]
    await portal.fails('Portal: gas limit too small', alice, 'depositTransaction', args(60_999n))
    assert.equal(depositOf(await portal.send(alice, 'depositTransaction', args(61_000n)))?.gas, 61_000n)
  })

  test('data has a limit of its own', async () => {
    const args = (bytes: number) => [bob, 0n, 3_999_000n, false, bytesToHex(new Uint8Array(bytes))]
    await rollup.portal.fails('Portal: data too large', alice, 'depositTransaction', args(120_001))
    // What fits into the gas of an L1 block is less.
    await rollup.portal.fails('Portal: gas limit too small', alice, 'depositTransaction', args(120_000))
    await rollup.portal.send(alice, 'depositTransaction', args(99_000))
  })

  test('a creation names no target', async () => {
    const create = (to: Address) => [to, 0n, 100_000n, true, '0x00']
    const problem = 'Portal: must send to address(0) when creating a contract'
    await rollup.portal.fails(problem, alice, 'depositTransaction', create(bob))
    const deposit = depositOf(await rollup.portal.send(alice, 'depositTransaction', create(zeroAddress)))
    assert.equal(deposit?.to, undefined)
    const call = [zeroAddress, 0n, 100_000n, false, '0x00']
    assert.equal(depositOf(await rollup.portal.send(alice, 'depositTransaction', call))?.to, zeroAddress)
  })

  test('is closed before it is initialised', async () => {
    const { portal } = await deployUninitialized()
    const args = [bob, 0n, 21_000n, false, '0x']
    await portal.fails('Portal: not initialized', alice, 'depositTransaction', args)
    await portal.fails('Portal: not initialized', alice, 'depositERC20Transaction', [bob, 0n, ...args.slice(1)])
  })
})

describe('the sender of a deposit', () => {
  const alias = (address: Address) => {
    const sum = (BigInt(address) + 0x1111000000000000000000000000000000001111n) % (1n << 160n)
    return `0x${sum.toString(16).padStart(40, '0')}`
  }
  const forward = (through: TestContract, from = alice) =>
    through.send(from, 'forward', [
      rollup.portal.address,
      bytesToHex(rollup.portal.data('depositTransaction', [bob, 1n, 21_000n, false, '0x'])),
    ])

  test('is the account that signed the transaction', async () => {
    const result = await rollup.portal.send(bob, 'depositTransaction', [alice, 1n, 21_000n, false, '0x'])
    assert.equal(depositOf(result)?.from, bob)
  })

  test('is the alias of a contract', async () => {
    const forwarder = await rollup.l1.create('CallForwarder')
    assert.equal(depositOf(await forward(forwarder))?.from, alias(forwarder.address))
  })

  test('wraps around in the alias of a high address', async () => {
    const { l1 } = rollup
    const code = l1.world.code(l1.world.account((await l1.create('CallForwarder')).address)!.codeHash)
    const high = `0x${'ff'.repeat(20)}` as Address
    l1.world.setCode(high, code)
    assert.equal(
      depositOf(await forward(l1.at('CallForwarder', high)))?.from,
      '0x1111000000000000000000000000000000001110',
    )
  })

  test('is an account that delegates its code, whoever sent the transaction', async () => {
    const { l1 } = rollup
    const { address } = await l1.create('CallForwarder')
    l1.world.setCode(bob, concatBytes(hexToBytes('0xef0100'), hexToBytes(address)))
    assert.equal(depositOf(await forward(l1.at('CallForwarder', bob)))?.from, bob)
  })

  test('is the alias of a contract with 23 bytes of code', async () => {
    const { l1, portal } = rollup
    // Calls the address in the first word of its input with the rest of it.
    const code = hexToBytes('0x602036038060205f375f5f915f5f5f355af10000000000')
    assert.equal(code.length, 23)
    const short = `0x${'33'.repeat(20)}` as Address
    l1.world.setCode(short, code)
    const call = portal.data('depositTransaction', [bob, 1n, 21_000n, false, '0x'])
    const data = concatBytes(hexToBytes(`0x${portal.address.slice(2).padStart(64, '0')}`), call)
    assert.equal(depositOf(await l1.send({ from: alice, to: short, data }))?.from, alias(short))
  })
})

describe('gas of deposits', () => {
  const cap = 4_000_000n
  const buy = (gas: bigint) => [bob, 0n, gas, false, '0x']
  const full = 'ResourceMetering: cannot buy more gas than available gas limit'
  const params = async () => (await rollup.portal.get('params')) as readonly [bigint, bigint, bigint]

  test('is capped in one L1 block, and there again in the next', async () => {
    const { portal, l1 } = rollup
    assert.equal(await portal.get('MAX_RESOURCE_LIMIT'), cap)
    await portal.fails(full, alice, 'depositTransaction', buy(cap + 1n))
    await portal.send(alice, 'depositTransaction', buy(cap - 50_000n))
    await portal.fails(full, bob, 'depositTransaction', buy(50_001n))
    await portal.send(bob, 'depositTransaction', buy(50_000n))
    await portal.fails(full, bob, 'depositTransaction', buy(21_000n))
    l1.pass(12n)
    await portal.send(bob, 'depositTransaction', buy(cap))
  })

  test('is one for deposits with OPEN and without', async () => {
    const { portal, l1 } = rollup
    const mint = (gas: bigint) => [bob, ether, 0n, gas, false, '0x']
    await portal.fails(full, alice, 'depositERC20Transaction', mint(cap + 1n))
    await portal.send(alice, 'depositERC20Transaction', mint(cap - 30_000n))
    await portal.fails(full, bob, 'depositTransaction', buy(30_001n))
    await portal.send(bob, 'depositTransaction', buy(30_000n))
    await portal.fails(full, alice, 'depositERC20Transaction', mint(21_000n))
    assert.equal(await escrow(), genesisSupply + ether)
    l1.pass(12n, 100n)
    const { gasUsed } = await portal.send(alice, 'depositERC20Transaction', mint(2_000_000n))
    assert(gasUsed >= 2_000_000n, `${gasUsed}`)
  })

  test('leaves room in the smallest L2 block', async () => {
    const least = (await rollup.config.get('minimumGasLimit')) as bigint
    assert.equal(least, cap + 1_000_000n)
  })

  test('costs as much gas on L1, at the least price and base fee', async () => {
    const { portal, l1 } = rollup
    const cost = async (gas: bigint) => {
      l1.pass(12n, 100n)
      return (await portal.send(alice, 'depositTransaction', buy(gas))).gasUsed
    }
    await cost(21_000n)
    const overhead = (await cost(21_000n)) - 21_000n
    for (const gas of [200_000n, 1_000_000n, cap]) {
      const used = await cost(gas)
      assert(used >= gas && used <= gas + overhead + 60_000n, `${gas} cost ${used}`)
    }
    l1.setBaseFee(10_000_000_000n)
    const used = await cost(cap)
    assert(used >= cap / 10n && used <= cap / 10n + overhead + 60_000n, `${used}`)
    // A low base fee makes it no dearer.
    l1.setBaseFee(7n)
    assert((await cost(cap)) <= cap + overhead + 60_000n)
  })

  test('cannot be had for less gas than it costs', async () => {
    const args = {
      data: rollup.portal.data('depositTransaction', buy(2_000_000n)),
      from: alice,
      to: rollup.portal.address,
    }
    const result = await rollup.l1.send({ ...args, gas: 1_900_000n })
    assert.equal(result.succeeded, false)
    assert.deepEqual((await params())[1], 0n)
  })

  test('has a price that follows demand exactly', async () => {
    const { portal, l1 } = rollup
    const least = 1_000_000_000n
    const start = await params()
    assert.deepEqual(start, [least, 0n, l1.number()])
    // A dear L1 keeps what must be burned small.
    l1.setBaseFee(1_000_000_000_000n)
    let [price, bought] = [least, 0n]
    let [highest, atLeast] = [0n, 0]
    const sales = [
      [1n, cap],
      [1n, cap],
      [1n, cap],
      [1n, 1_000_000n],
      [1n, 1_000_001n],
      [1n, 3_000_000n],
      [0n, 500_000n],
      [1n, cap],
      [1n, 21_000n],
      [2n, cap],
      [1n, cap],
      [5n, cap],
      [1n, cap],
      [40n, 21_000n],
      [1n, cap],
      [1_000_000n, cap],
    ] as const
    for (const [blocks, gas] of sales) {
      l1.pass(12n * blocks, blocks)
      if (blocks > 0n) {
        price =
          bought > 1_000_000n
            ? price + (price * (bought - 1_000_000n)) / 1_000_000n / 8n
            : price - (price * (1_000_000n - bought)) / 1_000_000n / 8n
        for (let idle = 1n; idle < blocks && price > least; idle++) price -= price / 8n
        if (price < least) price = least
        bought = 0n
      }
      await portal.send(alice, 'depositTransaction', buy(gas))
      bought += gas
      assert.deepEqual(await params(), [price, bought, l1.number()])
      if (price > highest) highest = price
      if (price === least) atLeast++
    }
    assert(highest > 3n * least, 'the price rose')
    assert(atLeast > 2, 'and fell back')
  })

  test('does not count what failed', async () => {
    const args = [bob, 10_000n * ether, 0n, cap, false, '0x']
    await rollup.portal.fails('ERC20InsufficientAllowance', alice, 'depositERC20Transaction', args)
    await rollup.portal.send(alice, 'depositTransaction', buy(cap - 100_000n))
  })
})
