import { decodeFunctionResult, encodeFunctionData } from 'viem'
import type { Claim } from '../../core/attestation.ts'
import { NodeError } from '../../core/errors.ts'
import { type Address, bytesToHex, type Hash, hexToBytes } from '../../core/hex.ts'
import { outputOracleAbi } from '../abi.ts'
import type { L1Ref } from '../source.ts'
import type { L1Wallet } from '../wallet.ts'

/** What the oracle keeps of an output, but for its L1 block. `timestamp`: of the L1 block it was posted in, Unix seconds. */
export type Posting = {
  readonly outputRoot: Hash
  readonly l2BlockNumber: bigint
  readonly timestamp: bigint
}

/** An output as it is in the OutputOracle. */
export type PostedOutput = Posting & {
  readonly index: bigint
  readonly claim: Claim
  readonly l1BlockNumber: bigint
}

/**
 * The OutputOracle as those read it who check it, at L1's newest block. Throws NodeError `oracle_unreadable` (retry) if
 * it does not answer, and the outages of the wallet.
 */
export type OracleReader = {
  latestIndex(): Promise<bigint>
  isFinal(index: bigint): Promise<boolean>
  /** undefined: no such output. */
  posting(index: bigint): Promise<Posting | undefined>
  /** The L1 block that an output is about. */
  l1BlockOf(index: bigint): Promise<L1Ref | undefined>
  /** undefined: no such output, or it gave way to another one just now. */
  read(index: bigint): Promise<PostedOutput | undefined>
}

export function createOracleReader(address: Address, wallet: Pick<L1Wallet, 'call'>): OracleReader {
  /** Calls a function and decodes what it returns, which may be anything; undefined: it reverts. */
  async function ask<T>(name: string, call: `0x${string}`, decode: (data: `0x${string}`) => T): Promise<T | undefined> {
    const data = await wallet.call({ to: address, data: hexToBytes(call) })
    if (data === undefined) return undefined
    try {
      return decode(bytesToHex(data))
    } catch (cause) {
      throw unreadable(address, name, cause)
    }
  }

  async function posting(index: bigint): Promise<Posting | undefined> {
    const call = { abi: outputOracleAbi, functionName: 'getL2Output', args: [index] } as const
    const decode = (data: `0x${string}`) => decodeFunctionResult({ ...call, data })
    const found = await ask('getL2Output', encodeFunctionData(call), decode)
    return found && { ...found, outputRoot: found.outputRoot as Hash }
  }

  async function l1BlockOf(index: bigint): Promise<L1Ref | undefined> {
    const call = { abi: outputOracleAbi, functionName: 'outputL1Block', args: [index] } as const
    const decode = (data: `0x${string}`) => decodeFunctionResult({ ...call, data })
    const found = await ask('outputL1Block', encodeFunctionData(call), decode)
    return found && { number: found[0], hash: found[1] as Hash }
  }

  return {
    posting,
    l1BlockOf,
    async latestIndex() {
      const call = { abi: outputOracleAbi, functionName: 'latestOutputIndex' } as const
      const decode = (data: `0x${string}`) => decodeFunctionResult({ ...call, data })
      const index = await ask('latestOutputIndex', encodeFunctionData(call), decode)
      if (index === undefined) throw unreadable(address, 'latestOutputIndex')
      return index
    },
    async isFinal(index) {
      const call = { abi: outputOracleAbi, functionName: 'isFinalized', args: [index] } as const
      const decode = (data: `0x${string}`) => decodeFunctionResult({ ...call, data })
      const isFinal = await ask('isFinalized', encodeFunctionData(call), decode)
      if (isFinal === undefined) throw unreadable(address, 'isFinalized')
      return isFinal
    },
    async read(index) {
      const before = await posting(index)
      const l1Block = await l1BlockOf(index)
      const after = await posting(index)
      // Each call sees L1's newest block of that moment: halves of two outputs would be a wrong one.
      if (before === undefined || l1Block === undefined || after === undefined || !samePosting(before, after)) {
        return undefined
      }
      const { outputRoot, l2BlockNumber } = before
      const claim = { outputRoot, l2BlockNumber, l1BlockHash: l1Block.hash }
      return { ...before, index, claim, l1BlockNumber: l1Block.number }
    },
  }
}

/** Whether it is the same output: another one of the same index has another time, because outputs keep a distance. */
export function samePosting(one: Posting, other: Posting | undefined): boolean {
  return (
    other !== undefined &&
    one.timestamp === other.timestamp &&
    one.outputRoot === other.outputRoot &&
    one.l2BlockNumber === other.l2BlockNumber
  )
}

function unreadable(address: Address, functionName: string, cause?: unknown): NodeError {
  const message = `the output oracle ${address} on L1 does not answer ${functionName}`
  const fix = 'check the L1 node, and the addresses in the chain spec'
  return new NodeError({ code: 'oracle_unreadable', severity: 'retry', message, fix }, { cause })
}
