import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { bytesToHex } from '../../../core/hex.ts'
import { type Json, toQuantity } from '../../../core/json.ts'
import { fakeCommitment } from '../../rollup/l1/fakeKzg.ts'
import { type FakeBlock, genesisTime, slotSec } from './fakeChain.ts'

// An L1 node, execution and Beacon side, that serves a made-up chain and misbehaves on demand.

/** One call, or one path of the Beacon API. */
export type Call = { readonly method: string; readonly params: readonly Json[] }

/** What to do instead of answering honestly. */
export type Mischief =
  | { readonly result: Json }
  | { readonly error: { readonly code: number; readonly message: string } }
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  | 'hang'
  | 'cut'
  | 'drop'
  | { readonly giant: number }

export type FakeServer = {
  readonly url: string
  /** Everything that was asked, in order. */
  readonly calls: Call[]
  /** HTTP requests for JSON-RPC. */
  requests: number
  /** Requests that were being answered at the same time, at most. */
  mostAtOnce: number
  /** How long it takes for every answer. */
  delayMs: number
  readonly headers: IncomingMessage['headers'][]
  blocks: readonly FakeBlock[]
  /** Height of the block called final; undefined for none. */
  finalNumber: number | undefined
  chainId: bigint
  /** Decides call by call; undefined answers honestly. Beacon paths come as their own method with the query as parameter. */
  mischief: (call: Call) => Mischief | undefined
  /** What `eth_config` and fee histories say of the blob fee; undefined: no such method. */
  config: Json | undefined
  blobFee: ((block: FakeBlock) => bigint) | undefined
}

export async function startFakeServer(t: TestContext, blocks: readonly FakeBlock[]): Promise<FakeServer> {
  let open = 0
  const server = createServer((request, response) => {
    fake.mostAtOnce = Math.max(fake.mostAtOnce, ++open)
    response.on('close', () => open--)
    void read(request).then((body) => {
      fake.headers.push(request.headers)
      const reply = request.method === 'GET' ? get(request) : post(body)
      if (fake.delayMs === 0) perform(reply, response)
      else setTimeout(() => perform(reply, response), fake.delayMs)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const fake: FakeServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: [],
    requests: 0,
    mostAtOnce: 0,
    delayMs: 0,
    headers: [],
    blocks,
    finalNumber: undefined,
    chainId: 900n,
    mischief: () => undefined,
    config: { current: { activationTime: 0, blobSchedule: { baseFeeUpdateFraction: 5_007_716 } }, next: null },
    blobFee: undefined,
  }
  return fake

  function post(body: string): Reply {
    fake.requests++
    const parsed = JSON.parse(body) as ({ id: number } & Call) | ({ id: number } & Call)[]
    const answers: Json[] = []
    for (const { id, ...call } of Array.isArray(parsed) ? parsed : [parsed]) {
      fake.calls.push(call)
      const mischief = fake.mischief(call) ?? honest(fake, call)
      if (typeof mischief === 'string' || 'status' in mischief || 'giant' in mischief) return mischief
      answers.push({ jsonrpc: '2.0', id, ...mischief })
    }
    return ok(Array.isArray(parsed) ? answers : answers[0]!)
  }

  function get({ url: path = '' }: IncomingMessage): Reply {
    const { pathname, searchParams } = new URL(path, fake.url)
    const call = { method: pathname, params: searchParams.getAll('versioned_hashes') }
    fake.calls.push(call)
    const mischief = fake.mischief(call) ?? { result: beacon(fake, call) ?? null }
    if (typeof mischief === 'string' || !('result' in mischief)) return mischief as Reply
    return mischief.result === null ? { status: 404, body: '{"code":404}' } : ok({ data: mischief.result })
  }
}

type Reply = Exclude<Mischief, { readonly result: Json } | { readonly error: unknown }>

function ok(json: Json): Reply {
  return { status: 200, body: JSON.stringify(json) }
}

function honest(fake: FakeServer, { method, params }: Call): Mischief {
  const head = fake.blocks.at(-1)!
  const byHash = fake.blocks.find(({ hash }) => hash === params[0])
  switch (method) {
    case 'eth_chainId':
      return { result: toQuantity(fake.chainId) }
    case 'eth_getBlockByNumber': {
      const [tag, isFull] = params
      const height = tag === 'finalized' ? fake.finalNumber : Number(tag)
      const block = tag === 'latest' ? head : height === undefined ? undefined : fake.blocks[height]
      return { result: blockJson(block, isFull === true) }
    }
    case 'eth_getBlockByHash':
      return { result: blockJson(byHash, params[1] === true) }
    case 'eth_getBlockReceipts':
      return { result: byHash?.receipts ?? null }
    case 'eth_getTransactionReceipt':
      return {
        result: fake.blocks.flatMap(({ receipts }) => receipts).find((r) => r.transactionHash === params[0]) ?? null,
      }
    case 'eth_config':
      return fake.config === undefined ? missing : { result: fake.config }
    case 'eth_feeHistory': {
      const block = params[1] === 'latest' ? head : fake.blocks[Number(params[1])]
      if (fake.blobFee === undefined || block === undefined) return missing
      const fee = toQuantity(fake.blobFee(block))
      const fees = ['0x3b9aca00', '0x3b9aca01']
      return { result: { oldestBlock: toQuantity(block.number), baseFeePerGas: fees, baseFeePerBlobGas: [fee, fee] } }
    }
    default:
      return missing
  }
}

const missing = { error: { code: -32601, message: 'the method does not exist' } }

function blockJson(block: FakeBlock | undefined, isFull: boolean): Json {
  if (block === undefined) return null
  return isFull ? block.json : { ...block.json, transactions: block.json.transactions.map(({ hash }) => hash ?? null) }
}

/** All blobs of a slot, whatever hashes are asked for, as nodes that do not know the parameter. */
function beacon(fake: FakeServer, { method }: Call): Json | undefined {
  if (method === '/eth/v1/config/spec') return { SECONDS_PER_SLOT: slotSec.toString() }
  if (method === '/eth/v1/beacon/genesis') return { genesis_time: genesisTime.toString() }
  const match = /^\/eth\/v1\/beacon\/(blobs|blob_sidecars)\/([0-9]+)$/.exec(method)
  const block = match === null ? undefined : fake.blocks[Number(match[2])]
  if (block === undefined) return undefined
  if (match?.[1] === 'blobs') return block.blobs.map(bytesToHex)
  return block.blobs.map((blob, index) => ({
    index: index.toString(),
    blob: bytesToHex(blob),
    kzg_commitment: bytesToHex(fakeCommitment(blob)),
  }))
}

function perform(reply: Reply, response: ServerResponse): void {
  if (reply === 'hang') return
  if (reply === 'drop') {
    response.destroy()
  } else if (reply === 'cut') {
    response.writeHead(200, { ...json, 'content-length': '1000' })
    response.write('{"jsonrpc":"2.0","id":1,"result":{"number":"0x')
    setImmediate(() => response.destroy())
  } else if ('giant' in reply) {
    response.writeHead(200, json)
    pump(response, reply.giant)
  } else {
    response.writeHead(reply.status, { ...json, ...reply.headers })
    response.end(reply.body ?? '')
  }
}

const json = { 'content-type': 'application/json' }
const part = Buffer.alloc(65_536, 0x20)

/** Spaces, as many as are wanted or as the client takes. */
function pump(response: ServerResponse, length: number): void {
  let left = length
  while (left > 0 && !response.destroyed) {
    left -= part.length
    if (response.write(part)) continue
    response.once('drain', () => pump(response, left))
    return
  }
  response.end()
}

async function read(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += chunk
  return body
}
