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
  async function read(functionName: ReadName, data: `0x${string}`): Promise<`0x${string}`> {
    const output = await wallet.call({ to: address, data: hexToBytes(data) })
    if (output !== undefined && output.length > 0) return bytesToHex(output)
    throw new NodeError({
      code: 'oracle_unreadable',
      severity: 'retry',
      message: `the output oracle ${address} on L1 does not answer ${functionName}`,
      fix: 'check the L1 node, and the addresses in the chain spec',
    })
  }

  async function number(functionName: NumberName): Promise<bigint> {
    const data = encodeFunctionData({ abi: outputOracleAbi, functionName })
    return decodeFunctionResult({ abi: outputOracleAbi, functionName, data: await read(functionName, data) })
  }

  return {
    async latest() {
      const index = await number('latestOutputIndex')
      const args = [index] as const
      const [proposal, l1Block] = await Promise.all([
        read('getL2Output', encodeFunctionData({ abi: outputOracleAbi, functionName: 'getL2Output', args })),
        read('outputL1Block', encodeFunctionData({ abi: outputOracleAbi, functionName: 'outputL1Block', args })),
      ])
      const output = decodeFunctionResult({ abi: outputOracleAbi, functionName: 'getL2Output', data: proposal })
      const [l1Number] = decodeFunctionResult({ abi: outputOracleAbi, functionName: 'outputL1Block', data: l1Block })
      return { index, outputRoot: output.outputRoot as Hash, l2Block: output.l2BlockNumber, l1Block: l1Number }
    },
    nextTimestamp: () => number('nextOutputTimestamp'),
    requiredBond: () => number('BOND'),
    openChallenges: () => number('openChallenges'),
    async proposer() {
      const data = encodeFunctionData({ abi: outputOracleAbi, functionName: 'PROPOSER' })
      const output = await read('PROPOSER', data)
      const found = decodeFunctionResult({ abi: outputOracleAbi, functionName: 'PROPOSER', data: output })
      return found.toLowerCase() as Address
    },
    async bondOf(account) {
      const data = encodeFunctionData({ abi: outputOracleAbi, functionName: 'bondOf', args: [account] })
      return decodeFunctionResult({ abi: outputOracleAbi, functionName: 'bondOf', data: await read('bondOf', data) })
    },
  }
}

type NumberName = 'latestOutputIndex' | 'nextOutputTimestamp' | 'BOND' | 'openChallenges'
type ReadName = NumberName | 'getL2Output' | 'outputL1Block' | 'PROPOSER' | 'bondOf'

/** Call data of a proposal. */
export function proposalData({ outputRoot, l2Block, l1Hash, l1Block }: Proposal): Uint8Array {
  const args = [outputRoot, l2Block, l1Hash, l1Block] as const
  return hexToBytes(encodeFunctionData({ abi: outputOracleAbi, functionName: 'proposeL2Output', args }))
}
