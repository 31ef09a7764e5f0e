import { bytesToBigint, bytesToHex } from '../../core/hex.ts'
import { failure, type RpcFailure } from '../errors.ts'

/** geth's failure for a revert: code 3, the data, and the reason where Solidity gave one. */
export function revertFailure(output: Uint8Array): RpcFailure {
  const reason = revertReason(output)
  return failure(
    'revert',
    reason === undefined ? 'execution reverted' : `execution reverted: ${reason}`,
    bytesToHex(output),
  )
}

/** The text of Solidity's `Error(string)` or the meaning of `Panic(uint256)`; undefined for anything else. */
export function revertReason(output: Uint8Array): string | undefined {
  const selector = bytesToHex(output.subarray(0, 4))
  const words = output.subarray(4)
  if (selector === '0x08c379a0') return decodeString(words)
  if (selector !== '0x4e487b71' || words.length !== 32) return undefined
  const code = bytesToBigint(words)
  return panics.get(code) ?? `unknown panic code: 0x${code.toString(16)}`
}

/** Solidity's panic codes in geth's words. */
const panics: ReadonlyMap<bigint, string> = new Map([
  [0x00n, 'generic panic'],
  [0x01n, 'assert(false)'],
  [0x11n, 'arithmetic underflow or overflow'],
  [0x12n, 'division or modulo by zero'],
  [0x21n, 'enum overflow'],
  [0x22n, 'invalid encoded storage byte array accessed'],
  [0x31n, 'out-of-bounds array access; popping on an empty array'],
  [0x32n, 'out-of-bounds access of an array or bytesN'],
  [0x41n, 'out of memory'],
  [0x51n, 'uninitialized function'],
])

/** ABI decoding of one string: offset 32, length, bytes. */
function decodeString(words: Uint8Array): string | undefined {
  if (words.length < 64 || bytesToBigint(words.subarray(0, 32)) !== 32n) return undefined
  const length = bytesToBigint(words.subarray(32, 64))
  if (length > BigInt(words.length - 64)) return undefined
  return Buffer.from(words.subarray(64, 64 + Number(length))).toString('utf8')
}
