import type { Hex } from './hex.ts'

/** A value that JSON can carry. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export type JsonObject = { readonly [key: string]: Json }

/** A number as JSON-RPC writes it: hex without leading zeros, zero as 0x0. */
export function toQuantity(value: bigint | number): Hex {
  return `0x${value.toString(16)}`
}
