import { type Abi, encodeDeployData, encodeFunctionData } from 'viem'
import { bytesToHex, type Hex } from '../../core/hex.ts'
import { loadContract } from '../../genesis/loadContract.ts'
import { request } from './devNode.ts'

const contract = loadContract('RpcProbe')
export const probeAbi: Abi = contract.abi

/** Deploys the probe from a development account; its address. */
export async function deployProbe(url: string, from: string, first = 7n): Promise<Hex> {
  const data = probeCreation(first)
  const hash = await request(url, 'eth_sendTransaction', [{ from, data }])
  const receipt = await request<{ contractAddress: Hex }>(url, 'eth_getTransactionReceipt', [hash])
  return receipt.contractAddress
}

export function probeCreation(first: bigint): Hex {
  return encodeDeployData({ abi: probeAbi, bytecode: bytesToHex(contract.creation), args: [first] })
}

/** Calldata of one of the probe's functions. */
export function probeCall(functionName: string, ...args: readonly unknown[]): Hex {
  return encodeFunctionData({ abi: probeAbi, functionName, args })
}

/** The probe's code without its constructor. */
export const probeRuntime: Hex = bytesToHex(contract.runtime)
