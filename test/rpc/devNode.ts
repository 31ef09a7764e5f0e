import { randomBytes } from 'node:crypto'
import type { Address } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { systemClock } from '../../core/ports/systemClock.ts'
import { buildGenesis } from '../../genesis/buildGenesis.ts'
import { devMnemonic } from '../../genesis/devAccounts.ts'
import { rulesOf } from '../../genesis/spec.ts'
import { dataDir } from '../../node/data/dir.ts'
import { silentLogger } from '../../node/log/logger.ts'
import { createMetrics } from '../../node/metrics/registry.ts'
import { precompilesOf } from '../../node/precompiles.ts'
import { startSolo } from '../../node/roles/solo.ts'
import { soloSpec } from '../../node/roles/spec.ts'
import type { Backend } from '../../rpc/backend.ts'
import { createCallsHere } from '../../rpc/calls/calls.ts'
import { devLimits, type RpcLimits } from '../../rpc/limits.ts'
import { namespaces } from '../../rpc/method.ts'
import { type RpcOptions, startRpc } from '../../rpc/start.ts'
import { devPoolLimits } from '../../sequencer/mempool/limits.ts'
import { defaultSequencerConfig } from '../../sequencer/sequencer.ts'
import { openChain } from '../../state/chain.ts'
import { createEthereumjsEngine } from '../../state/engines/ethereumjs/engine.ts'
import { openState } from '../../state/reader.ts'
import type { BlockReader } from '../../state/store/blockReader.ts'
import { createMemoryKv } from '../../state/store/memoryKv.ts'

export type DevNode = {
  readonly url: string
  readonly wsUrl: string
  readonly adminPort: number | undefined
  readonly accounts: readonly { readonly address: Address; readonly privateKey: Uint8Array }[]
  /** The chain's database. */
  readonly reader: BlockReader
  /** What the server said went wrong inside: tests of bad input expect nothing. */
  readonly errors: unknown[]
  readonly close: () => Promise<void>
}

/** A whole development node in this thread: memory database, real engine, real pool and block production. */
export async function startDevNode(
  limits: Partial<RpcLimits> = {},
  overrides: Partial<RpcOptions> | ((own: Backend) => Partial<RpcOptions>) = {},
): Promise<DevNode> {
  const { spec, accounts } = soloSpec(devMnemonic, 10)
  const rules = rulesOf(spec)
  const chain = await openChain({ kv: createMemoryKv(), genesis: buildGenesis(spec), rules })
  const { reader } = chain
  const precompiles = precompilesOf(spec)
  const engine = await createEthereumjsEngine({
    rules,
    precompiles,
    blockHash: reader.hashByNumber,
  })
  const stop = new AbortController()
  const surroundings = {
    clock: systemClock,
    dir: dataDir('.', false),
    signal: stop.signal,
    log: silentLogger,
    metrics: createMetrics('chain', () => {}),
    random: Math.random,
  }
  const role = startSolo(
    { spec, rules, chain, engine, ...surroundings },
    {
      poolLimits: devPoolLimits,
      mode: { demand: false, automine: true, intervalMs: 0 },
      config: { ...defaultSequencerConfig, heartbeatMs: 0 },
      print: undefined,
    },
  )
  const closeChain = async () => {
    stop.abort()
    await role.closed
    await chain.close()
  }
  const errors: unknown[] = []
  const rpc = await startRpc({
    host: '127.0.0.1',
    port: 0,
    rules,
    instanceId: keccakHash(randomBytes(32)),
    clientVersion: 'OpenLedger/v0.0.0-test/linux-x64/node24',
    backend: role.backend,
    reader,
    calls: createCallsHere({
      openState: (root) => openState(reader.readNode, reader.readCode, root),
      engine,
      natives: new Set(precompiles.keys()),
      close: async () => {},
    }),
    namespaces,
    limits: { ...devLimits, ...limits },
    devKeys: new Map(accounts.map(({ address, privateKey }) => [address, privateKey])),
    onError: (thrown) => errors.push(thrown),
    ...(typeof overrides === 'function' ? overrides(role.backend) : overrides),
  }).catch(async (thrown: unknown) => {
    await closeChain()
    throw thrown
  })
  return {
    url: `http://127.0.0.1:${rpc.port}`,
    wsUrl: `ws://127.0.0.1:${rpc.port}`,
    adminPort: rpc.adminPort,
    accounts,
    reader,
    errors,
    async close() {
      await rpc.close()
      await closeChain()
    },
  }
}

/** One JSON-RPC call; the whole answer. */
export async function ask(url: string, method: string, params: readonly unknown[] = []): Promise<Answer> {
  const response = await post(url, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
  return (await response.json()) as Answer
}

/** The result of a call, or its error thrown. */
export async function request<T = string>(url: string, method: string, params: readonly unknown[] = []): Promise<T> {
  const { result, error } = await ask(url, method, params)
  if (error !== undefined) throw new Error(`${method}: ${error.code} ${error.message}`)
  return result as T
}

export function post(url: string, body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Response> {
  const init = { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } }
  return fetch(url, init)
}

export type Answer = {
  readonly id?: unknown
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}
