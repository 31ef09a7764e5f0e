import type { PeerId } from '../../core/ports/net.ts'
import type { NetLimits } from '../limits.ts'
import type { Connection } from '../transport.ts'
import type { Bans } from './bans.ts'
import { isLocalIp, subnetOf } from './ip.ts'
import type { PeerList } from './lists.ts'

/** Why a connection is refused. */
export type AdmissionReject = 'denied' | 'not_allowed' | 'banned' | 'full' | 'inbound_full' | 'subnet_full'

/** Before the handshake nobody knows which peer an inbound connection is of. */
export type Candidate = Omit<Connection, 'peer'> & { readonly peer: PeerId | undefined }

export type AdmissionRules = {
  readonly limits: Pick<NetLimits, 'maxPeers' | 'maxInbound' | 'maxPerSubnet'>
  readonly allow: PeerList
  readonly deny: PeerList
  readonly bans: Pick<Bans, 'isBanned' | 'isIpBanned'>
  /** Whether the operator wants this connection whatever else holds. */
  isPersistent(candidate: Candidate): boolean
  /** Whether a persistent peer that is not connected may be behind a connection of an unknown peer. */
  isAwaited(): boolean
}

/**
 * Whether a connection may be made or kept, with these peers connected. The operator's denials come first, persistent
 * peers next, then bans, the list of those allowed, and room: in all, for inbound ones, in one network of one owner.
 */
export function checkAdmission(
  candidate: Candidate,
  peers: readonly Connection[],
  rules: AdmissionRules,
): AdmissionReject | undefined {
  const { limits, allow, deny, bans } = rules
  const { peer, ip, direction } = candidate
  if (deny.has(candidate)) return 'denied'
  if (rules.isPersistent(candidate)) return undefined
  const isUnknown = peer === undefined
  if (isUnknown && rules.isAwaited()) return undefined
  if (bans.isIpBanned(ip) || (!isUnknown && bans.isBanned(peer))) return 'banned'
  if (!allow.isEmpty && !allow.has(candidate) && !(isUnknown && allow.hasIds)) return 'not_allowed'

  const others = peers.filter((other) => other.peer !== peer)
  if (others.length >= limits.maxPeers) return 'full'
  const inbound = others.filter((other) => other.direction === 'inbound')
  if (direction === 'inbound' && inbound.length >= limits.maxInbound) return 'inbound_full'
  const subnet = subnetOf(ip)
  if (subnet === undefined || isLocalIp(ip)) return undefined
  const near = others.filter((other) => !isLocalIp(other.ip) && subnetOf(other.ip) === subnet)
  return near.length >= limits.maxPerSubnet ? 'subnet_full' : undefined
}
