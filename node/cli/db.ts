import { exitCodes } from './exit.ts'
import type { Context } from './verb.ts'
export async function dbStats(_context: Context): Promise<number> {
  return exitCodes.failed
}
export async function dbVerify(_context: Context): Promise<number> {
  return exitCodes.failed
}
