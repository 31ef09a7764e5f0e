import { isProtocol } from '../../attribution/native/addresses.ts'
import type { PrecompileContext, PrecompileResult, PrecompileTable } from '../../attribution/precompile.ts'
import { emptyCodeHash } from '../../core/account.ts'
import {
  type Address,
  bigintToFixed,
  bytesToAddress,
  bytesToBigint,
  concatBytes,
  emptyBytes,
  type Hash,
  hexToBytes,
} from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import type { StateReader, World } from '../../core/state.ts'
import type { DepositTx } from '../../core/tx.ts'

/** Where a solo development chain sets balances. No key exists for it: only the node's own deposits come from here. */
export const devAddress = '0x0000000000000000000000000000000000000de7' as Address

/** Gas limit of a deposit that sets a balance: its intrinsic gas and the call, with room to spare. */
const depositGas = 100_000n
const maxUint256 = 2n ** 256n - 1n

/**
 * The greatest balance to set, in wei. All balances together then stay below 2^256, however many are set: nobody's fees
 * or transfers can be more than their receiver takes in.
 */
export const maxSetBalance = 2n ** 192n
const domain = new TextEncoder().encode('openledger/dev/set-balance')

/** The native contracts that exist only on a solo development chain. */
export const devPrecompiles: PrecompileTable = new Map([[devAddress, setBalance]])

/**
 * The deposit that gives `address` the balance `wei` in the state it is made for. It mints what the dev address lacks,
 * whose precompile then moves the difference; what a lower balance sets free stays there. So money is conserved by the
 * rule for deposits, and the block executes again from its bytes. `parent` makes the source hash unique. Undefined if
 * that is more than `maxSetBalance`, or the dev address would hold more than 2^256 - 1 wei, or the account is the
 * protocol's: what that holds is in its books.
 */
export function setBalanceDeposit(
  state: StateReader,
  address: Address,
  wei: bigint,
  parent: Hash,
): DepositTx | undefined {
  if (isProtocol(address)) return undefined
  const missing = wei - balanceOf(state, address)
  const purse = balanceOf(state, devAddress)
  if (wei > maxSetBalance || purse - missing > maxUint256) return undefined
  const data = concatBytes(hexToBytes(address), bigintToFixed(wei, 32))
  return {
    type: 0x7e,
    sourceHash: keccakHash(concatBytes(domain, hexToBytes(parent), data)),
    from: devAddress,
    to: devAddress,
    mint: missing > purse ? missing - purse : 0n,
    value: 0n,
    gas: depositGas,
    isSystemTx: false,
    data,
  }
}

function setBalance({ world, caller, delegated, readOnly }: PrecompileContext, input: Uint8Array): PrecompileResult {
  if (caller !== devAddress || delegated || readOnly || input.length !== 52) return { kind: 'revert', data: emptyBytes }
  const target = bytesToAddress(input.subarray(0, 20))
  if (target === devAddress) return { kind: 'output', data: emptyBytes }
  if (isProtocol(target)) return { kind: 'revert', data: emptyBytes }
  const wanted = bytesToBigint(input.subarray(20))
  const difference = wanted - balanceOf(world, target)
  if (balanceOf(world, devAddress) < difference) return { kind: 'revert', data: emptyBytes }
  addBalance(world, devAddress, -difference)
  addBalance(world, target, difference)
  return { kind: 'output', data: emptyBytes }
}

function balanceOf(world: StateReader, address: Address): bigint {
  return world.account(address)?.balance ?? 0n
}

function addBalance(world: World, address: Address, wei: bigint): void {
  const { nonce, codeHash } = world.account(address) ?? { nonce: 0n, codeHash: emptyCodeHash }
  world.setAccount(address, { nonce, codeHash, balance: balanceOf(world, address) + wei })
}
