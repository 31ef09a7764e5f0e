import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { Address } from '../../core/hex.ts'
import { chainNames, loadSpec, parseSpec } from '../../genesis/loadSpec.ts'
import type { ChainSpec } from '../../genesis/spec.ts'
import { withSolo } from '../../genesis/spec.ts'
import { encodeSpecFile } from '../../genesis/specFile.ts'

const address = (digit: string) => `0x${digit.repeat(40)}` as Address

describe('a chain spec file', () => {
  for (const name of chainNames) {
    test(`of ${name} is written as it was read`, () => {
      const file = readFileSync(new URL(`../../genesis/specs/${name}.json`, import.meta.url), 'utf8')
      assert.deepEqual(JSON.parse(encodeSpecFile(loadSpec(name))), JSON.parse(file))
      assert.equal(encodeSpecFile(loadSpec(name)), file)
    })
  }

  test('names the contracts on L1, and no hash where none is fixed', () => {
    const spec = loadSpec('devnet')
    const rollup = {
      inbox: address('1'),
      portal: address('2'),
      outputOracle: address('3'),
      validatorRegistry: address('4'),
      systemConfig: address('5'),
      standardBridge: address('6'),
      open: address('7'),
      multicall3: address('8'),
      unsafeSigner: address('9'),
      sidecars: 'eip7594',
      originDepth: 3n,
    } as const
    const deployed: ChainSpec = { ...spec, hash: undefined, l1: { ...spec.l1, rollup } }
    assert.deepEqual(parseSpec(JSON.parse(encodeSpecFile(deployed))), deployed)
  })

  test('cannot hold a development variant', () => {
    assert.throws(() => encodeSpecFile(withSolo(loadSpec('devnet'), [])), /no spec file/)
  })
})
