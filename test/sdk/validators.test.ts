import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  createPublicClient,
  createWalletClient,
  type Hash,
  type Hex,
  http,
  parseEventLogs,
  toFunctionSelector,
} from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { extractTransactionDepositedLogs } from 'viem/op-stack'
import { type Address, bytesToHex, hexToBytes } from '../../core/hex.ts'
import { devAccounts, devMnemonic } from '../../genesis/devAccounts.ts'
import { loadContract } from '../../genesis/loadContract.ts'
import { loadSpec, parseSpec } from '../../genesis/loadSpec.ts'
import type { ChainSpec } from '../../genesis/spec.ts'
import { readValidators } from '../../genesis/validators.ts'
import { outputOracleAbi } from '../../l1/abi.ts'
import { deployRollup } from '../../l1/deploy/deploy.ts'
import { decodeDepositLog } from '../../l1/extract/deposit.ts'
import { l1ChainOf, rollupChain } from '../../sdk/bridge/chain.ts'
import { validatorRegistryAbi, validatorVault } from '../../sdk/validators/abi.ts'
import { validatorActions } from '../../sdk/validators/actions.ts'
import { signAttestation } from '../../sdk/validators/sign.ts'
import { type GenesisChain, openGenesisChain } from '../genesis/chain.ts'
import { contractOn } from '../genesis/contract.ts'
import { type Anvil, startAnvil } from '../l1/anvil.ts'

const ether = 10n ** 18n
const [deployer, proposer, user, ...others] = devAccounts(devMnemonic, 7)
assert(deployer && proposer && user)
const accounts = others.map(({ privateKey }) => privateKeyToAccount(bytesToHex(privateKey)))
const [signer, nextSigner, payee, third] = accounts as [
  PrivateKeyAccount,
  PrivateKeyAccount,
  PrivateKeyAccount,
  PrivateKeyAccount,
]
const bondWei = ether / 100n
const hash = (byte: string) => `0x${byte.repeat(32)}` as const

let anvil: Anvil
let spec: ChainSpec
let l2: GenesisChain
let wallet: ReturnType<typeof walletOf>
let reader: ReturnType<typeof readerOf>
let targetChain: ReturnType<typeof rollupChain>

const options = () => ({ chain: l1ChainOf(spec, anvil.url), transport: http(anvil.url), pollingInterval: 50 })
const readerOf = () => createPublicClient({ ...options(), cacheTime: 0 })
const walletOf = (privateKey: Uint8Array) =>
  createWalletClient({ ...options(), account: privateKeyToAccount(bytesToHex(privateKey)) }).extend(validatorActions())

before(async () => {
  anvil = await startAnvil()
  const file = await deployRollup({
    rpcUrl: anvil.url,
    deployerKey: deployer.privateKey,
    spec: loadSpec('devnet'),
    options: {
      batcher: proposer.address,
      proposer: proposer.address,
      submissionIntervalSec: 1n,
      finalizationPeriodSec: 3_600n,
      verifierPeriodSec: 3_600n,
      bondWei,
      openAccounts: new Map([[user.address, 10_000n * ether]]),
      validators: [{ key: hexToBytes(bytesToHex(others[3]!.privateKey)), stakeWei: 1_000n * ether }],
    },
  })
  spec = parseSpec(file)
  l2 = await openGenesisChain(spec)
  targetChain = rollupChain(spec)
  wallet = walletOf(user.privateKey)
  reader = readerOf()
})
after(() => anvil.stop())

/** Waits for a transaction on L1 and executes on L2 what it tells there. */
async function done(sent: Promise<Hash>) {
  const receipt = await reader.waitForTransactionReceipt({ hash: await sent })
  assert.equal(receipt.status, 'success')
  for (const log of extractTransactionDepositedLogs(receipt)) {
    const raw = { topics: log.topics as never, data: hexToBytes(log.data) }
    const deposit = decodeDepositLog(raw, receipt.blockHash as never, BigInt(log.logIndex))
    assert(deposit?.to !== undefined)
    const { from, to, gas, data } = deposit
    assert((await l2.send({ from, to, gas, data })).succeeded)
  }
  return receipt
}
const weights = () => readValidators(l2.world).map(({ signer: key, account, weight }) => [key, account, weight])
const lower = ({ address }: { readonly address: string }) => address.toLowerCase()
const heldBy = (account: Address) =>
  reader.readContract({
    address: spec.l1.rollup!.open,
    abi: loadContract('OpenToken').abi,
    functionName: 'balanceOf',
    args: [account],
  }) as Promise<bigint>

describe('validators', () => {
  test('register, stake more, are paid on the chain, change keys, unbond and withdraw', async () => {
    const receipt = await done(wallet.registerValidator({ targetChain, amount: 2_000n * ether, signer }))
    const [registered] = parseEventLogs({ abi: validatorRegistryAbi, logs: receipt.logs, eventName: 'Registered' })
    const { id } = registered!.args
    assert.deepEqual(weights(), [[lower(signer), lower(signer), 2_000n]])
    await done(wallet.increaseStake({ targetChain, id, amount: 500n * ether }))
    await done(wallet.setValidatorPayee({ targetChain, id, payee: payee.address }))
    await done(wallet.setValidatorSigner({ targetChain, id, signer: nextSigner }))
    assert.deepEqual(weights(), [[lower(nextSigner), lower(payee), 2_500n]])
    const set = await wallet.validatorSet({ targetChain })
    assert.deepEqual(
      set.map((each) => [each.id, lower({ address: each.signer }), each.stake]),
      [
        [1n, lower(third), 1_000n * ether],
        [id, lower(nextSigner), 2_500n * ether],
      ],
    )

    // A fourth of a unit for each of 2,500.
    const vault = contractOn(l2, 'ValidatorVault', validatorVault.address)
    await l2.send({ from: user.address, to: validatorVault.address, value: 10_000n })
    const before = l2.balance(lower(payee) as Address)
    assert.equal(await vault.ok(user.address, 'collect', [payee.address]), 10_000n)
    assert.equal(l2.balance(lower(payee) as Address) - before, 10_000n)

    await done(wallet.unbondStake({ targetChain, id, amount: 2_500n * ether }))
    assert.deepEqual(weights(), [])
    await assert.rejects(wallet.withdrawStake({ targetChain, id }), /too early to withdraw/)
    await anvil.control.increaseTime({ seconds: 7_201 })
    await anvil.control.mine({ blocks: 1 })
    await done(wallet.withdrawStake({ targetChain, id }))
    assert.equal(await heldBy(user.address), 10_000n * ether)
  })

  test('that sign two truths lose their stake to whoever shows it', async () => {
    const slashed = accounts[2]!
    const receipt = await done(wallet.registerValidator({ targetChain, amount: 1_000n * ether, signer: slashed }))
    assert.equal(parseEventLogs({ abi: validatorRegistryAbi, logs: receipt.logs, eventName: 'StakeChanged' }).length, 1)
    const claim = { l2BlockNumber: 9n, outputRoot: hash('71'), l1BlockHash: hash('a1') }
    const first = await signAttestation(slashed, targetChain, claim)
    const second = await signAttestation(slashed, targetChain, { ...claim, outputRoot: hash('72') })
    const stranger = walletOf(proposer.privateKey)
    await assert.rejects(stranger.slashValidator({ targetChain, first, second: first }), /that agree/)
    // As bundles of evidence have signatures, which end in the parity.
    const parity = ({ signature, ...said }: typeof first) => {
      const v = signature.endsWith('1b') ? '00' : '01'
      return { ...said, signature: `${signature.slice(0, -2)}${v}` as Hex }
    }
    await done(stranger.slashValidator({ targetChain, first: parity(first), second: parity(second) }))
    assert.equal(await heldBy(proposer.address), 50n * ether)
    assert.deepEqual(weights(), [])
  })

  test('uphold an output, whoever brings what they signed, in any order', async () => {
    for (const [at, key] of [privateKeyToAccount(hash('51')), privateKeyToAccount(hash('52'))].entries())
      await done(wallet.registerValidator({ targetChain, amount: BigInt(1_000 + at) * ether, signer: key }))
    await anvil.control.mine({ blocks: 1, interval: 2 })
    const { number, hash: l1BlockHash } = await reader.getBlock()
    const oracle = { address: spec.l1.rollup!.outputOracle, abi: outputOracleAbi } as const
    const proposing = walletOf(proposer.privateKey)
    const claim = { l2BlockNumber: 5n, outputRoot: hash('77'), l1BlockHash }
    const args = [claim.outputRoot, claim.l2BlockNumber, l1BlockHash, number] as const
    await done(proposing.writeContract({ ...oracle, functionName: 'proposeL2Output', args, value: bondWei }))
    const challenge = { ...oracle, functionName: 'challenge', args: [1n], value: bondWei } as const
    await done(wallet.writeContract(challenge))
    const attestations = await Promise.all(
      [third, privateKeyToAccount(hash('51')), privateKeyToAccount(hash('52'))].map((key) =>
        signAttestation(key, targetChain, claim),
      ),
    )
    const few = wallet.upholdOutput({ targetChain, index: 1n, attestations: attestations.slice(1, 2) })
    await assert.rejects(few, /less than two thirds/)
    const descending = [...attestations].reverse()
    const byParity = descending.map(({ signature, ...said }) => {
      const v = signature.endsWith('1b') ? '00' : '01'
      return { ...said, signature: `${signature.slice(0, -2)}${v}` as Hex }
    })
    await done(wallet.upholdOutput({ targetChain, index: 1n, attestations: [...byParity.slice(0, 2), descending[2]!] }))
    assert.equal(await reader.readContract({ ...oracle, functionName: 'isUpheld', args: [1n] }), true)
  })

  test('have the ABIs of the contracts', () => {
    const selectors = (abi: readonly { readonly type: string }[]) =>
      abi.filter(({ type }) => type === 'function' || type === 'event').map((item) => toFunctionSelector(item as never))
    for (const [name, abi] of [
      ['ValidatorRegistry', validatorRegistryAbi],
      ['ValidatorVault', validatorVault.abi],
    ] as const) {
      const known = new Set(selectors(loadContract(name).abi))
      assert.deepEqual(
        selectors(abi).filter((selector) => !known.has(selector)),
        [],
      )
    }
  })
})
