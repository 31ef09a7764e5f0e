import { openL1Client } from '../../l1/client/client.ts'
import { type Kzg, openKzg } from '../../l1/kzg/kzg.ts'
import type { L1Source } from '../../l1/source.ts'
import type { L1Wallet } from '../../l1/wallet.ts'
import type { RoleContext } from './role.ts'

/** L1 as a role works with it: what is read, what is sent, and the commitments of blobs. */
export type L1Link = { readonly source: L1Source; readonly wallet: L1Wallet; readonly kzg: Kzg }

/** Connects a role to L1. Throws the NodeErrors of the client; nothing stays open then. */
export type ConnectL1 = (context: Pick<RoleContext, 'spec' | 'clock' | 'log' | 'signal'>) => Promise<L1Link>

/** Where L1 is. */
export type L1Urls = { readonly rpc: readonly string[]; readonly beacon: readonly string[] }

/** L1 over JSON-RPC and the Beacon API. */
export function connectL1({ rpc, beacon }: L1Urls): ConnectL1 {
  return async ({ spec, clock, log, signal }) => {
    const kzg = openKzg()
    try {
      const client = await openL1Client({ rpcUrls: rpc, beaconUrls: beacon, spec: spec.l1, kzg, clock, log, signal })
      return { source: client.source, wallet: client.wallet, kzg }
    } catch (error) {
      await kzg.close()
      throw error
    }
  }
}
