import type { AbiParameter } from 'viem'
import { assert } from '../../core/errors.ts'
import { bigintToFixed, concatBytes, type Hex, hexToBytes } from '../../core/hex.ts'
import { componentsOf, headBytes, isDynamic, itemOf } from './decode.ts'

/** Encodes values as Solidity's `abi.encode` does. The values are of the parameters' types (see `AbiValue`). */
export function encodeAbi(parameters: readonly AbiParameter[], values: Readonly<Record<string, unknown>>): Uint8Array {
  return encodeList(parameters, (parameter) => values[parameter.name ?? ''])
}

const wordBytes = 32

function encodeList(parameters: readonly AbiParameter[], pick: (p: AbiParameter, i: number) => unknown): Uint8Array {
  const heads: Uint8Array[] = []
  const tails: Uint8Array[] = []
  let tailAt = parameters.reduce((sum, parameter) => sum + headBytes(parameter), 0)
  for (const [index, parameter] of parameters.entries()) {
    const encoded = encodeValue(parameter, pick(parameter, index))
    if (!isDynamic(parameter)) {
      heads.push(encoded)
      continue
    }
    heads.push(bigintToFixed(BigInt(tailAt), wordBytes))
    tails.push(encoded)
    tailAt += encoded.length
  }
  return concatBytes(...heads, ...tails)
}

function encodeValue(parameter: AbiParameter, value: unknown): Uint8Array {
  const { type } = parameter
  if (type.endsWith('[]')) {
    const items = value as readonly unknown[]
    const item = itemOf(parameter)
    const body = encodeList(
      items.map(() => item),
      (_, index) => items[index],
    )
    return concatBytes(bigintToFixed(BigInt(items.length), wordBytes), body)
  }
  if (type === 'tuple') return encodeAbi(componentsOf(parameter), value as Record<string, unknown>)
  if (type === 'bytes' || type === 'string') return encodeBytes(value as Uint8Array)
  if (type === 'bytes32') return hexToBytes(value as Hex)
  if (type === 'address') return bigintToFixed(BigInt(value as Hex), wordBytes)
  if (type === 'bool') return bigintToFixed(value === true ? 1n : 0n, wordBytes)
  const number = value as bigint
  assert(number >= 0n && number < 1n << BigInt(type.slice(4)), 'integer out of its ABI type')
  return bigintToFixed(number, wordBytes)
}

function encodeBytes(bytes: Uint8Array): Uint8Array {
  const padding = (wordBytes - (bytes.length % wordBytes)) % wordBytes
  return concatBytes(bigintToFixed(BigInt(bytes.length), wordBytes), bytes, new Uint8Array(padding))
}
