import type { EVMOpts } from '@ethereumjs/evm'
import { Address as LibraryAddress } from '@ethereumjs/util'
import type { PrecompileTable } from '../../../attribution/precompile.ts'
import { type Address, type Hash, hexToBytes } from '../../../core/hex.ts'
import type { World } from '../../../core/state.ts'
import type { BlockEnv } from '../../engine.ts'
import { blake2f } from './blake2f.ts'
import { createCommon } from './common.ts'
import type { Crypto } from './crypto.ts'
import { NodeEvm } from './evm.ts'
import type { ForkRules } from './forkRules.ts'
import type { TxJournal } from './journal.ts'
import type { NativeHost } from './native.ts'
import { createWorldState, type WorldState } from './stateManager.ts'

/** An EVM with its surroundings; used for one block at a time, again and again: making one costs milliseconds. */
export type Vm = {
  readonly evm: NodeEvm
  readonly state: WorldState
  readonly journal: TxJournal
  readonly rules: ForkRules
  readonly chainId: bigint
  /** World and block of the execution that has this VM now. */
  host: NativeHost
  /** The block as the library's opcodes see it. */
  block: LibraryBlock
  /** An outage left it in an unknown state: not to be used again. */
  broken: boolean
}

export type LibraryBlock = Parameters<NodeEvm['runCall']>[0]['block']

/** What only Ethereum's older and blob-carrying blocks have; tests set it. */
export type ExtraEnv = { readonly difficulty?: bigint; readonly blobBaseFee?: bigint }

const blake2fAddress = `0x${'9'.padStart(40, '0')}` as const

export type VmOptions = {
  readonly chainId: bigint
  readonly rules: ForkRules
  readonly precompiles: PrecompileTable
  readonly crypto: Crypto
  /** The hash of the block with this number among the ancestors; undefined reads as zero. */
  readonly blockHash: (number: bigint) => Hash | undefined
}

export function createVm({ chainId, rules, precompiles, crypto, blockHash }: VmOptions): Vm {
  const state = createWorldState()
  const blockchain = {
    getBlock: (number: number) => Promise.resolve({ hash: () => hashBytes(lookUp(BigInt(number))) }),
    putBlock: () => Promise.resolve(),
    shallowCopy: () => blockchain,
  }
  const common = createCommon(chainId, rules.hardfork, crypto.custom)
  const opts: EVMOpts = {
    common,
    customPrecompiles: common.gteHardfork('istanbul') ? [{ address: blake2fAddress, function: blake2f }] : [],
    blockchain,
    bls: crypto.bls,
    bn254: crypto.bn254,
  }
  const evm = new NodeEvm(opts, state, precompiles)
  // Bound before the first use, by `bindVm`.
  const vm = { evm, state, journal: evm.txJournal, rules, chainId, broken: false } as unknown as Vm

  function lookUp(number: bigint): Hash | undefined {
    const { env } = vm.host
    return number === env.number - 1n ? env.parentHash : blockHash(number)
  }
  return vm
}

/** Points the VM at a world and a block. */
export function bindVm(vm: Vm, world: World, env: BlockEnv, extra: ExtraEnv = {}): void {
  const { state, journal, chainId } = vm
  vm.host = { world, env, chainId, state, journal }
  vm.evm.host = vm.host
  vm.block = libraryBlock(env, extra)
  state.bind(world)
  journal.reset()
}

/** The block of a call without gas price: its base fee reads as zero, so that it is not above what the call pays. */
export function withoutBaseFee(vm: Vm): LibraryBlock {
  return libraryBlock({ ...vm.host.env, baseFee: 0n }, {})
}

export function libraryAddress(address: Address): LibraryAddress {
  return new LibraryAddress(hexToBytes(address))
}

function libraryBlock(env: BlockEnv, { difficulty = 0n, blobBaseFee = 1n }: ExtraEnv): LibraryBlock {
  return {
    header: {
      number: env.number,
      coinbase: libraryAddress(env.coinbase),
      timestamp: env.timestamp,
      difficulty,
      prevRandao: hexToBytes(env.mixHash),
      gasLimit: env.gasLimit,
      baseFeePerGas: env.baseFee,
      getBlobGasPrice: () => blobBaseFee,
    },
  }
}

function hashBytes(hash: Hash | undefined): Uint8Array {
  return hash === undefined ? new Uint8Array(32) : hexToBytes(hash)
}
