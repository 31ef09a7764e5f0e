import { EVMError, type ExecResult, type PrecompileInput } from '@ethereumjs/evm'
import { emptyBytes } from '../../../core/hex.ts'

const inputBytes = 213

/**
 * Precompile 0x09 (EIP-152): the compression function of BLAKE2b with any number of rounds, at 1 gas each. In place of
 * the library's, which does 1.5 million rounds per second. Words of 64 bits are two of 32, low one first.
 */
export function blake2f({ data, gasLimit }: PrecompileInput): ExecResult {
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  if (data.length !== inputBytes || (data[212] as number) > 1) return outOfGas(gasLimit)
  const rounds = view.getUint32(0)
  if (BigInt(rounds) > gasLimit) return outOfGas(gasLimit)

  const v = new Int32Array(32)
  const m = new Int32Array(32)
  for (let at = 0; at < 16; at++) v[at] = view.getInt32(4 + 4 * at, true)
  v.set(iv, 16)
  for (let at = 0; at < 4; at++) v[24 + at] = (v[24 + at] as number) ^ view.getInt32(196 + 4 * at, true)
  if (data[212] === 1) {
    v[28] = ~(v[28] as number)
    v[29] = ~(v[29] as number)
  }
  for (let at = 0; at < 32; at++) m[at] = view.getInt32(68 + 4 * at, true)
  compress(v, m, rounds)

  const output = new Uint8Array(64)
  const out = new DataView(output.buffer)
  for (let at = 0; at < 16; at++) {
    const word = view.getInt32(4 + 4 * at, true) ^ (v[at] as number) ^ (v[at + 16] as number)
    out.setInt32(4 * at, word, true)
  }
  return { returnValue: output, executionGasUsed: BigInt(rounds) }
}

function outOfGas(gasLimit: bigint): ExecResult {
  const exceptionError = new EVMError(EVMError.errorMessages.OUT_OF_GAS)
  return { returnValue: emptyBytes, executionGasUsed: gasLimit, exceptionError }
}

function compress(v: Int32Array, m: Int32Array, rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    const order = (round % 10) * 16
    for (let step = 0; step < 8; step++) {
      mix(v, m, step * 4, sigma[order + 2 * step] as number, sigma[order + 2 * step + 1] as number)
    }
  }
}

/** G of RFC 7693 on the four words that `lanes` names from `step`, with message words x and y. */
function mix(v: Int32Array, m: Int32Array, step: number, x: number, y: number): void {
  const a = lanes[step] as number
  const b = lanes[step + 1] as number
  const c = lanes[step + 2] as number
  const d = lanes[step + 3] as number
  let al = v[a] as number
  let ah = v[a + 1] as number
  let bl = v[b] as number
  let bh = v[b + 1] as number
  let cl = v[c] as number
  let ch = v[c + 1] as number
  let dl = v[d] as number
  let dh = v[d + 1] as number

  let low = (al >>> 0) + (bl >>> 0) + ((m[x] as number) >>> 0)
  ah = (ah + bh + (m[x + 1] as number) + ((low / 0x1_0000_0000) | 0)) | 0
  al = low | 0
  // d = (d ^ a) >>> 32
  let swap = dl ^ al
  dl = dh ^ ah
  dh = swap
  low = (cl >>> 0) + (dl >>> 0)
  ch = (ch + dh + ((low / 0x1_0000_0000) | 0)) | 0
  cl = low | 0
  // b = (b ^ c) >>> 24
  bl ^= cl
  bh ^= ch
  swap = (bl >>> 24) | (bh << 8)
  bh = (bh >>> 24) | (bl << 8)
  bl = swap

  low = (al >>> 0) + (bl >>> 0) + ((m[y] as number) >>> 0)
  ah = (ah + bh + (m[y + 1] as number) + ((low / 0x1_0000_0000) | 0)) | 0
  al = low | 0
  // d = (d ^ a) >>> 16
  dl ^= al
  dh ^= ah
  swap = (dl >>> 16) | (dh << 16)
  dh = (dh >>> 16) | (dl << 16)
  dl = swap
  low = (cl >>> 0) + (dl >>> 0)
  ch = (ch + dh + ((low / 0x1_0000_0000) | 0)) | 0
  cl = low | 0
  // b = (b ^ c) >>> 63
  bl ^= cl
  bh ^= ch
  swap = (bl << 1) | (bh >>> 31)
  bh = (bh << 1) | (bl >>> 31)
  bl = swap

  v[a] = al
  v[a + 1] = ah
  v[b] = bl
  v[b + 1] = bh
  v[c] = cl
  v[c + 1] = ch
  v[d] = dl
  v[d + 1] = dh
}

/** Columns, then diagonals: the words each mix works on, as places of their low halves. */
const lanes = Uint8Array.from(
  [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15, 0, 5, 10, 15, 1, 6, 11, 12, 2, 7, 8, 13, 3, 4, 9, 14],
  (word) => 2 * word,
)

/** The order of message words in each of ten rounds (RFC 7693, section 2.7), as places of their low halves. */
const sigma = Uint8Array.from(
  [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
  ].flat(),
  (word) => 2 * word,
)

/** The initial value of BLAKE2b, low half first. */
const iv = Int32Array.of(
  ...[0xf3bcc908, 0x6a09e667, 0x84caa73b, 0xbb67ae85, 0xfe94f82b, 0x3c6ef372, 0x5f1d36f1, 0xa54ff53a],
  ...[0xade682d1, 0x510e527f, 0x2b3e6c1f, 0x9b05688c, 0xfb41bd6b, 0x1f83d9ab, 0x137e2179, 0x5be0cd19],
)
