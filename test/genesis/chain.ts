import assert from 'node:assert/strict'
import {
  type ContractFunctionArgs,
  type ContractFunctionName,
  type ContractFunctionReturnType,
  decodeFunctionResult,
  encodeFunctionData,
} from 'viem'
import { protocolPrecompiles } from '../../attribution/protocol.ts'
import { emptyCodeHash, emptyTrieRoot } from '../../core/account.ts'
import { type Address, bytesToHex, emptyBytes, type Hash, hexToBytes, zeroHash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { predeploys } from '../../core/predeploys.ts'
import type { StateReader, World } from '../../core/state.ts'
import type { DepositTx } from '../../core/tx.ts'
import { envelope } from '../../core/txEnvelope.ts'
import { buildAlloc } from '../../genesis/alloc.ts'
import { type ChainSpec, protocolRulesOf, rulesOf } from '../../genesis/spec.ts'
import type { TxResult } from '../../state/engine.ts'
import { createEthereumjsEngine } from '../../state/engines/ethereumjs/engine.ts'
import { createWorld } from '../../state/world.ts'

export type Message = {
  readonly from: Address
  readonly to: Address
  readonly value?: bigint
  readonly data?: Uint8Array
  /** 1,000,000 unless given. */
  readonly gas?: bigint
}

/** A chain's genesis state with the engine on top: enough to use its contracts, without blocks. */
export type GenesisChain = {
  readonly world: World
  /** Executes a message as a deposit, with the value minted, at a time in seconds after genesis. */
  send(message: Message, afterSec?: bigint): Promise<TxResult>
  balance(address: Address): bigint
  readonly baseFee: bigint
}

export async function openGenesisChain(spec: ChainSpec): Promise<GenesisChain> {
  const world = createWorld(readerOf(spec))
  const engine = await createEthereumjsEngine({
    rules: rulesOf(spec),
    precompiles: protocolPrecompiles(protocolRulesOf(spec)),
    blockHash: () => undefined,
  })
  const baseFee = 7n
  return {
    world,
    baseFee,
    balance: (address) => world.account(address)?.balance ?? 0n,
    async send({ from, to, value = 0n, data = emptyBytes, gas = 1_000_000n }, afterSec = 0n) {
      const execution = engine.openBlock(world, {
        number: 1n,
        timestamp: spec.timestamp + afterSec,
        coinbase: predeploys.sequencerFeeVault,
        gasLimit: spec.systemConfig.gasLimit,
        baseFee,
        mixHash: zeroHash,
        parentHash: zeroHash,
        parentBeaconBlockRoot: zeroHash,
      })
      const tx: DepositTx = {
        type: 0x7e,
        sourceHash: zeroHash,
        from,
        to,
        mint: value,
        value,
        gas,
        isSystemTx: false,
        data,
      }
      const result = await execution.executeTx(envelope(tx, from))
      execution.close()
      assert(!('reject' in result), 'a deposit was refused')
      return result
    },
  }
}

/** Calls a function of a contract and decodes what it returns; fails the test if it reverts. */
export async function read<
  const Abi extends readonly unknown[],
  Name extends ContractFunctionName<Abi>,
  Args extends ContractFunctionArgs<Abi, 'pure' | 'view' | 'nonpayable' | 'payable', Name>,
>(
  chain: GenesisChain,
  {
    to,
    abi,
    functionName,
    args,
    afterSec,
  }: { to: Address; abi: Abi; functionName: Name; args?: Args; afterSec?: bigint },
): Promise<ContractFunctionReturnType<Abi, 'pure' | 'view' | 'nonpayable' | 'payable', Name, Args>> {
  const data = hexToBytes(encodeFunctionData({ abi, functionName, args } as Parameters<typeof encodeFunctionData>[0]))
  const result = await chain.send({ from: reader, to, data }, afterSec)
  assert(result.succeeded, `${functionName} failed: ${result.error?.reason}`)
  return decodeFunctionResult({ abi, functionName, args, data: bytesToHex(result.output) } as Parameters<
    typeof decodeFunctionResult
  >[0]) as ContractFunctionReturnType<Abi, 'pure' | 'view' | 'nonpayable' | 'payable', Name, Args>
}

const reader = `0x${'ee'.repeat(20)}` as Address

function readerOf(spec: ChainSpec): StateReader {
  const alloc = buildAlloc(spec)
  const codes = new Map<Hash, Uint8Array>()
  for (const { code } of alloc.values()) if (code !== undefined) codes.set(keccakHash(code), code)
  return {
    account(address) {
      const found = alloc.get(address)
      if (found === undefined) return undefined
      const codeHash = found.code === undefined ? emptyCodeHash : keccakHash(found.code)
      // Any root but the empty one tells the world that there is storage.
      const storageRoot = found.storage.size === 0 ? emptyTrieRoot : zeroHash
      return { nonce: found.nonce, balance: found.balance, storageRoot, codeHash }
    },
    storage: (address, slot) => alloc.get(address)?.storage.get(slot) ?? emptyBytes,
    code(codeHash) {
      const code = codes.get(codeHash)
      assert(code !== undefined, 'unknown code')
      return code
    },
  }
}
