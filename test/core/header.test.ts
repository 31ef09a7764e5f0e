import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBlockHeaderFromRLP } from '@ethereumjs/block'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import fc from 'fast-check'
import { decodeHeader, encodeHeader, type Header, headerHash } from '../../core/header.ts'
import { bytesToHex } from '../../core/hex.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '../../core/rlp.ts'
import { bytes, header, mutation } from './arbitrary.ts'
import { check } from './random.ts'

test('a header decodes to what was encoded', (t) => {
  check(
    t,
    fc.property(header, (value) => {
      const decoded = decodeHeader(encodeHeader(value))
      assert.ok(decoded !== undefined)
      assert.deepEqual(normal(decoded), normal(value))
      assert.equal(headerHash(decoded), headerHash(value))
    }),
  )
})

test('accepts one encoding per header and refuses random bytes', (t) => {
  const property = fc.property(fc.oneof(mutation(header.map(encodeHeader)), bytes(700)), (raw) => {
    const decoded = decodeHeader(raw)
    if (decoded !== undefined) assert.deepEqual(encodeHeader(decoded), raw)
  })
  check(t, property, { numRuns: 2_000 })
})

test('hashes a header as another implementation does', (t) => {
  const common = new Common({ chain: Mainnet, hardfork: Hardfork.Prague })
  check(
    t,
    fc.property(header, (value) => {
      // What consensus fixes after the merge, and what that implementation checks.
      const fixed: Header = { ...value, difficulty: 0n, nonce: new Uint8Array(8), gasUsed: 0n, gasLimit: 30_000_000n }
      const other = createBlockHeaderFromRLP(encodeHeader(fixed), { common, skipConsensusFormatValidation: true })
      assert.equal(headerHash(fixed), bytesToHex(other.hash()))
    }),
    { numRuns: 50 },
  )
})

test('refuses a missing or additional field and every field of another width', () => {
  const [sample] = fc.sample(header, { seed: 1, numRuns: 1 })
  assert.ok(sample !== undefined)
  const items = decodeRlp(encodeHeader(sample))
  assert.ok(items !== undefined && !(items instanceof Uint8Array))
  assert.equal(decodeHeader(encodeRlp(items.slice(0, 20))), undefined)
  assert.equal(decodeHeader(encodeRlp([...items, new Uint8Array(32)])), undefined)
  for (const index of items.keys()) {
    const replaced = (value: RlpItem): Header | undefined => decodeHeader(encodeRlp(items.with(index, value)))
    assert.equal(replaced(new Uint8Array(33).fill(1)), undefined, `field ${index}: 33 bytes`)
    assert.equal(replaced([]), undefined, `field ${index}: list`)
    // All but the extra data have a fixed width or are numbers without leading zeros.
    if (index !== 12) assert.equal(replaced(Uint8Array.of(0, 1)), undefined, `field ${index}: leading zero`)
  }
  for (const index of [8, 9, 10, 11, 17, 18]) {
    assert.equal(
      decodeHeader(encodeRlp(items.with(index, new Uint8Array(9).fill(1)))),
      undefined,
      `field ${index}: u64`,
    )
  }
})

function normal(value: Header): Header {
  const { logsBloom, extraData, nonce } = value
  return {
    ...value,
    logsBloom: Uint8Array.from(logsBloom),
    extraData: Uint8Array.from(extraData),
    nonce: Uint8Array.from(nonce),
  }
}
