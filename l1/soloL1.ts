import { bigintToFixed, concatBytes, type Hash, zeroHash } from '../core/hex.ts'
import { keccakHash } from '../core/keccak.ts'
import type { L1, L1Block } from '../core/ports/l1.ts'
import type { SystemConfig } from '../core/rules.ts'

/** Seconds between the blocks of the synthetic L1, as on Ethereum. */
export const soloL1BlockSec = 12n

const baseFee = 1_000_000_000n
const blobBaseFee = 1n
const text = new TextEncoder()

/**
 * The L1 of a development chain that has none: no deposits, a constant configuration, and a new block whenever an L2
 * block is at least 12 s after its parent's origin. That block has the L2 block's time, so the origin is never in the
 * L2 block's future and never too old, whatever jumps the clock makes. A pure function of the parent's origin and the
 * time: the same chain gives the same origins again.
 */
export function createSoloL1(config: SystemConfig): L1 {
  return {
    inputs: async ({ origin, sequenceNumber }, timestamp) =>
      timestamp < origin.timestamp + soloL1BlockSec
        ? { origin, deposits: [], config, sequenceNumber: sequenceNumber + 1n }
        : { origin: soloL1Block(origin.number + 1n, timestamp), deposits: [], config, sequenceNumber: 0n },
  }
}

/** The synthetic L1 block of this number and time. It has no beacon chain, so no beacon root. */
export function soloL1Block(number: bigint, timestamp: bigint): L1Block {
  return {
    number,
    hash: digest('block', number, timestamp),
    timestamp,
    baseFee,
    blobBaseFee,
    mixHash: digest('randao', number, timestamp),
    parentBeaconBlockRoot: zeroHash,
  }
}

function digest(purpose: string, number: bigint, timestamp: bigint): Hash {
  const domain = text.encode(`openledger/solo-l1/${purpose}`)
  return keccakHash(concatBytes(domain, bigintToFixed(number, 8), bigintToFixed(timestamp, 8)))
}
