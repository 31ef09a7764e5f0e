import type { EVMOpts } from '@ethereumjs/evm'
import { Address as LibraryAddress } from '@ethereumjs/util'
import type { PrecompileTable } from '../../../attribution/precompile.ts'
import { type Address, type Hash, hexToBytes } from '../../../core/hex.ts'
import type { World } from '../../../core/state.ts'
import type { BlockEnv } from '../../engine.ts'
import { blake2f } from './blake2f.ts'
import { type BlockHashes, createBlockHashes, createHashChain } from './blockHashes.ts'
import { createCommon } from './common.ts'
import type { Crypto } from './crypto.ts'
import { NodeEvm } from './evm.ts'
import type { ForkRules } from './forkRules.ts'
import type { TxJournal } from './journal.ts'
import type { NativeHost } from './native.ts'
import { p256Verify } from './p256.ts'
import { createWorldState, type WorldState } from './stateManager.ts'

/** An EVM with its surroundings; used for one block at a time, again and again: making one costs milliseconds. */
export type Vm = {
  readonly evm: NodeEvm
  readonly state: WorldState
  readonly hashes: BlockHashes
  readonly journal: TxJournal
  readonly rules: ForkRules
  readonly chainId: bigint
  /** Solo development chains only: a transaction without signature may come from a contract. */
  readonly impersonation: boolean
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
const p256Address = `0x${'100'.padStart(40, '0')}` as const

export type VmOptions = {
  readonly chainId: bigint
  readonly impersonation: boolean
  readonly rules: ForkRules
  readonly precompiles: PrecompileTable
  readonly crypto: Crypto
  /** The hash of the block with this number among the parent's ancestors; undefined reads as zero. */
  readonly blockHash: (number: bigint) => Hash | undefined
}

export function createVm({ chainId, impersonation, rules, precompiles, crypto, blockHash }: VmOptions): Vm {
  const state = createWorldState()
  const hashes = createBlockHashes(blockHash)
  const common = createCommon(chainId, rules.hardfork, crypto.custom)
  const opts: EVMOpts = {
    common,
    customPrecompiles: [
      ...(common.gteHardfork('istanbul') ? [{ address: blake2fAddress, function: blake2f }] : []),
      ...(common.isActivatedEIP(7951) ? [{ address: p256Address, function: p256Verify }] : []),
    ],
    blockchain: createHashChain(hashes),
    bls: crypto.bls,
    bn254: crypto.bn254,
  }
  const evm = new NodeEvm(opts, state, precompiles)
  // Bound before the first use, by `bindVm`.
  return { evm, state, hashes, journal: evm.txJournal, rules, chainId, impersonation, broken: false } as unknown as Vm
}

/** Points the VM at a world and a block. */
export function bindVm(vm: Vm, world: World, env: BlockEnv, extra: ExtraEnv = {}): void {
  const { state, hashes, journal, chainId } = vm
  vm.host = { world, env, chainId, state, journal }
  vm.evm.host = vm.host
  vm.block = libraryBlock(env, extra)
  state.bind(world)
  hashes.bind(env)
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
