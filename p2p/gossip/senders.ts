import type { Address, Hash } from '../../core/hex.ts'

/**
 * Who sent the transactions that were gossiped lately, by their hashes: at most `max`, the oldest forgotten first. A hash
 * is of all that is signed and of the signature, so that a block's sender need not be recovered again.
 */
export type Senders = { of(hash: Hash): Address | undefined; add(hash: Hash, sender: Address): void }

export function createSenders(max: number): Senders {
  const senders = new Map<Hash, Address>()
  return {
    of: (hash) => senders.get(hash),
    add: (hash, sender) => {
      senders.set(hash, sender)
      if (senders.size > max) senders.delete(senders.keys().next().value!)
    },
  }
}
