import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Abi } from 'viem'
import { assert, NodeError } from '../core/errors.ts'
import { type Hash, type Hex, hexToBytes } from '../core/hex.ts'

/** One variable in a contract's storage, from solc's layout. */
export type StorageField = {
  readonly label: string
  /** Decimal. */
  readonly slot: string
  /** Bytes from the low end of the slot. */
  readonly offset: number
  readonly bytes: number
}

/** One contract in `build/contracts.json`, bytecode as hex. */
export type CompiledContract = {
  /** File in the project, or the npm package. */
  readonly source: string
  readonly abi: readonly unknown[]
  readonly creation: string
  readonly runtime: string
  readonly storage: readonly StorageField[]
  /** What its constructor left, where it ran: `runtime` is then the code that it returned. Slots and words as hex. */
  readonly slots?: Readonly<Record<string, string>>
}

/** A compiled contract, ready to use. */
export type Contract = {
  readonly abi: Abi
  readonly creation: Uint8Array
  readonly runtime: Uint8Array
  readonly storage: readonly StorageField[]
  /** What its constructor left; empty where it did not run. Big-endian words without leading zeros. */
  readonly slots: ReadonlyMap<Hash, Uint8Array>
}

const file = join(import.meta.dirname, '..', 'build', 'contracts.json')

/** Reads the compiled contracts once; the result finds one by its Solidity name. Throws `contracts_missing`. */
export function loadContracts(path = file): (name: string) => Contract {
  const contracts = readFile(path)
  return (name) => {
    const found = contracts[name]
    assert(found !== undefined, `no contract ${name} in ${path}`)
    const { abi, creation, runtime, storage, slots = {} } = found
    return {
      abi: abi as Abi,
      creation: hexToBytes(creation as Hex),
      runtime: hexToBytes(runtime as Hex),
      storage,
      slots: new Map(Object.entries(slots).map(([slot, word]) => [slot as Hash, hexToBytes(word as Hex)])),
    }
  }
}

/** One compiled contract. For several use `loadContracts`. */
export function loadContract(name: string): Contract {
  return loadContracts()(name)
}

function readFile(path: string): Readonly<Record<string, CompiledContract>> {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { contracts: Record<string, CompiledContract> }).contracts
  } catch (cause) {
    throw new NodeError(
      {
        code: 'contracts_missing',
        severity: 'fatal',
        message: `the compiled contracts cannot be read from ${path}`,
        fix: 'run "node scripts/setup.mjs" in the project folder',
      },
      { cause },
    )
  }
}
