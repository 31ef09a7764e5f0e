import { emptyCodeHash } from '../core/account.ts'
import { type Address, bigintToBytes, bigintToFixed, bytesToHash, hexToBytes } from '../core/hex.ts'
import { beaconRootsAddress, historyStorageAddress } from '../core/predeploys.ts'
import type { World } from '../core/state.ts'
import type { BlockEnv } from './engine.ts'

/** Slots of either ring buffer. */
const ringLength = 8_191n

/**
 * What the system calls of EIP-4788 and EIP-2935 write at the start of a block, without running the contracts: the
 * parent's beacon root under the block's time, and the parent's hash under its number. A contract that is not there
 * is left out, as the EIPs say.
 */
export function writeSystemContracts(
  world: World,
  env: Pick<BlockEnv, 'number' | 'timestamp' | 'parentHash' | 'parentBeaconBlockRoot'>,
): void {
  if (hasCode(world, beaconRootsAddress)) {
    const place = env.timestamp % ringLength
    write(world, beaconRootsAddress, place, bigintToBytes(env.timestamp))
    write(world, beaconRootsAddress, place + ringLength, hexToBytes(env.parentBeaconBlockRoot))
  }
  if (hasCode(world, historyStorageAddress)) {
    write(world, historyStorageAddress, (env.number - 1n) % ringLength, hexToBytes(env.parentHash))
  }
}

function hasCode(world: World, address: Address): boolean {
  const account = world.account(address)
  return account !== undefined && account.codeHash !== emptyCodeHash
}

function write(world: World, address: Address, slot: bigint, value: Uint8Array): void {
  world.setStorage(address, bytesToHash(bigintToFixed(slot, 32)), value)
}
