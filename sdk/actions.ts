import type { ExtractAbiFunctions } from 'abitype'
import type { AbiFunction, Address, BlockTag, Client, Hash } from 'viem'
import { readContract, type WriteContractParameters, writeContract } from 'viem/actions'
import { errorsAbi } from '../attribution/abi/errors.ts'
import { type OpenledgerAbi, openledgerContracts } from './contracts.ts'
import { type ArgValues, type OutValue, type OutValues, toList, toNamed } from './values.ts'

/** At which block a view looks; the newest if absent. */
export type ReadOptions =
  | { readonly blockNumber?: bigint; readonly blockTag?: never }
  | { readonly blockTag?: BlockTag; readonly blockNumber?: never }

/** An account as whatever copy of viem has it: types of two copies are not assignable to each other. */
type AnyAccount = { readonly address: Address; readonly type: string }
type AnySender = object | undefined

/** Who sends a transaction and with what gas and fees; what is absent viem finds out. */
export type WriteOptions<Sender extends AnySender> = {
  readonly gas?: bigint
  readonly nonce?: number
  readonly maxFeePerGas?: bigint
  readonly maxPriorityFeePerGas?: bigint
} & (Sender extends object ? { readonly account?: AnyAccount | Address } : { readonly account: AnyAccount | Address })

type Functions = ExtractAbiFunctions<OpenledgerAbi>
type View = Extract<Functions, { readonly stateMutability: 'view' }>
type Write = Exclude<Functions, View>

type Output<F extends AbiFunction> = F['outputs'] extends readonly [infer Single]
  ? OutValue<Single>
  : Flat<OutValues<F['outputs']>>

type ViewAction<F extends AbiFunction> = F['inputs'] extends readonly []
  ? (args?: NoArgs, options?: ReadOptions) => Promise<Output<F>>
  : (args: Flat<ArgValues<F['inputs']>>, options?: ReadOptions) => Promise<Output<F>>

/** Calls that only move OPEN: without it they do nothing. */
type NeedsValue = 'stake' | 'topUp' | 'openChannel'

type WriteArgs<F extends AbiFunction> = F['stateMutability'] extends 'payable'
  ? Flat<
      ArgValues<F['inputs']> & (F['name'] extends NeedsValue ? { readonly value: bigint } : { readonly value?: bigint })
    >
  : F['inputs'] extends readonly []
    ? NoArgs
    : Flat<ArgValues<F['inputs']>>

type WriteAction<F extends AbiFunction, Sender extends AnySender> = Sender extends object
  ? F['inputs'] extends readonly []
    ? (args?: NoArgs, options?: WriteOptions<Sender>) => Promise<Hash>
    : (args: WriteArgs<F>, options?: WriteOptions<Sender>) => Promise<Hash>
  : (args: WriteArgs<F>, options: WriteOptions<Sender>) => Promise<Hash>

type NoArgs = Readonly<Record<string, never>>
type Flat<T> = { [K in keyof T]: T[K] } & unknown

/** One action for each function of the protocol, under the function's name. */
export type OpenledgerActions<Sender extends AnySender = AnySender> = {
  readonly [F in View as F['name']]: ViewAction<F>
} & {
  readonly [F in Write as F['name']]: WriteAction<F, Sender>
}

/** What tells a client of viem, of whatever copy of it. */
type AnyClient<account extends AnySender> = {
  readonly account: account
  readonly request: unknown
  readonly uid: string
}

/**
 * The protocol's functions as actions: `client.extend(openledgerActions())`. Arguments come as one object by name, with
 * `value` (wei) where the function takes OPEN. A view resolves to its output, to an object by name if it has several. A
 * write sends a transaction and resolves to its hash; a client without an account needs `account` in the second
 * argument. What the chain refuses is thrown as viem throws it, decoded: see `protocolError`.
 */
export function openledgerActions() {
  return <account extends AnySender>(client: AnyClient<account>): OpenledgerActions<account> => {
    const actions: Record<string, unknown> = {}
    for (const { address, abi } of Object.values(openledgerContracts)) {
      for (const item of abi) {
        if (item.type !== 'function') continue
        const make = item.stateMutability === 'view' ? viewAction : writeAction
        actions[item.name] = make(client as unknown as Client, address, item)
      }
    }
    return actions as OpenledgerActions<account>
  }
}

function viewAction(client: Client, address: Address, item: AbiFunction) {
  return async (args: object = {}, options: ReadOptions = {}): Promise<unknown> => {
    const output = await readContract(client, {
      address,
      abi: [item, ...errorsAbi],
      functionName: item.name,
      args: toList(item.inputs, args, item.name),
      ...options,
    })
    // viem gives a single output as it is, several as a list.
    return item.outputs.length === 1 ? output : toNamed(item.outputs, output as readonly unknown[])
  }
}

function writeAction(client: Client, address: Address, item: AbiFunction) {
  return async (args: { readonly value?: bigint } = {}, options: object = {}): Promise<Hash> => {
    const isPayable = item.stateMutability === 'payable' && args.value !== undefined
    const parameters = {
      address,
      abi: [item, ...errorsAbi],
      functionName: item.name,
      args: toList(item.inputs, args, item.name),
      ...(isPayable && { value: args.value }),
      // Without a chain there is nothing to compare the node's with.
      chain: client.chain ?? null,
      ...options,
    }
    return await writeContract(client, parameters as unknown as WriteContractParameters)
  }
}
