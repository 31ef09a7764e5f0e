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
}

export type Reason = {
  readonly code: 'chain_busy' | 'chain_stopped' | 'head_old' | 'disk_low'
  readonly message: string
  readonly fix: string
}
export type Readiness = {
  readonly ready: boolean
  readonly reasons: readonly Reason[]
  readonly status: ChainStatus | undefined
}

/** Whether the node should get traffic, and why not. `status` is undefined when the chain thread has been silent for too long. */
export function readiness(status: ChainStatus | undefined): Readiness {
  const reasons = status === undefined ? [busy] : reasonsOf(status)
  return { ready: reasons.length === 0, reasons, status }
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

function mebibytes(bytes: number): number {
  return Math.floor(bytes / 1_048_576)
}
