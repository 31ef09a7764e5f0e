import type { Address } from '../core/hex.ts'
import type { SystemConfig } from '../core/rules.ts'

/** What L1's SystemConfig contract says at one L1 block: consensus parameters, and who signs unsafe blocks. */
export type L1Config = {
  readonly system: SystemConfig
  /** Policy of gossip, never consensus. */
  readonly unsafeSigner: Address
}
