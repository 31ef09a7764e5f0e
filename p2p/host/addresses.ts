import { isIPv4 } from 'node:net'
import { peerIdFromString } from '@libp2p/peer-id'
import { CODE_IP4, CODE_IP6, CODE_P2P, type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { NodeError } from '../../core/errors.ts'
import type { PeerId } from '../../core/ports/net.ts'

/** A multiaddr that can be dialled over TCP. Throws NodeError `bad_address` (fatal). */
export function parseAddress(text: string): Multiaddr {
  try {
    const address = multiaddr(text)
    const names = address.getComponents().map(({ name }) => name)
    const id = idIn(address)
    if (id !== undefined) peerIdFromString(id)
    if (text.length <= 256 && isReachable(names)) return address
  } catch {
    // Said below.
  }
  throw new NodeError({
    code: 'bad_address',
    severity: 'fatal',
    message: 'the address of a peer is malformed',
    fix: 'write it like /ip4/192.0.2.7/tcp/9222/p2p/12D3Koo..., as openledger_network tells it',
  })
}

function isReachable([first, second, third, ...rest]: readonly string[]): boolean {
  if (first === 'dnsaddr') return [second, third, ...rest].every((name) => name === undefined || name === 'p2p')
  const isHost = first === 'ip4' || first === 'ip6' || first === 'dns' || first === 'dns4' || first === 'dns6'
  return isHost && second === 'tcp' && (third === undefined || third === 'p2p') && rest.length === 0
}

/** The peer id at the end of an address; undefined if it names none. */
export function idIn(address: Multiaddr): PeerId | undefined {
  return address.getComponents().findLast(({ code }) => code === CODE_P2P)?.value
}

/** The IP address in an address as text, the host name where there is none; an IPv4 address in IPv6 form as IPv4. */
export function ipIn(address: Multiaddr): string {
  const components = address.getComponents()
  const ip = components.find(({ code }) => code === CODE_IP4 || code === CODE_IP6)
  const text = ip?.value ?? components[0]?.value ?? ''
  const embedded = /^::ffff:(.+)$/i.exec(text)?.[1]
  if (embedded === undefined) return text
  if (isIPv4(embedded)) return embedded
  const words = /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(embedded)
  if (words === null) return text
  const [high, low] = [Number.parseInt(words[1] ?? '', 16), Number.parseInt(words[2] ?? '', 16)]
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}
