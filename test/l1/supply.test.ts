import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { buildGenesis } from '../../genesis/buildGenesis.ts'
import { loadSpec } from '../../genesis/loadSpec.ts'
import { checkSupply, type Supply, sumBalances, sumMints } from '../../l1/supply.ts'

const amount = fc.bigInt(0n, 10n ** 27n)

/** Two layers on which any number of things happened, none of them wrong. */
const sound = fc
  .record({
    genesisSupply: amount,
    minted: amount,
    arriving: amount,
    part: fc.nat(100),
    burnt: fc.nat(100),
    paid: fc.nat(100),
  })
  .map(({ genesisSupply, minted, arriving, part, burnt, paid }): Supply => {
    const destroyed = ((genesisSupply + minted) * BigInt(burnt)) / 100n
    const balances = genesisSupply + minted - destroyed
    const withdrawn = (balances * BigInt(part)) / 100n
    const finalized = (withdrawn * BigInt(paid)) / 100n
    const escrowed = genesisSupply + minted + arriving - finalized
    return { genesisSupply, minted, arriving, balances, destroyed, withdrawn, finalized, escrowed }
  })

describe('supply', () => {
  test('is conserved whatever was deposited, withdrawn and destroyed', () => {
    fc.assert(
      fc.property(sound, (supply) => {
        assert.equal(checkSupply(supply), undefined)
        const { balances, withdrawn, finalized, arriving, destroyed, escrowed } = supply
        assert.equal(escrowed, balances - withdrawn + (withdrawn - finalized) + arriving + destroyed)
      }),
      { seed: 900, numRuns: 500 },
    )
  })

  test('one wei more or less anywhere is a fault', () => {
    const names = ['genesisSupply', 'minted', 'arriving', 'balances', 'destroyed', 'finalized', 'escrowed'] as const
    fc.assert(
      fc.property(sound, fc.constantFrom(...names), fc.constantFrom(1n, -1n), (supply, name, off) => {
        assert.notEqual(checkSupply({ ...supply, [name]: supply[name] + off }), undefined)
      }),
      { seed: 901, numRuns: 500 },
    )
  })

  test('more paid out than was withdrawn is a fault, even if the sums agree', () => {
    const supply = { genesisSupply: 100n, minted: 0n, arriving: 0n, balances: 100n, destroyed: 0n }
    assert.equal(checkSupply({ ...supply, withdrawn: 10n, finalized: 10n, escrowed: 90n }), undefined)
    assert.deepEqual(checkSupply({ ...supply, withdrawn: 10n, finalized: 11n, escrowed: 89n }), {
      code: 'unbacked_withdrawals',
      expected: 10n,
      got: 11n,
    })
  })

  test('is read from a state and from deposits', () => {
    const spec = loadSpec('devnet')
    const { nodes, stateRoot } = buildGenesis(spec)
    assert.equal(
      sumBalances((hash) => nodes.get(hash)!, stateRoot),
      spec.totalSupply,
    )
    assert.equal(sumMints([{ mint: 3n }, { mint: 0n }, { mint: 4n }]), 7n)
    assert.equal(sumMints([]), 0n)
  })
})
