import { NodeError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { L1Spec } from '../../genesis/spec.ts'
import { isBlobOf } from '../kzg/blob.ts'
import type { Kzg } from '../kzg/kzg.ts'
import type { L1Source } from '../source.ts'
import type { L1Wallet } from '../wallet.ts'
import { createBeacon } from './beacon.ts'
import { createBlobs } from './blobs.ts'
import { parseEndpoint } from './endpoint.ts'
import type { L1Log, SourceHealth } from './health.ts'
import { defaultLimits, type L1Limits } from './limits.ts'
import { createPool } from './pool.ts'
import { createProvider } from './provider.ts'
import { createSource } from './source.ts'
import { createWallet } from './wallet.ts'

/** L1 over JSON-RPC and the Beacon API. */
export type L1Client = {
  readonly source: L1Source
  readonly wallet: L1Wallet
  /** Every node that was named, in the order of the settings, JSON-RPC first. */
  health(): readonly SourceHealth[]
}

/**
 * Opens the nodes of L1. With more than one URL for JSON-RPC they have to agree on hashes. Without a URL for the Beacon
 * API blobs are looked for at the JSON-RPC URLs, where anvil has them. Throws `l1_bad_url` and, if a node answers from
 * another chain than the spec names, `l1_wrong_chain` (both fatal). A node that does not answer yet is no failure:
 * everything waits for it.
 */
export async function openL1Client(options: {
  readonly rpcUrls: readonly string[]
  readonly beaconUrls: readonly string[]
  readonly spec: L1Spec
  readonly kzg: Pick<Kzg, 'commitment'>
  readonly clock: Clock
  readonly log: L1Log
  readonly signal: AbortSignal
  readonly limits?: Partial<L1Limits>
  readonly random?: () => number
}): Promise<L1Client> {
  const { rpcUrls, beaconUrls, spec, kzg, clock, log, signal, random = Math.random } = options
  const limits = { ...defaultLimits, ...options.limits }
  const common = { limits, clock, log, signal, random }
  const providers = rpcUrls.map((url) =>
    createProvider({ ...common, endpoint: parseEndpoint(url), chainId: spec.chainId }),
  )
  const beacons = (beaconUrls.length === 0 ? rpcUrls : beaconUrls).map((url) =>
    createBeacon({ ...common, endpoint: parseEndpoint(url) }),
  )
  const pool = createPool(providers, common)
  for (const answer of await pool.all((provider) => provider.read('eth_chainId', []))) {
    if (answer instanceof NodeError && answer.code === 'l1_wrong_chain') {
      const { code, message, fix = '' } = answer
      throw new NodeError({ code, severity: 'fatal', message, fix })
    }
  }
  const source = createSource({ ...common, pool, spec, blobs: createBlobs({ ...common, beacons, kzg }) })
  return {
    source: { ...source, isBlobOf: (blob, hash) => isBlobOf(kzg, blob, hash) },
    wallet: createWallet(pool, source.hashAt),
    health: () => [...providers.map((node) => node.health()), ...beacons.map((node) => node.health.state())],
  }
}
