import type { ExtractAbiFunction, ExtractAbiFunctionNames } from 'abitype'
import { encodeFunctionData } from 'viem'
import type { Address, Hex } from '../core/hex.ts'
import { type OpenledgerAbi, openledgerContracts } from './contracts.ts'
import { type ArgValues, toList } from './values.ts'

export type FunctionName = ExtractAbiFunctionNames<OpenledgerAbi>
/** The arguments of a function of the protocol by name. */
export type FunctionArgs<N extends FunctionName> = ArgValues<ExtractAbiFunction<OpenledgerAbi, N>['inputs']>

/** A call as a transaction carries it. */
export type EncodedCall = { readonly to: Address; readonly data: Hex }

const functions = new Map(
  Object.values(openledgerContracts).flatMap(({ address, abi }) =>
    abi.flatMap((item) => (item.type === 'function' ? [[item.name, { address, item }] as const] : [])),
  ),
)

/** Encodes a call: for other wallets, multisigs and governance proposals, and for what hashes its call data. */
export function encodeCall<N extends FunctionName>(name: N, args: FunctionArgs<N>): EncodedCall {
  const { address, item } = functions.get(name)!
  const list = toList(item.inputs, args, name)
  return { to: address, data: encodeFunctionData({ abi: [item], functionName: name, args: list } as never) }
}
