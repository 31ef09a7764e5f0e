import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createPublicClient, createWalletClient, type Hash, http, parseAbi, toFunctionSelector } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import {
  extractTransactionDepositedLogs,
  getL2TransactionHashes,
  publicActionsL1,
  walletActionsL1,
} from 'viem/op-stack'
import { type Address, bytesToHex, hexToBytes } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { encodeTx } from '../../core/txEncode.ts'
import { devAccounts, devMnemonic } from '../../genesis/devAccounts.ts'
import { loadContract } from '../../genesis/loadContract.ts'
import { loadSpec, parseSpec } from '../../genesis/loadSpec.ts'
import type { ChainSpec } from '../../genesis/spec.ts'
import { portalAbi, standardBridgeAbi } from '../../l1/abi.ts'
import { deployRollup, type RollupFile } from '../../l1/deploy/deploy.ts'
import { decodeDepositLog } from '../../l1/extract/deposit.ts'
import { bridgedEther, bridgedTokenFactory, l1BridgeAbi, l2Bridge, openPortalAbi } from '../../sdk/bridge/abi.ts'
import { l1ChainOf, rollupChain } from '../../sdk/bridge/chain.ts'
import { bridgeActionsL1 } from '../../sdk/bridge/l1.ts'
import { type GenesisChain, openGenesisChain } from '../genesis/chain.ts'
import { contractOn } from '../genesis/contract.ts'
import { type Anvil, startAnvil } from '../l1/anvil.ts'

const ether = 10n ** 18n
const [deployer, batcher, proposer, user, other] = devAccounts(devMnemonic, 5)
assert(deployer && batcher && proposer && user && other)

let anvil: Anvil
let file: RollupFile
let spec: ChainSpec
let l2: GenesisChain
let wallet: ReturnType<typeof clients>['wallet']
let reader: ReturnType<typeof clients>['reader']
let targetChain: ReturnType<typeof rollupChain>

function clients() {
  const chain = l1ChainOf(spec, anvil.url)
  const options = { chain, transport: http(anvil.url), pollingInterval: 50 }
  const account = privateKeyToAccount(bytesToHex(user!.privateKey))
  return {
    wallet: createWalletClient({ ...options, account })
      .extend(walletActionsL1())
      .extend(bridgeActionsL1()),
    reader: createPublicClient({ ...options, cacheTime: 0 }).extend(publicActionsL1()),
  }
}

before(async () => {
  anvil = await startAnvil()
  file = await deployRollup({
    rpcUrl: anvil.url,
    deployerKey: deployer.privateKey,
    spec: loadSpec('devnet'),
    options: {
      batcher: batcher.address,
      proposer: proposer.address,
      openAccounts: new Map([[user.address, 1_000n * ether]]),
    },
  })
  spec = parseSpec(file)
  l2 = await openGenesisChain(spec)
  targetChain = rollupChain(spec)
  ;({ wallet, reader } = clients())
})
after(() => anvil.stop())

/** Waits for a deposit on L1 and executes on L2 what the chain makes of it. */
async function arrive(hash: Hash) {
  const receipt = await reader.waitForTransactionReceipt({ hash })
  assert.equal(receipt.status, 'success')
  const [log] = extractTransactionDepositedLogs(receipt)
  assert(log !== undefined)
  const raw = { topics: log.topics as never, data: hexToBytes(log.data) }
  const deposit = decodeDepositLog(raw, receipt.blockHash as never, BigInt(log.logIndex))
  assert(deposit?.to !== undefined)
  assert.deepEqual(getL2TransactionHashes(receipt), [keccakHash(encodeTx(deposit))])
  const { from, to, gas, mint, value, data } = deposit
  // The test chain mints the value of what it sends.
  assert.equal(mint, value)
  const result = await l2.send({ from, to, gas, value, data })
  return { deposit, result, receipt }
}

describe('deposits', () => {
  test('of OPEN approve what is needed, once, and arrive', async () => {
    const before = l2.balance(user.address)
    const first = await arrive(await wallet.depositOpen({ targetChain, amount: 3n * ether }))
    assert.deepEqual(
      [first.deposit.from, first.deposit.to, first.deposit.mint],
      [user.address, user.address, 3n * ether],
    )
    assert(first.result.succeeded)
    assert.equal(l2.balance(user.address), before + 3n * ether)

    const had = l2.balance(other.address)
    const args = { targetChain, amount: ether, to: other.address, gas: 50_000n, data: '0x0102' } as const
    const second = await arrive(await wallet.depositOpen(args))
    assert.deepEqual([second.deposit.gas, bytesToHex(second.deposit.data)], [50_000n, '0x0102'])
    assert.equal(l2.balance(other.address), had + ether)
    const escrowed = await reader.readContract({
      address: spec.l1.rollup!.portal,
      abi: openPortalAbi,
      functionName: 'escrowed',
    })
    assert.equal(escrowed, spec.totalSupply + 4n * ether)
    await assert.rejects(
      wallet.depositOpen({ targetChain, amount: 10_000n * ether }),
      /ERC20InsufficientBalance|insufficient/i,
    )
  })

  test('of nothing are forced calls that take no approval', async () => {
    const hash = await wallet.depositOpen({ targetChain, amount: 0n, to: other.address, data: '0xaa' })
    const { deposit } = await arrive(hash)
    assert.deepEqual([deposit.mint, deposit.value, bytesToHex(deposit.data)], [0n, 0n, '0xaa'])
    // viem's own action forces calls the same way.
    const request = { to: other.address, gas: 60_000n, data: '0xbb' } as const
    const forced = await arrive(await wallet.depositTransaction({ targetChain, request }))
    assert.deepEqual([forced.deposit.gas, bytesToHex(forced.deposit.data)], [60_000n, '0xbb'])
    const paid = wallet.depositTransaction({ targetChain, request: { ...request, mint: 1n } })
    await assert.rejects(paid, /ETH is not the currency of L2/)
  })

  test('of ETH arrive as a token', async () => {
    const token = contractOn(l2, 'BridgedEther', bridgedEther)
    assert((await arrive(await wallet.bridgeEth({ targetChain, amount: ether }))).result.succeeded)
    assert.equal(await token.ok(other.address, 'balanceOf', [user.address]), ether)
    await arrive(await wallet.bridgeEth({ targetChain, amount: 2n * ether, to: other.address }))
    assert.equal(await token.ok(user.address, 'balanceOf', [other.address]), 2n * ether)
  })

  test('of a token arrive as the token that was made for it', async () => {
    const { abi, creation } = loadContract('TestToken')
    const bytecode = bytesToHex(creation)
    const deployed = await wallet.deployContract({ abi, bytecode, args: [1_000n] })
    const { contractAddress } = await reader.waitForTransactionReceipt({ hash: deployed })
    const token = contractAddress!.toLowerCase() as Address
    const factory = contractOn(l2, 'BridgedERC20Factory', bridgedTokenFactory.address)
    const made = [token, 'Test Token', 'TEST', 18]
    const options = { gas: 3_000_000n }
    const l2Token = (await factory.ok(
      user.address,
      'createOptimismMintableERC20WithDecimals',
      made,
      options,
    )) as Address
    const { result } = await arrive(await wallet.bridgeErc20({ targetChain, token, l2Token, amount: 77n }))
    assert(result.succeeded)
    const there = contractOn(l2, 'BridgedERC20', l2Token.toLowerCase() as Address)
    assert.equal(await there.ok(user.address, 'balanceOf', [user.address]), 77n)
    const held = await reader.readContract({
      address: spec.l1.rollup!.standardBridge,
      abi: l1BridgeAbi,
      functionName: 'deposits',
      args: [token, l2Token],
    })
    assert.equal(held, 77n)
  })

  test('of a token that changes no approval in one step take two', async () => {
    const { abi, creation } = loadContract('FussyToken')
    const deployed = await wallet.deployContract({ abi, bytecode: bytesToHex(creation), args: [1_000n] })
    const { contractAddress } = await reader.waitForTransactionReceipt({ hash: deployed })
    const bridge = spec.l1.rollup!.standardBridge
    const approve = { address: contractAddress!, abi, functionName: 'approve', args: [bridge, 5n] }
    await reader.waitForTransactionReceipt({ hash: await wallet.writeContract(approve) })
    const token = { token: contractAddress!, l2Token: other.address }
    const { deposit } = await arrive(await wallet.bridgeErc20({ targetChain, ...token, amount: 77n }))
    assert.equal(deposit.to, l2Bridge.address)
  })

  test('need an account', async () => {
    const nobody = createWalletClient({ chain: l1ChainOf(spec), transport: http(anvil.url) }).extend(bridgeActionsL1())
    await assert.rejects(nobody.bridgeEth({ targetChain, amount: 1n }), /no account/)
    const account = privateKeyToAccount(bytesToHex(other.privateKey))
    const { deposit } = await arrive(await nobody.bridgeEth({ targetChain, amount: 1n, account }))
    assert.equal(deposit.to, l2Bridge.address)
  })
})

describe('the chain definition', () => {
  test('is the same from a spec, from its file and from what the node says', () => {
    const { rollup } = spec.l1
    assert(rollup !== undefined)
    const { portal, outputOracle, standardBridge, validatorRegistry, open, multicall3 } = rollup
    const contracts = { portal, outputOracle, standardBridge, validatorRegistry, open, multicall3 }
    const said = { chainId: '0x7a69', l1ChainId: '0x384', ...contracts }
    const fromFile = file as unknown as Parameters<typeof rollupChain>[0]
    assert.deepEqual(rollupChain(fromFile, 'http://x'), rollupChain(spec, 'http://x'))
    assert.deepEqual(rollupChain(said), { ...rollupChain(spec), name: 'OpenLedger' })
    assert.equal(rollupChain(spec).id, 31_337)
    assert.deepEqual(rollupChain(spec).contracts.portal, { 900: { address: portal } })
    assert.deepEqual(l1ChainOf(said).contracts, { multicall3: { address: multicall3 } })
    assert.throws(() => rollupChain(loadSpec('devnet')), /no contracts on L1/)
  })

  test("finds L1's contracts for viem's actions", async () => {
    assert.deepEqual(await reader.getPortalVersion({ targetChain }), { major: 2, minor: 0, patch: 0 })
    const output = await reader.getL2Output({ targetChain, l2BlockNumber: 0n })
    assert.equal(output.outputIndex, 0n)
    assert.equal((await reader.getTimeToNextL2Output({ targetChain, l2BlockNumber: 1n })).interval, 3_600)
    const aggregate = reader.multicall({
      allowFailure: false,
      contracts: [
        {
          address: spec.l1.rollup!.open,
          abi: parseAbi(['function symbol() view returns (string)']),
          functionName: 'symbol',
        },
      ],
    })
    assert.deepEqual(await aggregate, ['OPEN'])
  })
})

test('the ABIs of the sdk are those of the contracts', () => {
  const selectors = (abi: readonly { readonly type: string }[]) =>
    abi.filter(({ type }) => type === 'function').map((item) => toFunctionSelector(item as never))
  const contains = (whole: readonly { readonly type: string }[], part: readonly { readonly type: string }[]) => {
    const known = new Set(selectors(whole))
    assert.deepEqual(
      selectors(part).filter((selector) => !known.has(selector)),
      [],
    )
  }
  contains(portalAbi, openPortalAbi)
  contains(standardBridgeAbi, l1BridgeAbi)
  contains(loadContract('L1StandardBridge').abi, standardBridgeAbi)
  contains(loadContract('L2StandardBridge').abi, l2Bridge.abi)
  contains(loadContract('BridgedERC20Factory').abi, bridgedTokenFactory.abi)
})
