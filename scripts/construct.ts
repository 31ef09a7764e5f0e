import { emptyTrieRoot } from '../core/account.ts'
import { assert } from '../core/errors.ts'
import { type Address, bytesToHex, emptyBytes, type Hash, type Hex, zeroAddress, zeroHash } from '../core/hex.ts'
import { keccakHash } from '../core/keccak.ts'
import type { DepositTx } from '../core/tx.ts'
import { envelope } from '../core/txEnvelope.ts'
import { createEthereumjsEngine } from '../state/engines/ethereumjs/engine.ts'
import { createWorld } from '../state/world.ts'

/** What a constructor leaves: the code with its immutables, and the slots that are not zero, by slot. */
export type Constructed = { readonly runtime: Hex; readonly slots: Readonly<Record<Hash, Hex>> }

/**
 * The chain id that constructors see: mainnet's. OpenZeppelin keeps the EIP-712 domain of one chain in the code and
 * computes it on every other.
 */
const chainId = 1612n

/** More than any constructor needs. */
const gas = 16_000_000n

/**
 * Runs creation code at the address where its contract will be, in an empty state at time 0, as the chain's own engine
 * runs it. The same code gives the same result everywhere. Undefined if it reverts.
 */
export async function construct(address: Address, creation: Uint8Array): Promise<Constructed | undefined> {
  const codeHash = keccakHash(creation)
  const world = createWorld({
    account: (asked) =>
      asked === address ? { nonce: 1n, balance: 0n, storageRoot: emptyTrieRoot, codeHash } : undefined,
    storage: () => emptyBytes,
    code: (asked) => (asked === codeHash ? creation : emptyBytes),
  })
  const rules = { chainId, impersonation: false }
  const engine = await createEthereumjsEngine({ rules, precompiles: new Map(), blockHash: () => undefined })
  const execution = engine.openBlock(world, {
    number: 0n,
    timestamp: 0n,
    coinbase: zeroAddress,
    gasLimit: gas,
    baseFee: 0n,
    mixHash: zeroHash,
    parentHash: zeroHash,
    parentBeaconBlockRoot: zeroHash,
  })
  const tx: DepositTx = {
    type: 0x7e,
    sourceHash: zeroHash,
    from: zeroAddress,
    to: address,
    mint: 0n,
    value: 0n,
    gas,
    isSystemTx: false,
    data: emptyBytes,
  }
  const result = await execution.executeTx(envelope(tx, zeroAddress))
  execution.close()
  assert(!('reject' in result), 'a deposit was refused')
  if (!result.succeeded) return undefined
  const written = [...(world.finish().accounts.get(address)?.storage ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    runtime: bytesToHex(result.output),
    slots: Object.fromEntries(written.map(([slot, value]) => [slot, bytesToHex(value)])),
  }
}
