import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'

/** An IP address as it is compared: IPv4 inside IPv6 as IPv4, no zone. */
export function plainIp(ip: string): string {
  const text = ip.replace(/%.*$/, '').toLowerCase()
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1]
  return mapped !== undefined && isIPv4(mapped) ? mapped : text
}

/** Loopback, link-local, private and shared (RFC 1918, 3927, 4193, 6598): many peers may well be in one such network. */
export function isLocalIp(ip: string): boolean {
  return holdsIp(localNetworks, ip)
}

/** The network that one owner is likely to have all of: /24 of IPv4, /48 of IPv6. Undefined for what is no IP address. */
export function subnetOf(ip: string): string | undefined {
  const plain = plainIp(ip)
  if (isIPv4(plain)) return plain.slice(0, plain.lastIndexOf('.'))
  if (!isIPv6(plain)) return undefined
  const [front = '', back] = plain.split('::')
  const groups = (text: string) => text.split(':').flatMap((group) => group.split('.').map(() => group))
  const head = front === '' ? [] : groups(front)
  const tail = back === undefined || back === '' ? [] : groups(back)
  const zeros = back === undefined ? [] : new Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0')
  const first = [...head, ...zeros, ...tail].slice(0, 3)
  return first.map((group) => Number.parseInt(group, 16).toString(16)).join(':')
}

/** Whether one of these networks has the address. */
export function holdsIp(networks: BlockList, ip: string): boolean {
  const plain = plainIp(ip)
  const family = isIP(plain)
  return family !== 0 && networks.check(plain, family === 4 ? 'ipv4' : 'ipv6')
}

/** Adds an IP address or a CIDR; false if the text is neither. */
export function addNetwork(networks: BlockList, text: string): boolean {
  const match = /^([0-9a-f:.]+)(?:\/(\d{1,3}))?$/i.exec(text)
  const ip = match === null ? '' : plainIp(match[1]!)
  const family = isIP(ip)
  const bits = family === 4 ? 32 : 128
  const prefix = match?.[2] === undefined ? bits : Number(match[2])
  if (family === 0 || prefix > bits) return false
  networks.addSubnet(ip, prefix, family === 4 ? 'ipv4' : 'ipv6')
  return true
}

const localNetworks = new BlockList()
for (const network of [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '100.64.0.0/10',
  '::1',
  'fc00::/7',
  'fe80::/10',
]) {
  addNetwork(localNetworks, network)
}
