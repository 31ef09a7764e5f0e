import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import type { TestContext } from 'node:test'
import type { Block } from '../../../core/block.ts'
import { headerHash } from '../../../core/header.ts'
import { type Address, hexToBytes } from '../../../core/hex.ts'
import type { GossipedBlock, Net, NetListener, NetView, PeerStatus } from '../../../core/ports/net.ts'
import type { Sign } from '../../../core/ports/sign.ts'
import { systemClock } from '../../../core/ports/systemClock.ts'
import { privateKeyToAddress, sign } from '../../../core/secp256k1.ts'
import { createIdentity } from '../../../p2p/host/identity.ts'
import { type OpenNetOptions, openNet } from '../../../p2p/thread/openNet.ts'
import { sealBlock } from '../../../p2p/wire/sealBlock.ts'
import { type Chain, openChain } from '../../../state/chain.ts'
import { openLevelKv } from '../../../state/store/levelKv.ts'
import { rules, syntheticBlock, syntheticGenesis } from '../../state/synthetic.ts'
import { until } from '../host/hosts.ts'

export const signerKey = new Uint8Array(32).fill(5)
export const signer = privateKeyToAddress(signerKey)
export const signWithKey: Sign = { address: signer, sign: async (digest) => sign(hexToBytes(digest), signerKey) }
const noTxs = { accounts: 8, txs: 0, logs: 3, pool: 64 }

/** A chain on disk with some blocks; closed after what is opened on it later. */
export async function openDiskChain(t: TestContext, blocks: number): Promise<{ chain: Chain; chainDir: string }> {
  const chainDir = mkdtempSync(joinPath(tmpdir(), 'net-'))
  const chain = await openChain({ kv: await openLevelKv(chainDir), genesis: syntheticGenesis(), rules })
  t.after(async () => {
    await chain.close()
    rmSync(chainDir, { recursive: true })
  })
  for (let i = 0; i < blocks; i++) await chain.append(nextBlock(chain))
  return { chain, chainDir }
}

export function nextBlock(chain: Chain): ReturnType<typeof syntheticBlock> {
  const base = { parent: chain.header(), state: chain.state(), readNode: chain.reader.readNode }
  return syntheticBlock(base, { size: noTxs })
}

/** A net in its own thread, and what its listener heard. */
export type TestNet = {
  readonly net: Net
  readonly blocks: GossipedBlock[]
  readonly txs: (readonly [raw: Uint8Array, sender: Address])[]
  readonly statuses: Map<string, PeerStatus>
  readonly gone: string[]
  readonly lines: string[]
}

export function viewOf(chain: Chain): NetView {
  const { unsafe, safe, finalized } = chain.heads()
  const genesis = syntheticGenesis().block.hash
  return { status: { genesis, unsafe, safe, finalized }, signers: [signer], validators: [] }
}

export async function startNet(
  t: TestContext,
  { chain, chainDir }: { readonly chain: Chain; readonly chainDir: string },
  options: Partial<Omit<OpenNetOptions, 'host'>> & {
    readonly host?: Partial<OpenNetOptions['host']>
    readonly listener?: Partial<NetListener>
  } = {},
): Promise<TestNet> {
  const heard: Omit<TestNet, 'net'> = { blocks: [], txs: [], statuses: new Map(), gone: [], lines: [] }
  const { listener, ...plain } = options
  const write = (_fields: object, text: string): void => {
    heard.lines.push(text)
  }
  const start = openNet({
    chainId: rules.chainId,
    genesis: syntheticGenesis().block.hash,
    rules: { maxBlockBytes: 2_097_152, maxTxBytes: 131_072 },
    attestationDomain: undefined,
    persistent: [],
    bootnodes: [],
    allow: [],
    deny: [],
    chainDir,
    logLevel: 'info',
    log: { error: write, warn: write, info: write, debug: write },
    clock: systemClock,
    ...plain,
    host: {
      privateKey: createIdentity(),
      listen: ['/ip4/127.0.0.1/tcp/0'],
      announce: [],
      mdns: false,
      dht: false,
      maxPeers: 60,
      agent: 'openledger/test',
      limits: { inboundPerSec: 1_000 },
      ...plain.host,
    },
  })
  const net = await start(
    {
      async block(block) {
        heard.blocks.push(block)
        return (await listener?.block?.(block)) ?? 'imported'
      },
      async tx(raw, sender) {
        heard.txs.push([raw, sender])
        return (await listener?.tx?.(raw, sender)) ?? 'accepted'
      },
      attestation: async () => 'counted',
      status(peer, status) {
        heard.statuses.set(peer, status)
      },
      gone(peer) {
        heard.gone.push(peer)
        heard.statuses.delete(peer)
      },
    },
    viewOf(chain),
  )
  t.after(() => net.close())
  return { net, ...heard }
}

/** A port that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

export async function idOf({ net }: TestNet): Promise<string> {
  return (await net.info()).id
}

export async function addressOf({ net }: TestNet): Promise<string> {
  return (await net.info()).addresses[0] ?? ''
}

/** A child of the head of now, as the sequencer gossips it. */
export async function gossiped(chain: Chain): Promise<{ readonly block: Block; readonly message: Uint8Array }> {
  const { block } = nextBlock(chain)
  const header = { ...block.header, timestamp: BigInt(Math.floor(Date.now() / 1_000)) }
  const now = { ...block, header, hash: headerHash(header) }
  const { message } = await sealBlock({ chainId: rules.chainId, epoch: 0n, block: now, sign: signWithKey })
  return { block: now, message }
}

export async function join(a: TestNet, b: TestNet): Promise<void> {
  assert.equal(await a.net.addPeer(await addressOf(b)), true)
  await until('both told where they are', () => a.statuses.size > 0 && b.statuses.size > 0)
}
