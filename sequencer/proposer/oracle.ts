import { decodeFunctionResult, encodeFunctionData } from 'viem'
import { NodeError } from '../../core/errors.ts'
import { type Address, bytesToHex, type Hash, hexToBytes } from '../../core/hex.ts'
import { outputOracleAbi } from '../../l1/abi.ts'
import type { L1Wallet } from '../../l1/wallet.ts'

/** The newest output on L1. */
export type OracleOutput = {
  readonly index: bigint
  readonly outputRoot: Hash
  readonly l2Block: bigint
  readonly l1Block: bigint
}

/** What a proposal has to say. */
export type Proposal = {
  readonly outputRoot: Hash
  readonly l2Block: bigint
  readonly l1Block: bigint
  readonly l1Hash: Hash
}

/** The OutputOracle as its proposer sees it. Throws NodeError `oracle_unreadable` (retry) if it does not answer. */
export type Oracle = {
  latest(): Promise<OracleOutput>
  /** The earliest time of the next output, in Unix seconds. */
  nextTimestamp(): Promise<bigint>
  proposer(): Promise<Address>
  /** What an account has deposited, and what a proposer must have, in wei. */
  bondOf(account: Address): Promise<bigint>
  requiredBond(): Promise<bigint>
  openChallenges(): Promise<bigint>
}

export function createOracle(address: Address, wallet: Pick<L1Wallet, 'call'>): Oracle {
  function unreadable(functionName: string, cause?: unknown): NodeError {
    const message = `the output oracle ${address} on L1 does not answer ${functionName}`
    const fix = 'check the L1 node, and the addresses in the chain spec'
    return new NodeError({ code: 'oracle_unreadable', severity: 'retry', message, fix }, { cause })
  }

  /** Calls a function and decodes what it returns: an L1 node may answer anything. */
  async function read<T>(functionName: string, data: `0x${string}`, decode: (output: `0x${string}`) => T): Promise<T> {
    const output = await wallet.call({ to: address, data: hexToBytes(data) })
    if (output === undefined || output.length === 0) throw unreadable(functionName)
    try {
      return decode(bytesToHex(output))
    } catch (cause) {
      throw unreadable(functionName, cause)
    }
  }

  async function number(functionName: NumberName): Promise<bigint> {
    const call = encodeFunctionData({ abi: outputOracleAbi, functionName })
    return read(functionName, call, (data) => decodeFunctionResult({ abi: outputOracleAbi, functionName, data }))
  }

  return {
    async latest() {
      const index = await number('latestOutputIndex')
      const output = { abi: outputOracleAbi, functionName: 'getL2Output', args: [index] } as const
      const place = { abi: outputOracleAbi, functionName: 'outputL1Block', args: [index] } as const
      const [{ outputRoot, l2BlockNumber }, [l1Block]] = await Promise.all([
        read('getL2Output', encodeFunctionData(output), (data) => decodeFunctionResult({ ...output, data })),
        read('outputL1Block', encodeFunctionData(place), (data) => decodeFunctionResult({ ...place, data })),
      ])
      return { index, outputRoot: outputRoot as Hash, l2Block: l2BlockNumber, l1Block }
    },
    nextTimestamp: () => number('nextOutputTimestamp'),
    requiredBond: () => number('BOND'),
    openChallenges: () => number('openChallenges'),
    async proposer() {
      const call = { abi: outputOracleAbi, functionName: 'PROPOSER' } as const
      const found = await read('PROPOSER', encodeFunctionData(call), (data) => decodeFunctionResult({ ...call, data }))
      return found.toLowerCase() as Address
    },
    async bondOf(account) {
      const call = { abi: outputOracleAbi, functionName: 'bondOf', args: [account] } as const
      return read('bondOf', encodeFunctionData(call), (data) => decodeFunctionResult({ ...call, data }))
    },
  }
}

type NumberName = 'latestOutputIndex' | 'nextOutputTimestamp' | 'BOND' | 'openChallenges'

/** Call data of a proposal. */
export function proposalData({ outputRoot, l2Block, l1Hash, l1Block }: Proposal): Uint8Array {
  const args = [outputRoot, l2Block, l1Hash, l1Block] as const
  return hexToBytes(encodeFunctionData({ abi: outputOracleAbi, functionName: 'proposeL2Output', args }))
}
