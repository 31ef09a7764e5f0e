import { type Address, emptyBytes, equalBytes } from '../../core/hex.ts'
import type { AccessList, Authorization } from '../../core/tx.ts'
import { type Bad, bad, isBad, list, type Param, param, parseMembers } from './param.ts'
import { address, data, hash, uint64, uint256 } from './values.ts'

/** The transaction object of eth_call, eth_estimateGas and eth_sendTransaction. Wei and gas. */
export type CallArgs = {
  readonly from: Address | undefined
  readonly to: Address | undefined
  readonly gas: bigint | undefined
  readonly gasPrice: bigint | undefined
  readonly maxFeePerGas: bigint | undefined
  readonly maxPriorityFeePerGas: bigint | undefined
  readonly value: bigint | undefined
  readonly nonce: bigint | undefined
  readonly data: Uint8Array
  readonly chainId: bigint | undefined
  readonly accessList: AccessList | undefined
  readonly authorizationList: readonly Authorization[] | undefined
}

const maxListItems = 4096

const accessEntry = param<AccessList[number]>('ACCESS', (value) => {
  const entry = parseMembers(value, { address, storageKeys: list(hash, maxListItems) })
  if (isBad(entry)) return entry
  if (entry.address === undefined) return bad('address missing')
  return { address: entry.address, storageKeys: entry.storageKeys ?? [] }
})

const authorization = param<Authorization>('AUTHORIZATION', (value) => {
  const entry = parseMembers(value, {
    chainId: uint256,
    address,
    nonce: uint64,
    yParity: uint64,
    v: uint64,
    r: uint256,
    s: uint256,
  })
  if (isBad(entry)) return entry
  const { chainId, address: target, nonce, yParity = entry.v, r, s } = entry
  if (chainId === undefined || target === undefined || nonce === undefined) {
    return bad('authorization needs chainId, address and nonce')
  }
  return { chainId, address: target, nonce, yParity: Math.min(Number(yParity ?? 0n), 255), r: r ?? 0n, s: s ?? 0n }
})

const members = {
  from: address,
  to: address,
  gas: uint64,
  gasPrice: uint256,
  maxFeePerGas: uint256,
  maxPriorityFeePerGas: uint256,
  value: uint256,
  nonce: uint64,
  data,
  input: data,
  chainId: uint256,
  accessList: list(accessEntry, maxListItems),
  authorizationList: list(authorization, maxListItems),
  blobVersionedHashes: list(hash, 16),
}

/** A call object. Contradictions get geth's sentences. */
export const callArgs: Param<CallArgs> = param('CALL', (value): CallArgs | Bad => {
  const args = parseMembers(value, members)
  if (isBad(args)) return args
  const { gasPrice, maxFeePerGas, maxPriorityFeePerGas, input } = args
  if (args.data !== undefined && input !== undefined && !equalBytes(args.data, input)) {
    return bad('both "data" and "input" are set and not equal. Please use "input" to pass transaction call data')
  }
  if (gasPrice !== undefined && (maxFeePerGas !== undefined || maxPriorityFeePerGas !== undefined)) {
    return bad('both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified')
  }
  if (maxFeePerGas !== undefined && maxPriorityFeePerGas !== undefined && maxFeePerGas < maxPriorityFeePerGas) {
    return bad(`maxFeePerGas (${maxFeePerGas}) < maxPriorityFeePerGas (${maxPriorityFeePerGas})`)
  }
  if (args.blobVersionedHashes !== undefined) return bad('blob transactions are not supported')
  if (args.authorizationList !== undefined && args.to === undefined) {
    return bad('EIP-7702 transaction cannot be used to create contract')
  }
  return {
    from: args.from,
    to: args.to,
    gas: args.gas,
    gasPrice,
    maxFeePerGas,
    maxPriorityFeePerGas,
    value: args.value,
    nonce: args.nonce,
    data: input ?? args.data ?? emptyBytes,
    chainId: args.chainId,
    accessList: args.accessList,
    authorizationList: args.authorizationList,
  }
})
