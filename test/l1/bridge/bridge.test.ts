import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { type Address, bytesToHex, type Hex, hexToBytes, zeroAddress } from '../../../core/hex.ts'
import { predeploys } from '../../../core/predeploys.ts'
import { loadSpec } from '../../../genesis/loadSpec.ts'
import { openGenesisChain } from '../../genesis/chain.ts'
import { contractOn, type TestContract } from '../../genesis/contract.ts'
import { aliasOf, alice, type Bridges, bob, openBridges, word } from './bridges.ts'

const ether = 10n ** 18n
const mood = { good: 0, refuses: 1, burnsGas: 2, returnsMuch: 3, keepsPart: 4, callsBack: 5 }
let bridges: Bridges
let local: TestContract
let remote: TestContract

beforeEach(async () => {
  bridges = await openBridges()
  const pair = await bridges.token()
  local = pair.local
  remote = pair.remote
})

/** Alice owns tokens that the bridge may take. */
async function fund(token: TestContract, amount: bigint): Promise<void> {
  await token.send(bob, 'mint', [alice, amount])
  await token.send(alice, 'approve', [bridges.bridge1.address, amount])
}

async function bridgeTokens(amount: bigint, to: Address = alice, remoteToken: Address = remote.address) {
  await fund(local, amount)
  const args = [local.address, remoteToken, to, amount, 0, '0x']
  const [deposit] = bridges.deposits(await bridges.bridge1.send(alice, 'bridgeERC20To', args))
  assert(deposit !== undefined)
  return deposit
}

async function bridgeEther(amount: bigint) {
  const sent = await bridges.bridge1.send(alice, 'bridgeETH', [0, '0x'], { value: amount })
  const [deposit] = bridges.deposits(sent)
  assert(deposit !== undefined)
  assert((await bridges.arrive(deposit)).succeeded)
}

const held = (token: Address, other: Address) => bridges.bridge1.ok(bob, 'deposits', [token, other])
const claimable = (token: Address, account: Address) => bridges.bridge1.ok(bob, 'claimable', [token, account])
const waiting = (token: Address, from: Address, to: Address) =>
  bridges.bridge2.ok(bob, 'waiting', [token, local.address, from, to])
const balance = (token: TestContract, account: Address) => token.ok(bob, 'balanceOf', [account])

describe('ETH', () => {
  test('is a token on L2 and comes back as ETH', async () => {
    const { l1, bridge1, bridge2, ether: token, deposits, arrive, withdrawals, finalize } = bridges
    const sent = await bridge1.send(alice, 'bridgeETHTo', [bob, 0, '0x1234'], { value: 3n * ether })
    const [deposit] = deposits(sent)
    assert(deposit !== undefined)
    assert.deepEqual([deposit.from, deposit.to], [bridge1.address, bridge2.address])
    assert((await arrive(deposit)).succeeded)
    assert.equal(await balance(token, bob), 3n * ether)
    assert.equal(await held(zeroAddress, token.address), 3n * ether)

    const [withdrawal] = withdrawals(await bridge2.send(bob, 'withdrawTo', [token.address, alice, ether, 0, '0x']))
    assert(withdrawal !== undefined)
    assert.equal(await balance(token, bob), 2n * ether)
    const had = l1.balance(alice)
    assert((await finalize(withdrawal)).succeeded)
    assert.equal(l1.balance(alice), had + ether)
    assert.equal(await held(zeroAddress, token.address), 2n * ether)
  })

  test('sent plainly is for the sender; contracts have to name a recipient', async () => {
    const { l1, bridge1, ether: token, deposits, arrive, create } = bridges
    const sent = await l1.send({ from: alice, to: bridge1.address, value: ether })
    assert((await arrive(deposits(sent)[0]!)).succeeded)
    assert.equal(await balance(token, alice), ether)

    const contract = contractOn(l1, 'Refuser', await create(l1, 'Refuser'))
    const forward = (name: string, args: readonly unknown[]) =>
      contract.data('forward', [bridge1.address, bytesToHex(bridge1.data(name, args))])
    const from = (data: Uint8Array) => l1.send({ from: alice, to: contract.address, data, value: ether })
    assert.equal((await from(forward('bridgeETH', [0, '0x']))).succeeded, false)
    assert((await from(forward('bridgeETHTo', [bob, 0, '0x']))).succeeded)
  })

  test('that a recipient refuses waits until it takes it or names another', async () => {
    const { l1, bridge1, bridge2, ether: token, withdrawals, finalize, create } = bridges
    const refuser = contractOn(l1, 'Refuser', await create(l1, 'Refuser'))
    await bridgeEther(2n * ether)
    for (const paid of [refuser.address, bob]) {
      const args = [token.address, refuser.address, ether, 0, '0x']
      const [withdrawal] = withdrawals(await bridge2.send(alice, 'withdrawTo', args))
      assert((await finalize(withdrawal!)).succeeded)
      assert.equal(await claimable(zeroAddress, refuser.address), ether)
      await bridge1.fails('NothingToClaim', bob, 'claimTo', [zeroAddress, bob])
      const had = l1.balance(paid)
      if (paid === bob) {
        const claim = bytesToHex(bridge1.data('claimTo', [zeroAddress, bob]))
        await refuser.send(alice, 'forward', [bridge1.address, claim])
      } else {
        await refuser.send(alice, 'setTakes', [true])
        await bridge1.send(bob, 'claim', [zeroAddress, refuser.address])
        await refuser.send(alice, 'setTakes', [false])
      }
      assert.equal(l1.balance(paid), had + ether)
      assert.equal(await claimable(zeroAddress, refuser.address), 0n)
      await bridge1.fails('NothingToClaim', bob, 'claim', [zeroAddress, refuser.address])
    }
    assert.equal(l1.balance(bridge1.address), 0n)
  })

  test('cannot be had for any other token', async () => {
    const { bridge1, bridge2, ether: token, l2, arrive, deposits } = bridges
    await bridgeEther(ether)
    await fund(local, ether)
    const args = [local.address, token.address, ether, 0, '0x']
    await bridge1.fails('EtherIsNoToken', alice, 'bridgeERC20', args)
    await bridge1.fails('EtherIsNoToken', alice, 'bridgeERC20', [zeroAddress, remote.address, ether, 0, '0x'])
    // As if the bridge on L1 had let it through: it waits, and goes back as the token it was.
    const [sent] = deposits(await bridge1.send(alice, 'bridgeERC20', [local.address, remote.address, ether, 0, '0x']))
    const forged = bridge2.data('finalizeBridgeERC20', [token.address, local.address, alice, alice, ether, '0x'])
    assert((await arrive({ ...sent!, data: bytesToHex(forged) })).succeeded)
    assert.equal(await waiting(token.address, alice, alice), ether)
    const back = await bridge2.send(alice, 'giveBack', [token.address, local.address, alice, alice, 0])
    const [withdrawal] = bridges.withdrawals(back)
    const failed = await bridges.finalize(withdrawal!)
    assert.equal(failed.succeeded, false)

    // A token of L2 that calls itself ETH.
    const liar = contractOn(l2, 'MoodyToken', await bridges.create(l2, 'MoodyToken', word(zeroAddress)))
    await liar.send(bob, 'mint', [alice, ether])
    const [lie] = bridges.withdrawals(await bridge2.send(alice, 'withdraw', [liar.address, ether, 0, '0x']))
    assert.equal((await bridges.finalize(lie!)).succeeded, false)
    assert.equal(await held(zeroAddress, token.address), ether)
  })
})

describe('a token', () => {
  test('goes to L2 and back', async () => {
    const { l2, bridge2, arrive, withdrawals, finalize } = bridges
    assert((await arrive(await bridgeTokens(100n, bob))).succeeded)
    assert.equal(await balance(remote, bob), 100n)
    const args = [remote.address, local.address, alice, 40n, 0, '0x']
    const [withdrawal] = withdrawals(await bridge2.send(bob, 'bridgeERC20To', args))
    assert((await finalize(withdrawal!)).succeeded)
    assert.equal(await balance(local, alice), 40n)
    assert.equal(await held(local.address, remote.address), 60n)
    assert.equal(await remote.ok(bob, 'totalSupply'), 60n)
    const more = bridge2.data('withdraw', [remote.address, 61n, 0, '0x'])
    assert.equal((await l2.send({ from: bob, to: bridge2.address, data: more })).succeeded, false)
  })

  test('that keeps a part of what is sent counts as what arrived', async () => {
    const { arrive } = bridges
    await local.send(bob, 'setMood', [mood.keepsPart])
    assert((await arrive(await bridgeTokens(100n))).succeeded)
    assert.equal(await balance(remote, alice), 90n)
    assert.equal(await held(local.address, remote.address), 90n)
  })

  test('that calls back in the middle counts nothing twice', async () => {
    const { bridge1 } = bridges
    await fund(local, 100n)
    const again = bytesToHex(bridge1.data('bridgeERC20To', [local.address, remote.address, bob, 0n, 0, '0x']))
    await local.send(bob, 'setCall', [bridge1.address, again])
    await local.send(bob, 'setMood', [mood.callsBack])
    const args = [local.address, remote.address, 100n, 0, '0x']
    await bridge1.fails('ReentrancyGuardReentrantCall', alice, 'bridgeERC20', args)
  })

  for (const [name, value] of Object.entries(mood).filter(([, value]) => value >= 1 && value <= 3)) {
    test(`that ${name} on L1 waits there to be claimed, with no gas but what the bridge asked for`, async () => {
      const { bridge1, bridge2, arrive, withdrawals, finalize } = bridges
      assert((await arrive(await bridgeTokens(100n))).succeeded)
      const [withdrawal] = withdrawals(await bridge2.send(alice, 'withdraw', [remote.address, 70n, 0, '0x']))
      await local.send(bob, 'setMood', [value])
      assert((await finalize(withdrawal!)).succeeded)
      assert.equal(await claimable(local.address, alice), 70n)
      assert.equal(await held(local.address, remote.address), 30n)
      const failed = await bridges.l1.send({
        from: bob,
        to: bridge1.address,
        data: bridge1.data('claim', [local.address, alice]),
      })
      assert.equal(failed.succeeded, false)
      await local.send(bob, 'setMood', [mood.good])
      await bridge1.send(bob, 'claim', [local.address, alice])
      assert.deepEqual([await balance(local, alice), await claimable(local.address, alice)], [70n, 0n])
    })

    test(`that ${name} on L2 waits there, with no gas but the deposit's`, async () => {
      const { l2, bridge2, arrive } = bridges
      const odd = contractOn(l2, 'MoodyToken', await bridges.create(l2, 'MoodyToken', word(local.address)))
      await odd.send(bob, 'setMood', [value])
      assert((await arrive(await bridgeTokens(100n, bob, odd.address))).succeeded)
      assert.equal(await waiting(odd.address, alice, bob), 100n)
      assert((await arrive(await bridgeTokens(50n, bob, odd.address))).succeeded)
      assert.equal(await waiting(odd.address, alice, bob), 150n)
      const claim = [odd.address, local.address, alice, bob]
      assert.equal(
        (await l2.send({ from: bob, to: bridge2.address, data: bridge2.data('claim', claim) })).succeeded,
        false,
      )
      await odd.send(bob, 'setMood', [mood.good])
      await bridge2.send(zeroAddress, 'claim', claim)
      assert.deepEqual([await balance(odd, bob), await waiting(odd.address, alice, bob)], [150n, 0n])
      await bridge2.fails('NothingWaits', bob, 'claim', claim)
    })
  }

  test('that is none goes back to who sent it', async () => {
    const { bridge2, arrive, withdrawals, finalize } = bridges
    const stranger = `0x${'57'.repeat(20)}` as Address
    for (const wrong of [bob, predeploys.messagePasser]) {
      assert((await arrive(await bridgeTokens(100n, bob, wrong))).succeeded)
      await bridge2.fails('NotYours', stranger, 'giveBack', [wrong, local.address, alice, bob, 0])
      const by = wrong === bob ? bob : aliasOf(alice)
      const back = await bridge2.send(by, 'giveBack', [wrong, local.address, alice, bob, 0])
      await bridge2.fails('NothingWaits', alice, 'giveBack', [wrong, local.address, alice, bob, 0])
      const had = (await balance(local, alice)) as bigint
      assert((await finalize(withdrawals(back)[0]!)).succeeded)
      assert.equal(await balance(local, alice), had + 100n)
      assert.equal(await held(local.address, wrong), 0n)
    }
  })

  test('is never asked back with more gas than L1 has for a transaction', async () => {
    const { bridge2, arrive, withdrawals } = bridges
    assert((await arrive(await bridgeTokens(100n, bob, bob))).succeeded)
    // Bob would make Alice's tokens unpayable for ever.
    const back = (gas: number) => [bob, local.address, alice, bob, gas] as const
    for (const gas of [9_800_001, 16_777_216, 2 ** 32 - 1])
      await bridge2.fails('TooMuchGas', bob, 'giveBack', back(gas))
    assert.equal(await waiting(bob, alice, bob), 100n)
    const [withdrawal] = withdrawals(await bridge2.send(bob, 'giveBack', back(9_800_000)))
    assert.equal(withdrawal?.gasLimit, 10_000_000n)

    assert((await arrive(await bridgeTokens(100n, bob))).succeeded)
    const args = (gas: number, extra: Hex) => [remote.address, alice, 1n, gas, extra] as const
    await bridge2.fails('TooMuchGas', bob, 'withdrawTo', args(9_800_000, '0x00'))
    await bridge2.ok(bob, 'withdrawTo', args(9_799_960, '0x00'))
  })

  test('that stands for another one is not minted', async () => {
    const { arrive } = bridges
    const other = await bridges.token()
    assert((await arrive(await bridgeTokens(100n, alice, other.remote.address))).succeeded)
    assert.equal(await waiting(other.remote.address, alice, alice), 100n)
    assert.equal(await other.remote.ok(bob, 'totalSupply'), 0n)
  })

  test('of L2 that lies takes nothing that others brought', async () => {
    const { l2, bridge2, arrive, withdrawals, finalize } = bridges
    assert((await arrive(await bridgeTokens(100n))).succeeded)
    const liar = contractOn(l2, 'MoodyToken', await bridges.create(l2, 'MoodyToken', word(local.address)))
    await liar.send(bob, 'mint', [bob, 100n])
    const [withdrawal] = withdrawals(await bridge2.send(bob, 'withdraw', [liar.address, 100n, 0, '0x']))
    assert.equal((await finalize(withdrawal!)).succeeded, false)
    assert.equal(await held(local.address, remote.address), 100n)
  })

  test('OPEN is refused: the portal takes it', async () => {
    const args = [bridges.open, remote.address, 1n, 0, '0x']
    await bridges.bridge1.fails('OpenGoesThroughPortal', alice, 'bridgeERC20', args)
  })

  test('arrives with a long note, with no gas but the deposit asks for', async () => {
    const { bridge1, bridge2, arrive, deposits, withdrawals, finalize } = bridges
    const note = `0x${'ff'.repeat(50_000)}`
    await fund(local, 100n)
    const sent = await bridge1.send(alice, 'bridgeERC20', [local.address, remote.address, 100n, 0, note], {
      gas: 7_000_000n,
    })
    assert((await arrive(deposits(sent)[0]!)).succeeded)
    assert.equal(await balance(remote, alice), 100n)
    const gone = await bridge2.send(alice, 'withdraw', [remote.address, 100n, 0, note], { gas: 7_000_000n })
    assert((await finalize(withdrawals(gone)[0]!)).succeeded)
    assert.equal(await balance(local, alice), 100n)
  })
})

describe('who may say what', () => {
  test('only the other bridge finalises', async () => {
    const { l1, l2, bridge1, bridge2, portal } = bridges
    const tokens = [local.address, remote.address, alice, bob, 1n, '0x']
    for (const from of [alice, portal.address, bridge2.address]) {
      await bridge1.fails('OnlyOtherBridge', from, 'finalizeBridgeERC20', tokens)
      await bridge1.fails('OnlyOtherBridge', from, 'finalizeBridgeETH', [alice, bob, 1n, '0x'])
    }
    const withdrawal = { sender: alice, target: bridge1.address, gasLimit: 300_000n }
    for (const data of [
      bridge1.data('finalizeBridgeERC20', tokens),
      bridge1.data('finalizeBridgeETH', [alice, bob, 1n, '0x']),
    ])
      assert.equal((await bridges.finalize({ ...withdrawal, data: bytesToHex(data) })).succeeded, false)

    const forged = [remote.address, local.address, alice, bob, 1n, '0x']
    for (const from of [alice, bridge1.address, bridge2.address, aliasOf(alice), aliasOf(zeroAddress)])
      await bridge2.fails('OnlyOtherBridge', from, 'finalizeBridgeERC20', forged)
    await bridge2.fails('OnlySelf', alice, 'mint', [remote.address, local.address, bob, 1n])
    await bridge1.fails('OnlySelf', alice, 'pay', [zeroAddress, bob, 1n])
    await remote.fails('OnlyBridge', alice, 'mint', [bob, 1n])
    await remote.fails('OnlyBridge', alice, 'burn', [bob, 1n])
    assert.equal((await l1.send({ from: alice, to: bridge1.address, data: hexToBytes('0x12345678') })).succeeded, false)
    assert.equal((await l2.send({ from: alice, to: bridge2.address, value: 1n })).succeeded, false)
  })

  test('nobody is a recipient, nothing is no deposit', async () => {
    const { bridge1, bridge2, ether: token } = bridges
    await fund(local, 1n)
    await bridge1.fails('NoRecipient', alice, 'bridgeETHTo', [zeroAddress, 0, '0x'], { value: 1n })
    await bridge1.fails('NoRecipient', alice, 'bridgeERC20To', [
      local.address,
      remote.address,
      zeroAddress,
      1n,
      0,
      '0x',
    ])
    await bridge1.fails('NothingSent', alice, 'bridgeETH', [0, '0x'])
    await bridge1.fails('NothingSent', alice, 'bridgeERC20', [local.address, remote.address, 0n, 0, '0x'])
    await bridge2.fails('NoRecipient', alice, 'withdrawTo', [token.address, zeroAddress, 0n, 0, '0x'])
    await bridge2.fails('WrongToken', alice, 'bridgeERC20', [remote.address, alice, 0n, 0, '0x'])
  })

  test('too little gas for a withdrawal changes nothing, so that it can be tried again', async () => {
    const { bridge2, arrive, withdrawals, finalize } = bridges
    assert((await arrive(await bridgeTokens(100n))).succeeded)
    const [withdrawal] = withdrawals(await bridge2.send(alice, 'withdraw', [remote.address, 70n, 0, '0x']))
    assert.equal((await finalize({ ...withdrawal!, gasLimit: 50_000n })).succeeded, false)
    assert.equal(await held(local.address, remote.address), 100n)
    assert((await finalize(withdrawal!)).succeeded)
    assert.equal(await balance(local, alice), 70n)
  })

  test('a chain without L1 bridges nothing', async () => {
    const chain = await openGenesisChain(loadSpec('devnet'))
    const bridge = contractOn(chain, 'L2StandardBridge', predeploys.standardBridge)
    assert.equal(await bridge.ok(alice, 'otherBridge'), zeroAddress)
    await bridge.fails('NoOtherBridge', alice, 'withdraw', [predeploys.bridgedEther, 0n, 0, '0x'])
    const mint = [predeploys.bridgedEther, zeroAddress, alice, alice, 1n, '0x']
    await bridge.fails('NoOtherBridge', aliasOf(zeroAddress), 'finalizeBridgeERC20', mint)
  })
})

describe('tokens on L2', () => {
  const factoryOn = ({ l2 }: Bridges) => contractOn(l2, 'BridgedERC20Factory', predeploys.bridgedERC20Factory)

  test('ETH and tokens of the factory say what they stand for', async () => {
    const { ether: token } = bridges
    const factory = factoryOn(bridges)
    const facts = async (of: TestContract) => {
      const found: unknown[] = []
      for (const name of ['name', 'symbol', 'decimals', 'remoteToken', 'l1Token', 'bridge', 'l2Bridge'])
        found.push(await of.ok(bob, name))
      return found
    }
    const bridge = predeploys.standardBridge
    assert.deepEqual(await facts(token), ['Ether', 'ETH', 18, zeroAddress, zeroAddress, bridge, bridge])
    const made = [alice, 'US Dollar', 'USD', 6]
    const address = await factory.ok(bob, 'createOptimismMintableERC20WithDecimals', made, { gas: 3_000_000n })
    const dollar = contractOn(bridges.l2, 'BridgedERC20', (address as string).toLowerCase() as Address)
    const [name, symbol, decimals, remoteToken] = await facts(dollar)
    assert.deepEqual([name, symbol, decimals], ['US Dollar', 'USD', 6])
    assert.equal((remoteToken as string).toLowerCase(), alice)
    assert.equal(((await factory.ok(bob, 'deployments', [address])) as string).toLowerCase(), alice)
    assert.equal(await factory.ok(bob, 'deployments', [token.address]), zeroAddress)
    assert.equal(await dollar.ok(bob, 'supportsInterface', ['0xec4fc8e3']), true)
    assert.equal(await dollar.ok(bob, 'supportsInterface', ['0xffffffff']), false)
  })

  test('the factory makes each token once, and none of nothing', async () => {
    const { l2 } = bridges
    const factory = factoryOn(bridges)
    const none = [zeroAddress, 'None', 'NONE']
    await factory.fails('NoRemoteToken', bob, 'createOptimismMintableERC20', none, { gas: 3_000_000n })
    const once = factory.data('createOptimismMintableERC20', [bob, 'Once', 'ONE'])
    const create = () => l2.send({ from: bob, to: factory.address, data: once, gas: 3_000_000n })
    assert.deepEqual([(await create()).succeeded, (await create()).succeeded], [true, false])
  })
})
