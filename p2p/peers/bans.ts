import type { Clock } from '../../core/ports/clock.ts'
import type { PeerId } from '../../core/ports/net.ts'
import type { NetLimits } from '../limits.ts'
import { isLocalIp, plainIp } from './ip.ts'
import { createRecent } from './recent.ts'

/** Who is kept out for a while. Identities cost nothing, so too many bans at one public IP address ban the address. */
export type Bans = {
  isBanned(peer: PeerId): boolean
  isIpBanned(ip: string): boolean
  ban(peer: PeerId, ip: string | undefined): void
  /** Only the peer, not its address. */
  lift(peer: PeerId): void
  /** Banned peers. */
  count(): number
}

type Limits = Pick<NetLimits, 'banMs' | 'maxBansPerIp' | 'maxRemembered'>

export function createBans({ banMs, maxBansPerIp, maxRemembered }: Limits, clock: Pick<Clock, 'nowMs'>): Bans {
  /** Until when. */
  const peers = createRecent<number>(maxRemembered)
  /** Until when each ban of a peer there lasts: the last few, oldest first. */
  const ips = createRecent<readonly number[]>(maxRemembered)
  const isRunning = (untilMs: number | undefined) => untilMs !== undefined && untilMs > clock.nowMs()

  return {
    isBanned: (peer) => isRunning(peers.get(peer)),
    isIpBanned: (ip) => (ips.get(plainIp(ip)) ?? []).filter(isRunning).length > maxBansPerIp,
    ban(peer, ip) {
      const untilMs = clock.nowMs() + banMs
      const isBanned = isRunning(peers.get(peer))
      peers.set(peer, untilMs)
      if (isBanned || ip === undefined || isLocalIp(ip)) return
      const key = plainIp(ip)
      ips.set(key, [...(ips.get(key) ?? []), untilMs].slice(-maxBansPerIp - 1))
    },
    lift: (peer) => void peers.delete(peer),
    count: () => [...peers.entries()].filter(([, untilMs]) => isRunning(untilMs)).length,
  }
}
