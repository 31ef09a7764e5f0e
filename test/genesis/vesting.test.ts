import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import fc from 'fast-check'
import { encodeFunctionData, parseAbi, toFunctionSelector } from 'viem'
import { type Address, bytesToHex, type Hex, hexToBytes } from '../../core/hex.ts'
import { predeploys } from '../../core/predeploys.ts'
import { loadSpec } from '../../genesis/loadSpec.ts'
import { type GenesisChain, openGenesisChain, read } from './chain.ts'

const month = 2_629_800n
const million = 10n ** 24n
const spec = loadSpec('mainnet')
const anyone = `0x${'c3'.repeat(20)}` as Address
const heir = `0x${'d4'.repeat(20)}` as Address

const abi = parseAbi([
  'function start() view returns (uint64)',
  'function end() view returns (uint256)',
  'function duration() view returns (uint64)',
  'function owner() view returns (address)',
  'function released() view returns (uint256)',
  'function releasable() view returns (uint256)',
  'function vestedAmount(uint64) view returns (uint256)',
  'function release()',
  'function transferOwnership(address)',
  'function acceptOwnership()',
  'function renounceOwnership()',
])

type Call = Parameters<typeof encodeFunctionData<typeof abi>>[0]
let chain: GenesisChain

describe('vesting wallets', () => {
  before(async () => {
    chain = await openGenesisChain(spec)
  })

  const releasable = (to: Address, afterSec: bigint) => read(chain, { to, abi, functionName: 'releasable', afterSec })
  const call = (from: Address, to: Address, data: Hex, afterSec = 0n) =>
    chain.send({ from, to, data: hexToBytes(data) }, afterSec)
  const encode = (functionName: 'release' | 'acceptOwnership' | 'renounceOwnership') =>
    encodeFunctionData({ abi, functionName } as Call)

  test('community and ecosystem release linearly over 48 months from genesis', async () => {
    for (const [wallet, locked] of [
      [predeploys.vestingCommunity, 371_600_000n * 10n ** 18n],
      [predeploys.vestingEcosystem, 80n * million],
    ] as const) {
      assert.equal(await releasable(wallet, 0n), 0n)
      assert.equal(await releasable(wallet, 1n), locked / (48n * month))
      assert.equal(await releasable(wallet, 12n * month), locked / 4n)
      assert.equal(await releasable(wallet, 24n * month), locked / 2n)
      assert.equal(await releasable(wallet, 48n * month - 1n), (locked * (48n * month - 1n)) / (48n * month))
      assert.equal(await releasable(wallet, 48n * month), locked)
      assert.equal(await releasable(wallet, 480n * month), locked)
    }
  })

  test('team and investors get nothing for 12 months, then linearly over 36, without a jump', async () => {
    for (const [wallet, locked] of [
      [predeploys.vestingTeam, 150n * million],
      [predeploys.vestingInvestors, 182_900_000n * 10n ** 18n],
    ] as const) {
      assert.equal(await releasable(wallet, 0n), 0n)
      assert.equal(await releasable(wallet, 12n * month), 0n)
      assert.equal(await releasable(wallet, 12n * month + 1n), locked / (36n * month))
      assert.equal(await releasable(wallet, 21n * month), locked / 4n)
      assert.equal(await releasable(wallet, 30n * month), locked / 2n)
      assert.equal(await releasable(wallet, 48n * month), locked)
      assert.equal(await read(chain, { to: wallet, abi, functionName: 'start' }), spec.timestamp + 12n * month)
      assert.equal(await read(chain, { to: wallet, abi, functionName: 'end' }), spec.timestamp + 48n * month)
    }
  })

  test('at any time the amount is the formula of the specification', async () => {
    const to = predeploys.vestingInvestors
    const locked = 182_900_000n * 10n ** 18n
    await fc.assert(
      fc.asyncProperty(fc.bigInt(0n, 60n * month), async (afterSec) => {
        const elapsed = afterSec - 12n * month
        const expected = elapsed < 0n ? 0n : elapsed >= 36n * month ? locked : (locked * elapsed) / (36n * month)
        const args = [spec.timestamp + afterSec] as const
        assert.equal(await read(chain, { to, abi, functionName: 'vestedAmount', args }), expected)
      }),
      { seed: 36, numRuns: 60 },
    )
  })

  test('anyone may release, the owner is paid, and what was paid is not paid again', async () => {
    const to = predeploys.vestingCommunity
    const locked = 371_600_000n * 10n ** 18n
    const before = chain.balance(predeploys.timelock)
    const early = await call(anyone, to, encode('release'), 0n)
    assert.equal(bytesToHex(early.output), toFunctionSelector('NothingToRelease()'))

    assert((await call(anyone, to, encode('release'), 12n * month)).succeeded)
    assert.equal(chain.balance(predeploys.timelock) - before, locked / 4n)
    assert.equal((await call(anyone, to, encode('release'), 12n * month)).succeeded, false)
    assert((await call(anyone, to, encode('release'), 24n * month)).succeeded)
    assert.equal(chain.balance(predeploys.timelock) - before, locked / 2n)
    assert.equal(await read(chain, { to, abi, functionName: 'released' }), locked / 2n)
    assert((await call(anyone, to, encode('release'), 48n * month)).succeeded)
    assert.equal(chain.balance(predeploys.timelock) - before, locked)
    assert.equal(chain.balance(to), 0n)
  })

  test('the right passes on in two steps and cannot be thrown away', async () => {
    const to = predeploys.vestingTeam
    const transfer = encodeFunctionData({ abi, functionName: 'transferOwnership', args: [heir] })
    assert.equal((await call(anyone, to, transfer)).succeeded, false)
    const renounced = await call(predeploys.timelock, to, encode('renounceOwnership'))
    assert.equal(bytesToHex(renounced.output), toFunctionSelector('OwnerRequired()'))

    assert((await call(predeploys.timelock, to, transfer)).succeeded)
    const owner = async () => (await read(chain, { to, abi, functionName: 'owner' })).toLowerCase()
    assert.equal(await owner(), predeploys.timelock)
    assert.equal((await call(anyone, to, encode('acceptOwnership'))).succeeded, false)
    assert((await call(heir, to, encode('acceptOwnership'))).succeeded)
    assert.equal(await owner(), heir)
    assert((await call(anyone, to, encode('release'), 30n * month)).succeeded)
    assert.equal(chain.balance(heir), 75n * million)
  })
})
