import assert from 'node:assert/strict'
import { type Abi, decodeErrorResult, decodeFunctionResult, encodeFunctionData } from 'viem'
import { errorsAbi } from '../../attribution/abi/errors.ts'
import { type Address, bytesToHex, hexToBytes } from '../../core/hex.ts'
import { loadContracts } from '../../genesis/loadContract.ts'
import type { TxResult } from '../../state/engine.ts'
import type { GenesisChain } from './chain.ts'

export type CallOptions = { readonly value?: bigint; readonly gas?: bigint; readonly afterSec?: bigint }
type Args = readonly unknown[]

/** One contract on a genesis chain. Times are seconds after genesis. */
export type TestContract = {
  readonly address: Address
  data(functionName: string, args?: Args): Uint8Array
  /** Calls and expects success; gives what the function returns. */
  ok(from: Address, functionName: string, args?: Args, options?: CallOptions): Promise<unknown>
  /** Calls and expects success; gives the transaction's result. */
  send(from: Address, functionName: string, args?: Args, options?: CallOptions): Promise<TxResult>
  /** Calls and expects this custom error; gives its arguments. */
  fails(error: string, from: Address, functionName: string, args?: Args, options?: CallOptions): Promise<Args>
}

const compiled = loadContracts()

/** Errors that bubble up through other contracts. */
const otherErrors: Abi = [
  ...compiled('Timelock').abi.filter(({ type }) => type === 'error'),
  ...(errorsAbi as Abi),
  { type: 'error', name: 'Panic', inputs: [{ type: 'uint256' }] },
]

export function contractOn(
  chain: GenesisChain,
  name: string,
  address: Address,
  { abi }: { readonly abi: Abi } = compiled(name),
): TestContract {
  const data = (functionName: string, args: Args = []) => hexToBytes(encodeFunctionData({ abi, functionName, args }))
  const run = (from: Address, functionName: string, args: Args, { afterSec = 0n, ...options }: CallOptions) =>
    chain.send({ from, to: address, ...options, data: data(functionName, args) }, afterSec)
  const errors = [...abi.filter(({ type }) => type === 'error'), ...otherErrors]
  const errorOf = (output: Uint8Array) => decodeErrorResult({ abi: errors, data: bytesToHex(output) })

  async function send(from: Address, functionName: string, args: Args = [], options: CallOptions = {}) {
    const result = await run(from, functionName, args, options)
    const reason = result.error?.kind === 'revert' && result.output.length > 0 ? errorOf(result.output) : result.error
    assert(result.succeeded, `${name}.${functionName}: ${reason && JSON.stringify(reason, bigintText)}`)
    return result
  }
  return {
    address,
    data,
    send,
    async ok(from, functionName, args = [], options = {}) {
      const { output } = await send(from, functionName, args, options)
      return decodeFunctionResult({ abi, functionName, args, data: bytesToHex(output) })
    },
    async fails(error, from, functionName, args = [], options = {}) {
      const { succeeded, output } = await run(from, functionName, args, options)
      assert(!succeeded, `${name}.${functionName} should fail with ${error}`)
      const { errorName, args: values = [] } = errorOf(output)
      assert.equal(errorName, error)
      return values
    },
  }
}

function bigintText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
