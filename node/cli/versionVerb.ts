import { readVersion } from '../version.ts'
import { exitCodes } from './exit.ts'
import type { Context } from './verb.ts'

/** `openledger version`: version, commit and runtime. */
export async function version({ out }: Context): Promise<number> {
  const { version, commit, client } = readVersion()
  const built = commit === undefined ? '' : ` (${commit})`
  const text = `openledger ${version}${built}, node ${process.versions.node}, ${process.platform}-${process.arch}`
  out.result(text, { version, commit, client, node: process.versions.node })
  return exitCodes.ok
}
