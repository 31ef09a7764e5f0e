import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type HeadWatch, watchHeads } from './peersHeads.ts'
import type { Machine, Network } from './peersNetwork.ts'
import { inTime, until } from './rollupProcesses.ts'
import { rpc } from './rpcCall.ts'
import { type Running, start } from './spawn.ts'

/** Who follows the sequencer, and where it keeps evidence. */
export type Follower = Pick<Machine, 'name' | 'folder' | 'address' | 'peerId'> & {
  readonly url: string
  readonly watch: HeadWatch
}

/** `openledger replica` as a stranger to the network starts it: in a folder of its own, which is empty. */
export function startReplica({ l1 }: Network, cwd: string, url: string): Running {
  mkdirSync(cwd)
  const flags = [
    ...['replica', '--join', url, '--l1-rpc', l1.url, '--data-dir', './data', '--datadir.minfreedisk', '1'],
    ...['--http.addr', '127.0.0.1', '--http.port', '0', '--rpc.ratelimit', '0', '--json'],
    ...['--p2p.addr', '127.0.0.1', '--p2p.port', '0'],
  ]
  return start(flags, {}, '', cwd)
}

/** Waits until it has joined. */
export async function joined({ spec }: Network, cwd: string, replica: Running): Promise<Follower> {
  const [line] = await inTime(replica.until(/^\{"ready":true.*\}$/m), 60_000, 'the replica answers')
  const { httpUrl, genesis } = JSON.parse(line) as { httpUrl: string; genesis: string }
  assert.equal(genesis, spec.hash)
  const { peerId, addresses } = await rpc<{ peerId: string; addresses: string[] }>(httpUrl, 'openledger_network')
  const watch = await watchHeads(httpUrl)
  return { name: 'replica', folder: join(cwd, 'data'), address: addresses[0]!, peerId, url: httpUrl, watch }
}

/** The evidence that a node has written. */
export function evidenceFiles({ folder }: Follower): readonly string[] {
  const at = join(folder, 'evidence')
  return existsSync(at) ? readdirSync(at).map((name) => join(at, name)) : []
}

/** Waits until a node has this evidence; resolves to its file. */
export async function evidenceAt(one: Follower, kind: string, number: bigint): Promise<string> {
  const isIt = (file: string) => basename(file).startsWith(`${kind}-${number}-`) && file.endsWith('.json')
  return until(`evidence of ${kind}`, async () => evidenceFiles(one).find(isIt))
}

type Entry = { readonly id: string; readonly kind: string; readonly number: string }

/** What is in the file is what anybody is told who asks. */
export async function assertServed({ url }: Follower, kind: string, file: string): Promise<void> {
  const entry = await until('the evidence is in the list', async () => {
    const entries = await rpc<Entry[]>(url, 'openledger_evidence')
    return entries.find((one) => one.kind === kind)
  })
  assert.deepEqual(await rpc(url, 'openledger_evidence', entry.id), JSON.parse(readFileSync(file, 'utf8')))
}
