import { randomBytes } from 'node:crypto'
import type { Hex } from '../core/hex.ts'
import { bytesToHex } from '../core/hex.ts'

/** An identifier of a filter or subscription: nobody can guess another one's. */
export function randomId(): Hex {
  return bytesToHex(randomBytes(16))
}
