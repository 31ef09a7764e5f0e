import type { AbiParameter } from 'viem'
import { bytesToAddress, bytesToBigint, bytesToHash } from '../../core/hex.ts'

/**
 * Decodes ABI parameters strictly: exactly the encoding that Solidity's `abi.encode` makes, nothing else. Offsets point
 * to where the next tail begins, padding is zero, integers fit their type, booleans are 0 or 1, nothing trails.
 * Undefined for anything else. Work and memory are bounded by the input's size.
 */
export function decodeAbi(parameters: readonly AbiParameter[], data: Uint8Array): Record<string, unknown> | undefined {
  const end = { at: 0 }
  try {
    const value = decodeTuple(parameters, data, 0, end)
    return end.at === data.length ? value : undefined
  } catch (error) {
    if (error === malformed) return undefined
    throw error
  }
}

const malformed = new Error('malformed ABI data')
const wordBytes = 32

/** True if the value's place holds an offset instead of the value (Solidity ABI, "dynamic types"). */
export function isDynamic(parameter: AbiParameter): boolean {
  const { type } = parameter
  if (type.endsWith('[]') || type === 'bytes' || type === 'string') return true
  return type === 'tuple' && componentsOf(parameter).some(isDynamic)
}

/** Bytes that the value takes in its tuple's head. */
export function headBytes(parameter: AbiParameter): number {
  if (isDynamic(parameter) || parameter.type !== 'tuple') return wordBytes
  return componentsOf(parameter).reduce((sum, component) => sum + headBytes(component), 0)
}

export function componentsOf(parameter: AbiParameter): readonly AbiParameter[] {
  return (parameter as { readonly components?: readonly AbiParameter[] }).components ?? []
}

/** The parameter of one item of an array. */
export function itemOf(parameter: AbiParameter): AbiParameter {
  return { ...parameter, type: parameter.type.slice(0, -2) } as AbiParameter
}

/** `end.at` is where the next tail has to begin, relative to nothing: an index into `data`. */
type End = { at: number }

function decodeTuple(
  parameters: readonly AbiParameter[],
  data: Uint8Array,
  start: number,
  end: End,
): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  let head = start
  end.at = start + parameters.reduce((sum, parameter) => sum + headBytes(parameter), 0)
  if (end.at > data.length) throw malformed
  for (const parameter of parameters) {
    fields[parameter.name ?? ''] = decodeAt(parameter, data, start, head, end)
    head += headBytes(parameter)
  }
  return fields
}

/** The value whose head is at `head`, in the tuple or array that begins at `start`. */
function decodeAt(parameter: AbiParameter, data: Uint8Array, start: number, head: number, end: End): unknown {
  if (isDynamic(parameter)) {
    if (small(data, head) + start !== end.at) throw malformed
    return decodeTail(parameter, data, end.at, end)
  }
  if (parameter.type !== 'tuple') return decodeWord(parameter.type, wordAt(data, head))
  // A static tuple lies in the head itself; it has no tail.
  const tail = end.at
  const value = decodeTuple(componentsOf(parameter), data, head, end)
  end.at = tail
  return value
}

function decodeTail(parameter: AbiParameter, data: Uint8Array, at: number, end: End): unknown {
  if (parameter.type === 'tuple') return decodeTuple(componentsOf(parameter), data, at, end)
  const length = small(data, at)
  const first = at + wordBytes
  if (parameter.type.endsWith('[]')) return decodeArray(itemOf(parameter), length, data, first, end)
  const padded = Math.ceil(length / wordBytes) * wordBytes
  if (first + padded > data.length) throw malformed
  for (let i = first + length; i < first + padded; i++) if (data[i] !== 0) throw malformed
  end.at = first + padded
  return data.slice(first, first + length)
}

function decodeArray(item: AbiParameter, length: number, data: Uint8Array, start: number, end: End): unknown[] {
  const size = headBytes(item)
  if (length * size > data.length - start) throw malformed
  const items: unknown[] = []
  end.at = start + length * size
  for (let i = 0; i < length; i++) items.push(decodeAt(item, data, start, start + i * size, end))
  return items
}

function decodeWord(type: string, word: Uint8Array): unknown {
  if (type === 'bytes32') return bytesToHash(word)
  const size = type === 'address' ? 20 : type === 'bool' ? 1 : Number(type.slice(4)) / 8
  for (let i = 0; i < wordBytes - size; i++) if (word[i] !== 0) throw malformed
  const value = word.subarray(wordBytes - size)
  if (type === 'address') return bytesToAddress(value)
  if (type !== 'bool') return bytesToBigint(value)
  if (value[0]! > 1) throw malformed
  return value[0] === 1
}

/** An offset or a length: beyond 2^32 - 1 nothing fits. */
function small(data: Uint8Array, at: number): number {
  const word = wordAt(data, at)
  for (let i = 0; i < wordBytes - 4; i++) if (word[i] !== 0) throw malformed
  return Number(bytesToBigint(word.subarray(wordBytes - 4)))
}

function wordAt(data: Uint8Array, at: number): Uint8Array {
  if (at + wordBytes > data.length) throw malformed
  return data.subarray(at, at + wordBytes)
}
