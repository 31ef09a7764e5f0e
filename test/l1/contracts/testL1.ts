import assert from 'node:assert/strict'
import {
  type Abi,
  type ContractConstructorArgs,
  decodeAbiParameters,
  decodeErrorResult,
  decodeFunctionResult,
  encodeDeployData,
  encodeFunctionData,
  type Log,
  parseAbi,
  parseEventLogs,
} from 'viem'
import { type Address, bigintToFixed, bytesToHex, type Hash, type Hex, hexToBytes } from '../../../core/hex.ts'
import { keccakHash } from '../../../core/keccak.ts'
import type { World } from '../../../core/state.ts'
import { envelope } from '../../../core/txEnvelope.ts'
import { loadContracts } from '../../../genesis/loadContract.ts'
import type { TxResult } from '../../../state/engine.ts'
import { createEthereumjsEngine } from '../../../state/engines/ethereumjs/engine.ts'
import { createWorld } from '../../../state/world.ts'
import { createMemoryState } from '../../state/memoryReader.ts'

const compiled = loadContracts()
type Args = readonly unknown[]
export type SendOptions = { readonly value?: bigint; readonly gas?: bigint }

/** An L1 on our own engine: one transaction after the other, in a block whose number and time the test moves on. */
export type TestL1 = {
  readonly world: World
  /** Of the block that is open, in seconds. */
  now(): bigint
  number(): bigint
  /** The hash of an earlier block. */
  hashOf(number: bigint): Hash
  /** Opens a later block. */
  pass(seconds: bigint, blocks?: bigint): void
  setBaseFee(wei: bigint): void
  balance(address: Address): bigint
  send(message: {
    from: Address
    to: Address | undefined
    data: Uint8Array
    value?: bigint
    gas?: bigint
  }): Promise<TxResult>
  create(name: string, args?: Args, from?: Address): Promise<TestContract>
  at(name: string, address: Address): TestContract
}

/** One contract; reverts are told by their text. */
export type TestContract = {
  readonly address: Address
  readonly abi: Abi
  data(functionName: string, args?: Args): Uint8Array
  get(functionName: string, args?: Args): Promise<unknown>
  /** Sends and expects success. */
  send(from: Address, functionName: string, args?: Args, options?: SendOptions): Promise<TxResult>
  /** Sends and expects to be refused with this text, or this custom error's name. */
  fails(reason: string, from: Address, functionName: string, args?: Args, options?: SendOptions): Promise<void>
  events(result: TxResult, eventName: string): readonly Readonly<Record<string, unknown>>[]
}

export const deployer = `0x${'d0'.repeat(20)}` as Address
export const alice = `0x${'a1'.repeat(20)}` as Address
export const bob = `0x${'b2'.repeat(20)}` as Address
export const ether = 10n ** 18n

const tokenErrors = parseAbi([
  'error SafeERC20FailedOperation(address token)',
  'error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)',
  'error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)',
  'error ERC20InvalidReceiver(address receiver)',
  'error OwnableUnauthorizedAccount(address account)',
  'error OwnableInvalidOwner(address owner)',
  'error RLPInvalidEncoding()',
  'error FailedCall()',
])

export async function openTestL1(): Promise<TestL1> {
  const state = createMemoryState({})
  const world = createWorld(state.reader)
  const hashOf = (number: bigint) => keccakHash(bigintToFixed(number, 32))
  const engine = await createEthereumjsEngine({
    rules: { chainId: 900n, impersonation: false },
    precompiles: new Map(),
    blockHash: hashOf,
  })
  let [number, timestamp, baseFee] = [1_000n, 1_800_000_000n, 1_000_000_000n]

  const l1: TestL1 = {
    world,
    now: () => timestamp,
    number: () => number,
    hashOf,
    pass(seconds, blocks = 1n) {
      timestamp += seconds
      number += blocks
    },
    setBaseFee(wei) {
      baseFee = wei
    },
    balance: (address) => world.account(address)?.balance ?? 0n,
    async send({ from, to, data, value = 0n, gas = 30_000_000n }) {
      const execution = engine.openBlock(world, {
        number,
        timestamp,
        coinbase: `0x${'c0'.repeat(20)}` as Address,
        gasLimit: 60_000_000n,
        baseFee,
        mixHash: hashOf(0n),
        parentHash: hashOf(number - 1n),
        parentBeaconBlockRoot: hashOf(0n),
      })
      const sourceHash = hashOf(0n)
      // As a deposit: no signature, no fee, and money from nowhere.
      const tx = { type: 0x7e, sourceHash, from, to, mint: value, value, gas, isSystemTx: false, data } as const
      const result = await execution.executeTx(envelope(tx, from))
      execution.close()
      assert(!('reject' in result), 'a message was refused')
      return result
    },
    async create(name, args = [], from = deployer) {
      const { abi, creation } = compiled(name)
      const deployData = encodeDeployData({ abi, bytecode: bytesToHex(creation), args } as Parameters<
        typeof encodeDeployData
      >[0] & { args: ContractConstructorArgs })
      const result = await l1.send({ from, to: undefined, data: hexToBytes(deployData as Hex) })
      if (!result.succeeded) assert.fail(`${name}: ${reasonOf(abi, result)}`)
      assert(result.contractAddress !== undefined)
      return l1.at(name, result.contractAddress)
    },
    at: (name, address) => contractAt(l1, address, compiled(name).abi),
  }
  return l1
}

function contractAt(l1: TestL1, address: Address, abi: Abi): TestContract {
  const data = (functionName: string, args: Args = []) =>
    hexToBytes(encodeFunctionData({ abi, functionName, args }) as Hex)
  async function send(from: Address, functionName: string, args: Args = [], options: SendOptions = {}) {
    const result = await l1.send({ from, to: address, data: data(functionName, args), ...options })
    if (!result.succeeded) assert.fail(`${functionName}: ${reasonOf(abi, result)}`)
    return result
  }
  return {
    address,
    abi,
    data,
    send,
    async get(functionName, args = []) {
      const { output } = await send(reader, functionName, args)
      return decodeFunctionResult({ abi, functionName, args, data: bytesToHex(output) })
    },
    async fails(reason, from, functionName, args = [], options = {}) {
      const result = await l1.send({ from, to: address, data: data(functionName, args), ...options })
      assert(!result.succeeded, `${functionName} should fail: ${reason}`)
      assert.equal(reasonOf(abi, result), reason)
      assert.equal(result.logs.length, 0)
    },
    events: (result, eventName) => {
      const logs = result.logs.filter((log) => log.address === address)
      const viemLogs = logs.map((log) => ({ ...log, data: bytesToHex(log.data) })) as unknown as Log[]
      return parseEventLogs({ abi, eventName, logs: viemLogs }).map(
        ({ args }) => args as unknown as Record<string, unknown>,
      )
    },
  }
}

const reader = `0x${'ee'.repeat(20)}` as Address
const textSelector = '0x08c379a0'

/** What a failed call says: its text, the name of its error, or why it halted. */
function reasonOf(abi: Abi, { output, error }: TxResult): string {
  const hex = bytesToHex(output)
  if (hex.startsWith(textSelector)) return decodeAbiParameters([{ type: 'string' }], `0x${hex.slice(10)}`)[0]
  if (hex === '0x') return error?.reason ?? 'no reason'
  const errors = [...abi.filter(({ type }) => type === 'error'), ...tokenErrors, ...panics]
  return decodeErrorResult({ abi: errors, data: hex }).errorName
}
const panics = parseAbi(['error Panic(uint256 code)'])

/** The revert data of a `require` with this text. */
export function isText(output: unknown, text: string): boolean {
  if (typeof output !== 'string' || !output.startsWith(textSelector)) return false
  return decodeAbiParameters([{ type: 'string' }], `0x${output.slice(10)}`)[0] === text
}
