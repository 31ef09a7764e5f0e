import { join } from 'node:path'
import { z } from 'zod'
import { NodeError } from '../../core/errors.ts'
import { systemClock } from '../../core/ports/systemClock.ts'
import { createJwt } from '../../rpc/server/jwt.ts'
import type { Config } from '../config/table.ts'
import { dataDir } from '../data/dir.ts'
import { readJwtSecret } from '../keys/jwtSecret.ts'
import { durationText } from './duration.ts'
import { exitCodes } from './exit.ts'
import { jwtSecretName } from './nodeOptions.ts'
import { askNode, type NodePlace } from './rpcClient.ts'
import type { Context } from './verb.ts'

/** Printable: it was written by strangers. */
const text = z.string().transform((given) => given.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 512))
const block = z.object({ number: z.string().transform((given) => Number(given)), hash: text })
const nodeShape = z.object({ id: text, addresses: z.array(text), peers: z.number(), banned: z.number() })
const peerShape = z.object({
  id: text,
  name: text.nullable(),
  network: z.object({
    remoteAddress: text,
    inbound: z.boolean(),
    static: z.boolean(),
    connectedSince: z.iso.datetime(),
    latencyMs: z.number().nullable(),
  }),
  score: z.number(),
  topics: z.array(text),
  protocols: z.object({ openledger: z.object({ unsafe: block, safe: block }).nullable() }),
})
type Peer = z.output<typeof peerShape>

/** `openledger peers list`: this node's addresses and the peers it is connected with. */
export async function peersList({ config, out, signal }: Context): Promise<number> {
  const place = adminPlace(config)
  const node = await askNode(place, { method: 'admin_nodeInfo', shape: nodeShape }, signal)
  const peers = await askNode(place, { method: 'admin_peers', shape: z.array(peerShape) }, signal)
  const addresses = node.addresses.map((address) => `  ${address}`)
  const banned = node.banned === 0 ? '' : `, ${node.banned} banned`
  const lines = [
    `this node: ${node.id}`,
    ...(addresses.length === 0 ? ['  nobody can dial it: it listens on no address'] : addresses),
    `${peers.length === 1 ? '1 peer' : `${peers.length} peers`}${banned}`,
    ...peers.map(peerLine),
  ]
  out.result(lines.join('\n'), { node, peers })
  return exitCodes.ok
}

function peerLine({ id, name, network, score, protocols }: Peer): string {
  const { remoteAddress, inbound, static: isKept, connectedSince, latencyMs } = network
  const chain = protocols.openledger
  const facts = [
    inbound ? 'inbound' : 'outbound',
    ...(isKept ? ['kept'] : []),
    chain === null ? 'head unknown' : `block ${chain.unsafe.number}, safe ${chain.safe.number}`,
    `score ${Math.round(score)}`,
    ...(latencyMs === null ? [] : [`${Math.round(latencyMs)} ms`]),
    `for ${durationText((systemClock.nowMs() - Date.parse(connectedSince)) / 1000)}`,
    ...(name === null ? [] : [name]),
  ]
  const address = remoteAddress.includes(id) ? remoteAddress : `${remoteAddress}/p2p/${id}`
  return `  ${address}\n    ${facts.join(', ')}`
}

/** `openledger peers add ADDRESS`: dials a peer and keeps the connection up while the node runs. */
export async function peersAdd({ config, args, out, signal }: Context): Promise<number> {
  const [address] = args
  const call = { method: 'admin_addPeer', params: [address], shape: z.boolean() }
  const isReached = await askNode(adminPlace(config), call, signal)
  const failed = 'not reached: the node keeps trying, unless the address is malformed'
  out.result(isReached ? 'connected' : failed, { connected: isReached })
  return isReached ? exitCodes.ok : exitCodes.failed
}

/** `openledger peers remove ID`: forgets a peer and disconnects it. */
export async function peersRemove({ config, args, out, signal }: Context): Promise<number> {
  const [peer] = args
  const call = { method: 'admin_removePeer', params: [peer], shape: z.boolean() }
  const isRemoved = await askNode(adminPlace(config), call, signal)
  out.result(isRemoved ? 'removed' : 'no such peer', { removed: isRemoved })
  return isRemoved ? exitCodes.ok : exitCodes.failed
}

/** Where the node serves its operator: the port that is named, otherwise the socket in the data folder. */
function adminPlace(config: Config): NodePlace {
  const path = config['data-dir']
  const url = config['admin.url']
  if (url === undefined && path !== undefined) return { socket: dataDir(path, true).adminSocket }
  if (url === undefined) throw usage('no node is named', 'add --data-dir <folder of the node>, or --admin <url>')
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw usage('--admin is not an http or https URL', 'give it as http://host:port')
  }
  const inData = path === undefined ? undefined : join(path, jwtSecretName)
  const file = config['admin.jwt-secret'] ?? inData
  if (file === undefined) {
    throw usage('the admin port wants a secret', `add --admin.jwt-secret <file>: ${jwtSecretName} in the node's folder`)
  }
  const bearer = createJwt(readJwtSecret(file, { create: false }), systemClock.nowMs() / 1000)
  return { url, bearer }
}

function usage(message: string, fix: string): NodeError {
  return new NodeError({ code: 'usage', severity: 'fatal', message, fix })
}
