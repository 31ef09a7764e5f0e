import { type NetworkHealth, networkReasons, networkWarnings, type SyncHealth } from './network.ts'
import { readySilenceMs } from './silence.ts'

/** What the chain thread says about itself when asked. */
export type ChainStatus = {
  readonly chain: string
  readonly chainId: number
  readonly role: string
  readonly head: number
  readonly headHash: string
  /** Wall-clock seconds since the head's timestamp; negative when chain time is ahead. */
  readonly headAgeSec: number
  /** Seconds since this node started: a chain that was stopped for days is not late yet. */
  readonly uptimeSec: number
  /** There must be a block at least this often; undefined where blocks come only on demand. */
  readonly maxHeadAgeSec: number | undefined
  readonly freeDiskBytes: number | undefined
  readonly minFreeDiskBytes: number
  /** How often the thread that answers this was started again after it had ended by itself. */
  readonly rpcRestarts: number
  /** Why the chain accepts nothing any more, if so. */
  readonly stopped: string | undefined
  /** Blocks derived from L1, and derived from a final L1 block; on a chain without L1 by depth. */
  readonly safe: number
  readonly finalized: number
  /** On a chain with an L1 only. */
  readonly l1?: L1Health
  /** Only where the node takes part in the network. */
  readonly network?: NetworkHealth
  /** Only while it catches up. */
  readonly sync?: SyncHealth
  /** What holds up whoever posts to L1: clients notice nothing yet, but a person must look. */
  readonly posting?: readonly Reason[]
}

/** How far L1 was followed. Numbers are those of L1 blocks. */
export type L1Health = {
  /** The newest one; undefined until L1 has answered. */
  readonly head: number | undefined
  readonly derived: number
  readonly behind: number
  /** So far behind that what is served is old. */
  readonly isBehind: boolean
  /** Since the time of the newest L1 block that was derived from. */
  readonly ageSec: number
  /** What keeps derivation from going on: a code, and for how long it has. */
  readonly stalled: { readonly code: string; readonly forSec: number } | undefined
}

export type Reason = {
  readonly code:
    | 'chain_busy'
    | 'chain_stopped'
    | 'l1_unreachable'
    | 'l1_stalled'
    | 'l1_behind'
    | 'l1_old'
    | 'head_old'
    | 'disk_low'
    | 'syncing'
    | 'safe_disputed'
    | 'no_peers'
    | 'evidence'
    | 'batcher_held_up'
    | 'proposer_held_up'
  readonly message: string
  readonly fix: string
}
export type Readiness = {
  readonly ready: boolean
  readonly reasons: readonly Reason[]
  /** What takes no traffic away yet. */
  readonly warnings: readonly Reason[]
  readonly status: Omit<ChainStatus, 'posting'> | undefined
}

/** Whether the node should get traffic, and why not. `status` is undefined when the chain thread has been silent for too long. */
export function readiness(status: ChainStatus | undefined): Readiness {
  if (status === undefined) return { ready: false, reasons: [busy], warnings: [], status }
  const { posting = [], ...rest } = status
  const reasons = reasonsOf(rest)
  const warnings = [...posting, ...networkWarnings(rest.network, { role: rest.role, l1: rest.l1 })]
  return { ready: reasons.length === 0, reasons, warnings, status: rest }
}

const busy: Reason = {
  code: 'chain_busy',
  message: `the chain thread does not answer: it is starting, or has been silent for ${readySilenceMs / 1000} s`,
  fix: 'wait half a minute; if it lasts longer, restart the node and report it',
}

function reasonsOf(status: ChainStatus): readonly Reason[] {
  const reasons: Reason[] = []
  if (status.stopped !== undefined) {
    reasons.push({ code: 'chain_stopped', message: status.stopped, fix: 'see the log of the node' })
  }
  if (status.l1 !== undefined) reasons.push(...l1Reasons(status.l1))
  reasons.push(...networkReasons(status.network, status.sync))
  const waitedSec = Math.min(status.headAgeSec, status.uptimeSec)
  if (status.maxHeadAgeSec !== undefined && waitedSec > status.maxHeadAgeSec) {
    reasons.push({
      code: 'head_old',
      message: `the newest block is ${Math.round(status.headAgeSec)} s old, more than ${status.maxHeadAgeSec} s`,
      fix: 'check the connection to L1 and the clock of this machine',
    })
  }
  if (status.freeDiskBytes !== undefined && status.freeDiskBytes < status.minFreeDiskBytes) {
    reasons.push({
      code: 'disk_low',
      message: `${mebibytes(status.freeDiskBytes)} MiB of disk are free, the minimum is ${mebibytes(status.minFreeDiskBytes)}`,
      fix: 'free some space, or lower --datadir.minfreedisk',
    })
  }
  return reasons
}

/** L1 nodes fail for a moment now and then, in seconds. */
const hiccupSec = 15
/** Ethereum makes a block every 12 s. */
const oldL1Sec = 600
const unreachable: ReadonlySet<string> = new Set(['l1_unreachable', 'l1_rate_limited', 'l1_refused'])

function l1Reasons({ head, behind, isBehind, ageSec, stalled }: L1Health): readonly Reason[] {
  if (stalled !== undefined && stalled.forSec >= hiccupSec) return [stallReason(stalled)]
  if (head === undefined) {
    const fix = 'wait a moment; if it lasts, check that the L1 node runs and that its URL is right (--l1-rpc)'
    return [{ code: 'l1_unreachable', message: 'L1 has not answered yet since the start', fix }]
  }
  if (isBehind) {
    const fix = 'wait until the node has caught up; its log tells how far it is'
    return [{ code: 'l1_behind', message: `${behind} L1 blocks are still to be derived from`, fix }]
  }
  if (ageSec <= oldL1Sec) return []
  const message = `the newest block of L1 is ${Math.round(ageSec / 60)} minutes old`
  return [{ code: 'l1_old', message, fix: 'check that the L1 node is synchronised, and the clock of this machine' }]
}

function stallReason({ code, forSec }: NonNullable<L1Health['stalled']>): Reason {
  const lasts = `for ${Math.round(forSec)} s now (${code})`
  if (unreachable.has(code)) {
    const fix = 'check that the L1 node runs, its URL and credentials, or name a second one with --l1-rpc'
    return { code: 'l1_unreachable', message: `L1 cannot be reached, ${lasts}`, fix }
  }
  const fix = stallFixes.get(code) ?? 'see the log of the node for the cause'
  return { code: 'l1_stalled', message: `blocks cannot be derived from L1, ${lasts}`, fix }
}

const stallFixes: ReadonlyMap<string, string> = new Map([
  ['blob_missing', 'name a Beacon node or an archive that still has the blobs with --l1-beacon'],
  [
    'l1_went_back',
    'this L1 is another one or was started anew: check --l1-rpc; if the chain was started anew too, take another --data-dir',
  ],
])

function mebibytes(bytes: number): number {
  return Math.floor(bytes / 1_048_576)
}
