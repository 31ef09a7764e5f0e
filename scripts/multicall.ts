import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { multicall3Abi } from 'viem'
import type { CompiledContract } from '../genesis/loadContract.ts'

/**
 * Multicall3 as viem carries it: creation code whose constructor only returns the runtime code that follows it.
 * It is the published source compiled without the optimizer, so its code hash is not the one on Ethereum.
 */
export async function packagedMulticall(): Promise<CompiledContract> {
  const entry = fileURLToPath(import.meta.resolve('viem'))
  const constants = pathToFileURL(join(dirname(entry), 'constants', 'contracts.js')).href
  const { multicall3Bytecode } = (await import(constants)) as { multicall3Bytecode: string }
  const match = /^0x608060405234801561001057600080fd5b5061([0-9a-f]{4})806100206000396000f3fe(.*)$/.exec(
    multicall3Bytecode,
  )
  const [, length, runtime] = match ?? []
  if (length === undefined || runtime?.length !== Number.parseInt(length, 16) * 2)
    throw new Error('the installed viem carries another form of Multicall3 than expected')
  return { source: 'npm:viem', abi: multicall3Abi, creation: multicall3Bytecode, runtime: `0x${runtime}`, storage: [] }
}
