import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type ParamName, paramNames } from '../../attribution/native/rules.ts'
import { NodeError } from '../../core/errors.ts'
import { devAccounts, devMnemonic } from '../../genesis/devAccounts.ts'
import { chainNames, loadSpec, parseSpec } from '../../genesis/loadSpec.ts'
import { rulesOf, withAccounts, withSolo } from '../../genesis/spec.ts'
import { devAddress } from '../../node/dev/setBalance.ts'

type Json = { [key: string]: Json | Json[] | string | number | boolean | undefined }

function specJson(name: string): Json {
  return JSON.parse(readFileSync(new URL(`../../genesis/specs/${name}.json`, import.meta.url), 'utf8')) as Json
}

function messageOf(json: unknown): string {
  try {
    parseSpec(json)
  } catch (error) {
    assert(error instanceof NodeError)
    assert.equal(error.code, 'bad_chain_spec')
    assert(!error.message.includes('\n'))
    return error.message
  }
  assert.fail('the spec was accepted')
}

/** Every object inside a value with its path. */
function objectsIn(value: unknown, path: readonly string[] = []): readonly (readonly [readonly string[], Json])[] {
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.entries(value).flatMap(([key, child]) => objectsIn(child, [...path, key]))
  return Array.isArray(value) ? inner : [[path, value as Json], ...inner]
}

describe('chain specs', () => {
  test('the three chains have their ids, gas limit and fee parameters', () => {
    const ids = chainNames.map((name) => [name, loadSpec(name).chainId])
    assert.deepEqual(ids, [
      ['mainnet', 1612n],
      ['testnet', 161201n],
      ['devnet', 31337n],
    ])
    for (const name of chainNames) {
      const { systemConfig, limits } = loadSpec(name)
      assert.equal(systemConfig.gasLimit, 8_000_000n)
      assert.equal(systemConfig.eip1559Elasticity, 8)
      assert.equal(systemConfig.eip1559Denominator, 56)
      assert.deepEqual(limits, {
        maxOriginAgeSec: 1_800n,
        maxOriginStep: 256n,
        sequencingWindow: 3_600n,
        forcedLag: 32n,
        maxBlockTxBytes: 600_000,
        maxBlockBytes: 2_097_152,
      })
    }
  })

  test('refuses an unknown field in every object and names its path', () => {
    for (const name of chainNames) {
      const paths = objectsIn(specJson(name)).map(([path]) => path)
      for (const path of paths.filter(([first]) => first !== 'accounts')) {
        const json = specJson(name)
        const target = objectsIn(json).find(([other]) => other.join() === path.join())
        assert(target !== undefined)
        target[1].surprise = 1
        assert.equal(messageOf(json), `chain spec: ${[...path, 'surprise'].join('.')}: unknown field`)
      }
    }
  })

  test('refuses a spec with any field missing and names its path', () => {
    const optional = new Set(['hash', 'allocation', 'vesting'])
    const json = specJson('mainnet')
    for (const [path, object] of objectsIn(json)) {
      for (const key of Object.keys(object).filter((name) => !optional.has(name))) {
        const value = object[key]
        delete object[key]
        assert.match(messageOf(json), new RegExp(`: ${[...path, key].join('\\.')}: missing`))
        object[key] = value
      }
    }
  })

  test('names the field and the reason for wrong values', () => {
    const cases: readonly [(json: Json) => void, string][] = [
      [(json) => Object.assign(json, { chainId: '31337' }), 'chainId: '],
      [(json) => Object.assign(json.fees as Json, { minBaseFee: 1 }), 'fees.minBaseFee: '],
      [(json) => Object.assign(json.fees as Json, { minBaseFee: '01' }), 'fees.minBaseFee: expected wei'],
      [(json) => Object.assign(json.fees as Json, { maxFloorFee: '5' }), 'fees: minBaseFee is more than maxFloorFee'],
      [
        (json) => Object.assign(json.limits as Json, { sequencingWindow: 32 }),
        'limits: forcedLag is not below sequencingWindow',
      ],
      [(json) => Object.assign(json.systemConfig as Json, { gasLimit: 1 }), 'systemConfig.gasLimit: '],
      [(json) => Object.assign(json, { forks: [] }), 'forks: must begin with genesis at 0'],
      [(json) => Object.assign(json, { timestamp: 5 }), 'timestamp: before the time of the L1 origin'],
      [(json) => Object.assign(json, { timestamp: 1735691401 }), 'timestamp: more than limits.maxOriginAgeSec'],
      [(json) => Object.assign(json.accounts as Json, { '0x12': '1' }), 'accounts: every key must be an address'],
      [(json) => Object.assign(json, { totalSupply: `1${'0'.repeat(26)}1` }), 'totalSupply: above the cap'],
    ]
    for (const [change, expected] of cases) {
      const json = specJson('devnet')
      change(json)
      assert(messageOf(json).startsWith(`chain spec: ${expected}`), messageOf(json))
    }
  })

  test('no parameter may ever exceed what the protocol keeps of it, no time of governance 32 bits', () => {
    const ceilings: Readonly<Record<string, bigint>> = {
      ...Object.fromEntries(paramNames.map((name) => [name, 2n ** 96n - 1n])),
      ...Object.fromEntries(paramNames.filter((name) => name.endsWith('Sec')).map((name) => [name, 2n ** 32n - 1n])),
      specificBps: 10_000n,
      slashFloorBps: 10_000n,
      slashMultiple: 65_535n,
    }
    for (const [name, ceiling] of Object.entries(ceilings)) {
      const json = specJson('devnet')
      const { params } = json.attribution as { params: Record<string, Json> }
      Object.assign(params[name] as Json, { max: `${ceiling}` })
      assert.equal(parseSpec(json).attribution.params[name as ParamName].max, ceiling)
      Object.assign(params[name] as Json, { max: `${ceiling + 1n}` })
      assert.equal(messageOf(json), `chain spec: attribution.params.${name}: max is above ${ceiling}`)
    }
    for (const name of ['weekSec', 'timelockDelaySec', 'courtDelaySec', 'votingDelaySec', 'votingPeriodSec']) {
      const json = specJson('devnet')
      Object.assign(json.attribution as Json, { [name]: 2 ** 32 })
      assert.match(messageOf(json), new RegExp(`attribution.${name}: `))
    }
  })

  test('any JSON gives a spec or one line, never another error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert(messageOf(value).length > 0)
      }),
      { seed: 1612, numRuns: 200 },
    )
  })

  test('a file that is missing or not JSON is refused with its name', () => {
    assert.throws(() => loadSpec('/no/such/chain.json'), /chain spec \/no\/such\/chain.json cannot be read/)
    assert.throws(() => loadSpec(import.meta.filename), /spec.test.ts is not JSON/)
  })

  test('a scheduled fork that is not known is kept apart from the rules', () => {
    const json = specJson('devnet')
    json.forks = [...(json.forks as Json[]), { name: 'later', timestamp: 1_800_000_000 }]
    const spec = parseSpec(json)
    assert.deepEqual(
      rulesOf(spec).forks.map(({ name }) => name),
      ['genesis'],
    )
    assert.deepEqual(rulesOf(spec).unknownFork, { name: 'later', timestamp: 1_800_000_000n })
    assert.equal(rulesOf(loadSpec('devnet')).unknownFork, undefined)
  })

  test('only solo mode allows impersonation and 30 M gas', () => {
    const spec = loadSpec('devnet')
    assert.equal(rulesOf(spec).impersonation, false)
    assert.equal(rulesOf(withSolo(spec, [devAddress])).impersonation, true)
    assert.equal(withSolo(spec, [devAddress]).systemConfig.gasLimit, 30_000_000n)
  })
})

describe('development accounts', () => {
  test('are those of the well-known mnemonic, with 10,000 OPEN each', () => {
    const { accounts, totalSupply } = loadSpec('devnet')
    const derived = devAccounts(devMnemonic, 10).map(({ address }) => address)
    assert.equal(derived[0], '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266')
    assert.deepEqual([...accounts.keys()], derived)
    assert.deepEqual(new Set(accounts.values()), new Set([10_000n * 10n ** 18n]))
    assert.equal(totalSupply, 100_000n * 10n ** 18n)
  })

  test('can be replaced, and the supply follows', () => {
    const [first, second] = devAccounts(devMnemonic, 2)
    assert(first !== undefined && second !== undefined)
    const spec = withAccounts(loadSpec('devnet'), [second.address], 7n)
    assert.deepEqual([...spec.accounts], [[second.address, 7n]])
    assert.equal(spec.totalSupply, 7n)
  })

  test('a mnemonic with a wrong checksum is refused', () => {
    assert.throws(() => devAccounts('test test test', 1), { code: 'bad_mnemonic' })
    assert.throws(() => devAccounts(devMnemonic.replace('junk', 'test'), 1), { code: 'bad_mnemonic' })
  })
})
