import type { Hash } from '../../core/hex.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { L1Block } from '../../core/ports/l1.ts'
import { isBlob, versionedHash } from '../kzg/blob.ts'
import type { Kzg } from '../kzg/kzg.ts'
import type { L1Source } from '../source.ts'
import type { Beacon, SlotTiming } from './beacon.ts'
import type { L1Limits } from './limits.ts'
import { isOutage, outage } from './outage.ts'

/**
 * Blobs from Beacon nodes, one after the other until all are found: by slot, or by the hash of the execution block where
 * no node tells slots (anvil). A blob counts if the commitment that is computed from it has the hash that is looked for;
 * everything else is as good as missing. Throws `blob_missing`, or the outage that kept them away.
 */
export function createBlobs(options: {
  readonly beacons: readonly Beacon[]
  readonly kzg: Pick<Kzg, 'commitment'>
  readonly limits: L1Limits
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly random: () => number
}): L1Source['blobs'] {
  const { beacons, kzg, limits, clock, signal, random } = options
  const timings = new Map<Beacon, SlotTiming | undefined>()

  async function told(beacon: Beacon): Promise<SlotTiming | undefined> {
    if (!timings.has(beacon)) timings.set(beacon, await beacon.timing())
    return timings.get(beacon)
  }

  /** What the node says of slots or, if it says nothing, what another one says. */
  async function timingOf(beacon: Beacon): Promise<SlotTiming | undefined> {
    const own = await told(beacon)
    if (own !== undefined) return own
    for (const other of beacons) {
      if (other.health.pauseMs() > 0) continue
      try {
        const timing = await told(other)
        if (timing !== undefined) return timing
      } catch (error) {
        if (!isOutage(error)) throw error
      }
    }
    return undefined
  }

  /** Takes out of `missing` what this node has. */
  async function search(beacon: Beacon, block: L1Block, missing: Set<Hash>, found: Map<Hash, Uint8Array>) {
    const take = async (blob: Uint8Array): Promise<void> => {
      if (missing.size === 0 || !isBlob(blob)) return
      const hash = versionedHash(await kzg.commitment(blob))
      if (missing.delete(hash)) found.set(hash, blob)
    }
    const id = blockId(block, await timingOf(beacon))
    // Some nodes do not read the parameter, or only one of its values: without it they give all.
    for (const hashes of [[...missing], []]) {
      const blobs = await beacon.blobs(id, hashes)
      if (blobs === undefined) break
      for (const blob of blobs) await take(blob)
      if (missing.size === 0) return
    }
    for (const { blob, commitment } of (await beacon.sidecars(id)) ?? []) {
      if (missing.has(versionedHash(commitment))) await take(blob)
    }
  }

  return async (block, hashes) => {
    const missing = new Set(hashes)
    const found = new Map<Hash, Uint8Array>()
    let last = outage('blob_missing', `no Beacon node has the blobs of L1 block ${block.number}`)
    for (let round = 0; missing.size > 0 && !signal.aborted; ) {
      let failed = false
      for (const beacon of beacons) {
        if (missing.size === 0) break
        if (beacon.health.pauseMs() > 0) continue
        try {
          await search(beacon, block, missing, found)
        } catch (error) {
          if (!isOutage(error)) throw error
          failed = true
          last = error
        }
      }
      // What a node does not have it will not have in a second either; the caller comes again.
      if (missing.size === 0 || !failed || ++round >= limits.rounds) break
      await clock.sleep(limits.backoffMs * 2 ** (round - 1) * (1 - random() / 2), signal)
    }
    if (missing.size === 0) return found
    // A wrong idea of slots looks the same as missing blobs: it is asked for again.
    timings.clear()
    throw outage('blob_missing', `${missing.size} blobs of L1 block ${block.number} are nowhere to be had`, last)
  }
}

function blockId(block: L1Block, timing: SlotTiming | undefined): string {
  if (timing === undefined || block.timestamp < timing.genesis) return block.hash
  return ((block.timestamp - timing.genesis) / timing.slotSec).toString()
}
