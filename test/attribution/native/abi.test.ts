import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type AbiParameter, encodeAbiParameters } from 'viem'
import { decodeAbi } from '../../../attribution/native/decode.ts'
import { encodeAbi } from '../../../attribution/native/encode.ts'
import { protocolDefinitions } from '../../../attribution/protocol.ts'
import { bytesToHex, type Hex, hexToBytes } from '../../../core/hex.ts'

const seed = 20_261_120

/** Random parameter lists over all types the protocol uses, nested two deep. */
const leafType = fc.constantFrom(
  'uint8',
  'uint40',
  'uint96',
  'uint256',
  'address',
  'bool',
  'bytes32',
  'bytes',
  'string',
)
function parameters(depth: number): fc.Arbitrary<readonly AbiParameter[]> {
  return fc
    .array(parameter(depth), { minLength: depth === 2 ? 0 : 1, maxLength: 4 })
    .map((list) => list.map((item, index) => ({ ...item, name: `p${index}` })))
}
function parameter(depth: number): fc.Arbitrary<AbiParameter> {
  const plain = fc.tuple(leafType, fc.boolean()).map(([type, array]) => ({ type: array ? `${type}[]` : type }))
  if (depth === 0) return plain as fc.Arbitrary<AbiParameter>
  const tuple = fc
    .tuple(parameters(depth - 1), fc.boolean())
    .map(([components, array]) => ({ type: array ? 'tuple[]' : 'tuple', components }))
  return fc.oneof(plain, tuple) as fc.Arbitrary<AbiParameter>
}

type Values = Record<string, unknown>
const hexOf = (bytes: number) => fc.uint8Array({ minLength: bytes, maxLength: bytes }).map(bytesToHex)

function valueOfType(parameter: AbiParameter): fc.Arbitrary<unknown> {
  const { type } = parameter
  if (type.endsWith('[]')) {
    return fc.array(valueOfType({ ...parameter, type: type.slice(0, -2) } as AbiParameter), { maxLength: 3 })
  }
  if (type === 'tuple') return valuesOf((parameter as { components: readonly AbiParameter[] }).components)
  if (type === 'bytes') return fc.uint8Array({ maxLength: 70 })
  if (type === 'string') return fc.string({ maxLength: 40 }).map((text) => new TextEncoder().encode(text))
  if (type === 'bytes32') return hexOf(32)
  if (type === 'address') return hexOf(20)
  if (type === 'bool') return fc.boolean()
  return fc.bigInt({ min: 0n, max: 2n ** BigInt(type.slice(4)) - 1n })
}
function valuesOf(list: readonly AbiParameter[]): fc.Arbitrary<Values> {
  return fc.record(Object.fromEntries(list.map((item) => [item.name ?? '', valueOfType(item)])), {
    noNullPrototype: true,
  })
}
const cases = parameters(2).chain((list) => fc.tuple(fc.constant(list), valuesOf(list)))

/** The same values as viem takes them. */
function forViem(parameter: AbiParameter, value: unknown): unknown {
  const { type } = parameter
  if (type.endsWith('[]')) {
    return (value as unknown[]).map((item) => forViem({ ...parameter, type: type.slice(0, -2) } as AbiParameter, item))
  }
  if (type === 'tuple') {
    const { components } = parameter as { components: readonly AbiParameter[] }
    return Object.fromEntries(components.map((item) => [item.name, forViem(item, (value as Values)[item.name ?? ''])]))
  }
  if (type === 'bytes') return bytesToHex(value as Uint8Array)
  if (type === 'string') return new TextDecoder().decode(value as Uint8Array)
  return type.startsWith('uint') && Number(type.slice(4)) <= 48 ? Number(value) : value
}

describe('ABI codec', () => {
  test('encodes as viem does and decodes what it encoded', () => {
    fc.assert(
      fc.property(cases, ([list, values]) => {
        const encoded = encodeAbi(list, values)
        const reference = encodeAbiParameters(
          list,
          list.map((item) => forViem(item, values[item.name ?? ''])),
        )
        assert.equal(bytesToHex(encoded), reference)
        assert.deepEqual(decodeAbi(list, encoded), values)
      }),
      { numRuns: 400, seed },
    )
  })

  test('accepts no second encoding of anything: what decodes encodes back to the same bytes', () => {
    let accepted = 0
    fc.assert(
      fc.property(cases, fc.nat(), fc.nat(255), ([list, values], at, byte) => {
        const encoded = encodeAbi(list, values)
        if (encoded.length === 0) return
        const changed = encoded.slice()
        changed[at % changed.length] = byte
        const decoded = decodeAbi(list, changed)
        if (decoded === undefined) return
        accepted++
        assert.equal(bytesToHex(encodeAbi(list, decoded)), bytesToHex(changed))
      }),
      { numRuns: 1_500, seed },
    )
    assert(accepted > 100)
  })

  test('refuses every truncation, any trailing byte, and every offset that is not the next tail', () => {
    for (const { abi, input } of sampleInputs()) {
      assert.notEqual(decodeAbi(abi, input), undefined)
      for (let length = 0; length < input.length; length++)
        assert.equal(decodeAbi(abi, input.subarray(0, length)), undefined)
      assert.equal(decodeAbi(abi, Uint8Array.of(...input, 0)), undefined)
      assert.equal(decodeAbi(abi, Uint8Array.of(...input, ...new Uint8Array(32))), undefined)
    }
  })

  test('refuses huge lengths and offsets without reserving memory', () => {
    const abi = [{ name: 'list', type: 'tuple[]', components: [{ name: 'a', type: 'bytes' }] }] as const
    const word = (value: bigint) => value.toString(16).padStart(64, '0')
    const hostile = [
      word(32n) + word(2n ** 32n - 1n),
      word(32n) + word(2n ** 255n),
      word(2n ** 255n) + word(0n),
      word(0n) + word(0n),
      word(32n) + word(1n) + word(32n) + word(2n ** 31n),
    ]
    for (const hex of hostile) assert.equal(decodeAbi(abi, hexToBytes(`0x${hex}` as Hex)), undefined)
  })

  test('refuses dirty bits in every type', () => {
    for (const [type, dirty] of [
      ['address', '01'.padEnd(64, '0')],
      ['bool', '2'.padStart(64, '0')],
      ['uint96', `1${'0'.repeat(24)}`.padStart(64, '0')],
      ['uint8', '100'.padStart(64, '0')],
    ] as const)
      assert.equal(decodeAbi([{ name: 'x', type }], hexToBytes(`0x${dirty}`)), undefined, type)
  })
})

/** One encoding of zeros (with one item in each array) for every function of the protocol. */
function sampleInputs(): { readonly abi: readonly AbiParameter[]; readonly input: Uint8Array }[] {
  const sample = (parameter: AbiParameter): unknown => {
    const { type } = parameter
    if (type.endsWith('[]')) return [sample({ ...parameter, type: type.slice(0, -2) } as AbiParameter)]
    if (type === 'tuple') {
      const { components } = parameter as { components: readonly AbiParameter[] }
      return Object.fromEntries(components.map((item) => [item.name, sample(item)]))
    }
    if (type === 'bytes' || type === 'string') return Uint8Array.of(1, 2, 3)
    if (type === 'bytes32') return `0x${'ab'.repeat(32)}`
    if (type === 'address') return `0x${'cd'.repeat(20)}`
    return type === 'bool' ? true : 1n
  }
  return protocolDefinitions.flatMap(({ functions }) =>
    [...functions.values()].map(({ abi }) => {
      const values = Object.fromEntries(abi.inputs.map((item) => [item.name, sample(item)]))
      return { abi: abi.inputs, input: encodeAbi(abi.inputs, values) }
    }),
  )
}
