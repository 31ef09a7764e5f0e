import { readFileSync, writeFileSync } from 'node:fs'
import { isIPv4, isIPv6 } from 'node:net'
import { join } from 'node:path'
import { z } from 'zod'
import { NodeError } from '../../core/errors.ts'
import { parseSpec } from '../../genesis/loadSpec.ts'
import type { ChainSpec } from '../../genesis/spec.ts'
import type { DataDir } from '../data/dir.ts'
import { askNode } from './rpcClient.ts'

/** A network to join: its chain and addresses of peers. */
export type Joined = { readonly spec: ChainSpec; readonly peers: readonly string[] }

const multiaddr = z
  .string()
  .max(512)
  .regex(/^\/[!-~]+$/)
const networkShape = z.object({ peerId: z.string().max(128), addresses: z.array(multiaddr).max(64) }).nullable()
const savedShape = z.object({ chainSpec: z.unknown(), peers: z.array(multiaddr).max(256) })

/**
 * Asks a node what its chain is and where it can be reached, and keeps the answer in the data folder: a later start goes
 * on with that if the node does not answer. Throws NodeErrors of `askNode` and `bad_chain_spec`.
 */
export async function joinNetwork(url: string, dir: DataDir, signal: AbortSignal): Promise<Joined> {
  const file = join(dir.path, 'joined.json')
  try {
    const chainSpec = await askNode({ url }, { method: 'openledger_chainSpec', shape: z.unknown() }, signal)
    const network = await askNode({ url }, { method: 'openledger_network', shape: networkShape }, signal)
    const peers = network === null ? [] : addressesOf(network, url)
    const joined = { spec: withHash(parseSpec(chainSpec, `the chain spec of ${url}`)), peers }
    if (dir.isKept) writeFileSync(file, `${JSON.stringify({ chainSpec, peers })}\n`, { flush: true })
    return joined
  } catch (error) {
    const saved = error instanceof NodeError && error.code === 'no_node' ? readSaved(file) : undefined
    if (saved !== undefined) return saved
    throw error
  }
}

function readSaved(file: string): Joined | undefined {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
  const { data } = savedShape.safeParse(json)
  return data && { spec: withHash(parseSpec(data.chainSpec, file)), peers: data.peers }
}

/** Without the hash nothing would tell whether the genesis block is theirs. */
function withHash(spec: ChainSpec): ChainSpec {
  if (spec.hash !== undefined) return spec
  const message = 'the node does not tell the hash of its genesis block'
  throw new NodeError({ code: 'bad_chain_spec', severity: 'fatal', message, fix: 'name another one with --join' })
}

/**
 * What the node says of its addresses, and the host by which it was asked with the same port: it may be behind NAT, or
 * in a container, and not know that name.
 */
export function addressesOf(
  { peerId, addresses }: { readonly peerId: string; readonly addresses: readonly string[] },
  url: string,
): readonly string[] {
  const port = addresses.map((address) => /\/tcp\/(\d{1,5})(?:\/|$)/.exec(address)?.[1]).find(Boolean)
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
  const family = isIPv4(host) ? 'ip4' : isIPv6(host) ? 'ip6' : 'dns'
  const asked = port === undefined ? [] : [`/${family}/${host}/tcp/${port}/p2p/${peerId}`]
  return [...new Set([...addresses, ...asked])]
}
