import { z } from 'zod'
import type { Hash } from '../../../core/hex.ts'

/** 32 bytes in a file of ours. */
export const hash = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/, 'an id has 0x and 64 hex digits')
  .transform((text) => text as Hash)
