import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { protocol } from '../../attribution/native/addresses.ts'
import { emptyTrieRoot } from '../../core/account.ts'
import { decodeHeader, encodeHeader } from '../../core/header.ts'
import { type Address, bytesToHex, type Hash, zeroHash } from '../../core/hex.ts'
import { beaconRootsAddress, historyStorageAddress, predeploys } from '../../core/predeploys.ts'
import { buildAlloc, preinstalls } from '../../genesis/alloc.ts'
import { buildGenesis } from '../../genesis/buildGenesis.ts'
import { chainNames, loadSpec } from '../../genesis/loadSpec.ts'
import { type ChainSpec, originOf, supplyCap, withAccounts, withSolo } from '../../genesis/spec.ts'
import { devAddress } from '../../node/dev/setBalance.ts'
import { decodeExtraData, nextBaseFee } from '../../state/fees.ts'

/** Changing one of these is a new chain: `hash` in the spec has to follow, and every node has to start anew. */
const hashes: Readonly<Record<string, string>> = {
  mainnet: '0x0753c88a3dffc7b53aa748ff0640f417f71133e26f47844969c7d06d27556e19',
  testnet: '0x97dc51c41a2777888eb04ebe8611b5023c52bba19088595b3d01643d9588805c',
  devnet: '0x1f9ee997c43fc0ad9bda2aabf8cad455ce684aa2247c56945d0ee5dc516cd35c',
  solo: '0x84bf84a713bc633a45295ccc008ad2cab5a8751b704efcb598b871743c725b99',
}

const open = 10n ** 18n

describe('genesis block', () => {
  test('has the hash that this version stands for', () => {
    const built: (readonly [string, string])[] = chainNames.map((name) => [name, buildGenesis(loadSpec(name)).hash])
    built.push(['solo', buildGenesis(withSolo(loadSpec('devnet'), [devAddress])).hash])
    assert.deepEqual(Object.fromEntries(built), hashes)
    assert.equal(new Set(Object.values(hashes)).size, built.length)
    for (const name of chainNames) assert.equal(loadSpec(name).hash, hashes[name])
  })

  test('has the header the design gives it', () => {
    for (const spec of [...chainNames.map(loadSpec), withSolo(loadSpec('devnet'), [devAddress])]) {
      const { block, hash, stateRoot } = buildGenesis(spec)
      const { header } = block
      const { origin } = originOf(spec)
      assert.equal(block.hash, hash)
      assert.deepEqual(decodeHeader(encodeHeader(header)), header)
      assert.deepEqual(
        { ...header, logsBloom: undefined, extraData: undefined, nonce: undefined },
        {
          parentHash: zeroHash,
          ommersHash: '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347',
          coinbase: '0x4200000000000000000000000000000000000011',
          stateRoot,
          transactionsRoot: emptyTrieRoot,
          receiptsRoot: emptyTrieRoot,
          logsBloom: undefined,
          difficulty: 0n,
          number: 0n,
          gasLimit: spec.systemConfig.gasLimit,
          gasUsed: 0n,
          timestamp: spec.timestamp,
          extraData: undefined,
          mixHash: origin.mixHash,
          nonce: undefined,
          baseFeePerGas: 1_000_000_000n,
          withdrawalsRoot: emptyTrieRoot,
          blobGasUsed: 0n,
          excessBlobGas: 0n,
          parentBeaconBlockRoot: origin.parentBeaconBlockRoot,
          requestsHash: `0x${createHash('sha256').digest('hex')}`,
        },
      )
      assert.deepEqual(decodeExtraData(header.extraData), {
        denominator: 56,
        elasticity: 8,
        floor: spec.fees.minBaseFee,
      })
      assert(nextBaseFee(header) >= spec.fees.minBaseFee)
    }
  })

  test('is not built when the hash is not the one the spec names', () => {
    const spec: ChainSpec = { ...loadSpec('devnet'), hash: `0x${'12'.repeat(32)}` as Hash }
    assert.throws(() => buildGenesis(spec), { code: 'genesis_mismatch', severity: 'fatal' })
  })

  test('is not built when the balances are not the supply, by one wei', () => {
    const spec = loadSpec('devnet')
    for (const totalSupply of [spec.totalSupply - 1n, spec.totalSupply + 1n])
      assert.throws(() => buildGenesis({ ...spec, totalSupply }), /balances sum to 100000000000000000000000 wei/)
  })

  test('is not built when two contracts share an address', () => {
    const spec = loadSpec('mainnet')
    assert(spec.allocation !== undefined)
    const buckets = spec.allocation.buckets.map((bucket) =>
      bucket.vesting === undefined
        ? bucket
        : { ...bucket, vesting: { ...bucket.vesting, wallet: predeploys.vestingCommunity } },
    )
    const allocation = { ...spec.allocation, buckets }
    assert.throws(() => buildGenesis({ ...spec, allocation }), /two contracts at 0x42/)
  })

  test('takes other accounts for development', () => {
    const rich = `0x${'77'.repeat(20)}` as Address
    const spec = withAccounts(withSolo(loadSpec('devnet'), [devAddress]), [rich], 5n * open)
    assert.equal(buildAlloc(spec).get(rich)?.balance, 5n * open)
    assert.notEqual(buildGenesis(spec).hash, hashes.solo)
  })
})

describe('OPEN allocation', () => {
  for (const name of ['mainnet', 'testnet'] as const) {
    test(`${name} holds exactly 1e27 wei, by the table`, () => {
      const spec = loadSpec(name)
      const alloc = buildAlloc(spec)
      let sum = 0n
      for (const { balance } of alloc.values()) sum += balance
      assert.equal(sum, 10n ** 27n)
      assert.equal(supplyCap, 10n ** 27n)

      const table = spec.allocation?.buckets.map(({ name: bucket, total, liquid, vesting }) => [
        bucket,
        Number((total * 10_000n) / supplyCap) / 100,
        Number(liquid / open),
        vesting && [Number(vesting.cliffMonths), Number(vesting.linearMonths)],
      ])
      assert.deepEqual(table, [
        ['community', 51.71, 145_500_000, [0, 48]],
        ['investors', 18.29, 0, [12, 36]],
        ['team', 15, 0, [12, 36]],
        ['ecosystem', 10, 20_000_000, [0, 48]],
        ['liquidity', 5, 50_000_000, undefined],
      ])
      assert.equal(spec.allocation?.monthSec, 2_629_800n)

      const balanceOf = (address: Address) => (alloc.get(address)?.balance ?? 0n) / open
      assert.equal(balanceOf(predeploys.timelock), 215_500_000n)
      assert.equal(balanceOf(predeploys.vestingCommunity), 371_600_000n)
      assert.equal(balanceOf(predeploys.vestingInvestors), 182_900_000n)
      assert.equal(balanceOf(predeploys.vestingTeam), 150_000_000n)
      assert.equal(balanceOf(predeploys.vestingEcosystem), 80_000_000n)
    })
  }

  test('devnet has the predeploys but no vesting', () => {
    const alloc = buildAlloc(loadSpec('devnet'))
    const contracts = [...alloc].filter(([, { code }]) => code !== undefined).map(([address]) => address)
    const { vestingCommunity, vestingInvestors, vestingTeam, vestingEcosystem, ...present } = predeploys
    const expected = [
      ...Object.values(present),
      beaconRootsAddress,
      historyStorageAddress,
      ...Object.values(preinstalls),
      ...Object.values(protocol),
    ]
    assert.deepEqual(contracts.sort(), expected.sort())
    for (const address of contracts) assert.equal(alloc.get(address)?.nonce, 1n)
    for (const absent of [vestingCommunity, vestingInvestors, vestingTeam, vestingEcosystem])
      assert.equal(alloc.has(absent), false)
  })

  test('a vault starts with its recipient and minimum in storage', () => {
    const spec = loadSpec('mainnet')
    const storage = [...(buildAlloc(spec).get(predeploys.baseFeeVault)?.storage ?? [])]
    assert.deepEqual(
      storage.map(([slot, value]) => [BigInt(slot), bytesToHex(value)]),
      [
        [1n, spec.feeVaults.base.recipient],
        [2n, '0x0de0b6b3a7640000'],
      ],
    )
  })
})
