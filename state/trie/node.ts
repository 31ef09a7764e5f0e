import { emptyBytes } from '../../core/hex.ts'
import { compactLength, type Path, readCompact, writeCompact } from './path.ts'

// Hot path: nodes are read and written by offset; children stay bytes.

/**
 * How a node is named inside its parent: 32 bytes are the hash of its RLP, fewer are the RLP itself (a node shorter
 * than a hash is inlined), none is no node.
 */
export type Ref = Uint8Array

export type Leaf = { readonly kind: 'leaf'; readonly path: Path; readonly value: Uint8Array }
export type Extension = { readonly kind: 'extension'; readonly path: Path; readonly child: Ref }
/** Sixteen children; `value` belongs to the key that ends here. */
export type Branch = {
  readonly kind: 'branch'
  readonly children: readonly Ref[]
  readonly value: Uint8Array | undefined
}

/** A node of a Merkle Patricia trie (Yellow Paper, appendix D). */
export type TrieNode = Leaf | Extension | Branch

/** The RLP of a node. */
export function encodeNode(node: TrieNode): Uint8Array {
  if (node.kind === 'branch') return encodeBranch(node)
  const isLeaf = node.kind === 'leaf'
  const pathLength = compactLength(node.path)
  const pathSize = pathLength === 1 ? 1 : 1 + pathLength
  const size = pathSize + (isLeaf ? stringSize(node.value) : refSize(node.child))
  const raw = new Uint8Array(headSize(size) + size)
  let at = writeHead(raw, 0, 0xc0, size)
  // A compact path is at most 33 bytes and its first byte is below 0x80.
  if (pathLength > 1) raw[at++] = 0x80 + pathLength
  writeCompact(raw, at, node.path, isLeaf)
  at += pathLength
  if (isLeaf) writeString(raw, at, node.value)
  else writeRef(raw, at, node.child)
  return raw
}

function encodeBranch({ children, value }: Branch): Uint8Array {
  let size = value === undefined ? 1 : stringSize(value)
  for (let nibble = 0; nibble < 16; nibble++) size += refSize(children[nibble]!)
  const raw = new Uint8Array(headSize(size) + size)
  let at = writeHead(raw, 0, 0xc0, size)
  for (let nibble = 0; nibble < 16; nibble++) at = writeRef(raw, at, children[nibble]!)
  if (value === undefined) raw[at] = 0x80
  else writeString(raw, at, value)
  return raw
}

/** The node with this RLP, which the caller has checked against its hash; its parts are views. */
export function decodeNode(raw: Uint8Array): TrieNode {
  const start = headLength(raw, 0)
  const second = itemEnd(raw, start)
  const end = itemEnd(raw, second)
  if (end !== raw.length) return decodeBranch(raw, start)
  const pathStart = start + headLength(raw, start)
  const path = readCompact(raw, pathStart, second)
  return (raw[pathStart]! & 0x20) === 0
    ? { kind: 'extension', path, child: refAt(raw, second, end) }
    : { kind: 'leaf', path, value: raw.subarray(second + headLength(raw, second), end) }
}

function decodeBranch(raw: Uint8Array, start: number): Branch {
  const children: Ref[] = []
  let at = start
  for (let nibble = 0; nibble < 16; nibble++) {
    const end = itemEnd(raw, at)
    children.push(refAt(raw, at, end))
    at = end
  }
  return { kind: 'branch', children, value: raw[at] === 0x80 ? undefined : raw.subarray(at + headLength(raw, at)) }
}

/** The reference that is the RLP item from `start` to `end`. */
export function refAt(raw: Uint8Array, start: number, end: number): Ref {
  const first = raw[start]!
  if (first === 0x80) return emptyBytes
  return raw.subarray(first === 0xa0 ? start + 1 : start, end)
}

/** Bytes before the payload of the RLP item at `at`. */
export function headLength(raw: Uint8Array, at: number): number {
  const first = raw[at]!
  if (first < 0x80) return 0
  if (first < 0xc0) return first < 0xb8 ? 1 : 1 + first - 0xb7
  return first < 0xf8 ? 1 : 1 + first - 0xf7
}

/** Where the RLP item at `at` ends. */
export function itemEnd(raw: Uint8Array, at: number): number {
  const first = raw[at]!
  if (first < 0x80) return at + 1
  const base = first < 0xc0 ? 0x80 : 0xc0
  if (first - base < 56) return at + 1 + first - base
  let length = 0
  const size = first - base - 55
  for (let place = 1; place <= size; place++) length = length * 0x100 + raw[at + place]!
  return at + 1 + size + length
}

function refSize(ref: Ref): number {
  return ref.length === 32 ? 33 : ref.length === 0 ? 1 : ref.length
}

function writeRef(raw: Uint8Array, at: number, ref: Ref): number {
  const { length } = ref
  if (length === 0) raw[at++] = 0x80
  else if (length === 32) raw[at++] = 0xa0
  for (let place = 0; place < length; place++) raw[at + place] = ref[place]!
  return at + length
}

/** Bytes of the RLP of a byte string. */
export function stringSize(value: Uint8Array): number {
  return value.length === 1 && value[0]! < 0x80 ? 1 : headSize(value.length) + value.length
}

/** Writes the RLP of a byte string. */
export function writeString(raw: Uint8Array, at: number, value: Uint8Array): void {
  raw.set(value, value.length === 1 && value[0]! < 0x80 ? at : writeHead(raw, at, 0x80, value.length))
}

function headSize(length: number): number {
  return length < 56 ? 1 : 1 + lengthBytes(length)
}

function lengthBytes(length: number): number {
  return length < 0x100 ? 1 : length < 0x10000 ? 2 : length < 0x1000000 ? 3 : 4
}

function writeHead(raw: Uint8Array, at: number, base: number, length: number): number {
  if (length < 56) {
    raw[at] = base + length
    return at + 1
  }
  const bytes = lengthBytes(length)
  raw[at++] = base + 55 + bytes
  for (let shift = 8 * (bytes - 1); shift >= 0; shift -= 8) raw[at++] = (length >> shift) & 0xff
  return at
}
