import type { ExtractAbiError } from 'abitype'
import { BaseError, ContractFunctionRevertedError, decodeAbiParameters, toFunctionSelector } from 'viem'
import { type ErrorName, errorMeanings, errorsAbi } from '../attribution/abi/errors.ts'
import { type Hex, parseHex } from '../core/hex.ts'
import { type OutValues, toNamed } from './values.ts'

/** An error of the protocol: `name` decides what `args` has. */
export type ProtocolError = {
  [N in ErrorName]: {
    readonly name: N
    readonly args: OutValues<ExtractAbiError<typeof errorsAbi, N>['inputs']>
    /** What happened, in a sentence. */
    readonly meaning: string
  }
}[ErrorName]

const errorsBySelector = new Map(
  errorsAbi.map((item) => [toFunctionSelector(`${item.name}(${item.inputs.map(({ type }) => type).join(',')})`), item]),
)

/**
 * The protocol's error inside whatever a call threw: by an action of this sdk, by viem for a contract that passed the
 * error on, or by anything else that carries the revert data. Undefined for every other failure.
 */
export function protocolError(thrown: unknown): ProtocolError | undefined {
  const data = revertData(thrown)
  const item = data && errorsBySelector.get(data.slice(0, 10) as Hex)
  if (data === undefined || item === undefined) return undefined
  // What follows the selector is whole words, or it is no error of the protocol.
  if (data.length !== 10 + 64 * item.inputs.length) return undefined
  const values = item.inputs.length === 0 ? [] : decodeAbiParameters(item.inputs, `0x${data.slice(10)}`)
  const args = toNamed(item.inputs, values)
  return { name: item.name, args, meaning: errorMeanings[item.name] } as ProtocolError
}

function revertData(thrown: unknown): Hex | undefined {
  if (!(thrown instanceof BaseError)) return hexOf(dataOf(thrown))
  const reverted = thrown.walk((error) => error instanceof ContractFunctionRevertedError)
  if (reverted instanceof ContractFunctionRevertedError) return reverted.raw
  return hexOf(dataOf(thrown.walk((error) => hexOf(dataOf(error)) !== undefined)))
}

function dataOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'data' in value ? value.data : undefined
}

/** Some nodes wrap the data once more. */
function hexOf(value: unknown): Hex | undefined {
  const inner = typeof value === 'string' ? value : dataOf(value)
  return parseHex(inner) === undefined ? undefined : (inner as Hex)
}
