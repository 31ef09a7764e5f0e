import { NodeError } from '../../core/errors.ts'
import { loadSpec } from '../../genesis/loadSpec.ts'
import type { ChainSpec } from '../../genesis/spec.ts'
import { defaultBatcherConfig } from '../../sequencer/batcher/types.ts'
import { defaultProposerConfig } from '../../sequencer/proposer/proposer.ts'
import { defaultSequencerConfig } from '../../sequencer/sequencer.ts'
import type { Config } from '../config/table.ts'
import { createDataDir, type DataDir } from '../data/dir.ts'
import { signerOf } from '../keys/signer.ts'
import { connectL1, type L1Urls } from '../roles/connectL1.ts'
import { startFollowerRole } from '../roles/follower.ts'
import { startNode } from '../roles/node.ts'
import type { NodeOptions } from '../roles/options.ts'
import type { NetworkOptions } from '../roles/peering.ts'
import { startSequencerRole } from '../roles/sequencer.ts'
import { startSolo } from '../roles/solo.ts'
import { checkRunnable } from '../roles/spec.ts'
import { requireDataDir } from './dataDirOption.ts'
import { exitCodes } from './exit.ts'
import { keyOf } from './keyOption.ts'
import { networkOptions } from './networkOptions.ts'
import { allAddressesNote, httpOptions, logging, poolLimits } from './nodeOptions.ts'
import type { Context } from './verb.ts'

/** A head older than this many heartbeats means that block production stands still. */
const missedHeartbeats = 3
const forwardLimits = { timeoutMs: 10_000, maxUnderway: 256 }

/** `openledger run`: a node of a chain, until a signal. */
export async function run(context: Context): Promise<number> {
  const { config } = context
  const spec = checkRunnable(loadSpec(config.chain))
  return await runNode(context, { spec, dir: createDataDir(requireDataDir(config)), ready: () => {} })
}

/** Runs a node in a data folder until a signal; `ready` is called with its URL once it answers. */
export async function runNode(
  context: Context,
  { spec, dir, ready }: { readonly spec: ChainSpec; readonly dir: DataDir; readonly ready: (url: string) => void },
): Promise<number> {
  const { config, out, signal } = context
  const { log, logStyle } = logging(config)
  const note = allAddressesNote(context)
  const role = await roleOptions(spec, config)
  const node = await startNode({
    ...role,
    spec,
    devKeys: [],
    dir,
    cacheMiB: config['db.cache'],
    minFreeDiskMiB: config['datadir.minfreedisk'],
    http: httpOptions(config, false, dir),
    log,
    logStyle,
    signal,
  })
  log.info(
    {
      chain: spec.name,
      chainId: spec.chainId,
      role: role.role,
      head: node.heads().unsafe.number,
      url: node.httpUrl,
      ...(note !== undefined && { note }),
    },
    'node is ready',
  )
  ready(node.httpUrl)
  const head = await node.closed
  log.info({ head }, 'node stopped, everything is saved')
  if (config.json) out.result('', { stopped: true, head })
  return exitCodes.ok
}

type RoleOptions = Pick<NodeOptions, 'role' | 'start' | 'forward' | 'maxHeadAgeSec'>

async function roleOptions(spec: ChainSpec, config: Config): Promise<RoleOptions> {
  if (spec.l1.rollup === undefined) return withoutL1(config)
  const urls = { rpc: config['l1-rpc'], beacon: config['l1-beacon'] }
  if (urls.rpc.length === 0)
    throw usage('no L1 node is given', 'add --l1-rpc <url,…>, and --l1-beacon <url,…> for blobs')
  const network = await networkOptions(spec, config)
  return config.role === 'sequencer'
    ? await sequencer(spec, config, urls, network)
    : follower(config.role, spec, config, urls, network)
}

function follower(
  role: 'validator' | 'replica',
  spec: ChainSpec,
  config: Config,
  urls: L1Urls,
  network: NetworkOptions,
): RoleOptions {
  const url = sequencerUrl(config)
  return {
    role,
    start: (context) =>
      startFollowerRole(context, { l1: connectL1(urls), poolLimits: poolLimits(config, false), network }),
    // Over the network transactions wait in a pool of this node's own.
    ...((network.connect === undefined || url !== undefined) && { forward: { url, ...forwardLimits } }),
    // What is on L1 is as old as the batcher's patience and L1's time allow.
    maxHeadAgeSec: 2 * Number(spec.limits.maxOriginAgeSec) + config['batcher.max-delay'],
  }
}

function sequencerUrl(config: Config): string | undefined {
  const url = config['sequencer.url']
  if (url === undefined || (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))) return url
  throw usage('--sequencer.url is not an http or https URL', 'give it as http://host:port or https://host/path')
}

async function sequencer(spec: ChainSpec, config: Config, urls: L1Urls, network: NetworkOptions): Promise<RoleOptions> {
  const { chainId } = spec
  const heartbeatMs = Math.round(config['sequencer.heartbeat'] * 1000)
  const maxDelayMs = Math.round(config['batcher.max-delay'] * 1000)
  const batcherKey = await keyOf(config, 'batcher.key', chainId)
  const proposerKey = await keyOf(config, 'proposer.key', chainId)
  const same = batcherKey !== undefined && proposerKey !== undefined && Buffer.compare(batcherKey, proposerKey) === 0
  if (same) throw usage('--batcher.key and --proposer.key are the same key', 'give each a key of its own')
  // Where batches must be quick, L1 is asked more often.
  const pollMs = Math.min(defaultBatcherConfig.pollMs, Math.max(500, Math.round(maxDelayMs / 4)))
  return {
    role: 'sequencer',
    start: (context) =>
      startSequencerRole(context, {
        l1: connectL1(urls),
        network,
        poolLimits: poolLimits(config, false),
        config: { ...defaultSequencerConfig, heartbeatMs },
        batcher: batcherKey && {
          sign: signerOf(batcherKey),
          config: { ...defaultBatcherConfig, maxDelayMs, pollMs, carrier: config['batcher.carrier'] },
        },
        proposer: proposerKey && {
          sign: signerOf(proposerKey),
          config: { proposeAt: config['proposer.at'], pollMs: Math.min(defaultProposerConfig.pollMs, 2 * pollMs) },
        },
      }),
    maxHeadAgeSec: (missedHeartbeats * heartbeatMs) / 1000,
  }
}

/** A development chain whose L1 is synthetic: blocks on demand, no L1 methods. */
function withoutL1(config: Config): RoleOptions {
  if (config.role !== 'sequencer') {
    throw usage(`a ${config.role} needs a chain with an L1`, 'give --chain the file that `openledger deploy` wrote')
  }
  return {
    role: 'sequencer',
    start: async (context) =>
      startSolo(context, {
        poolLimits: poolLimits(config, false),
        mode: { demand: true, automine: false, intervalMs: 0 },
        config: defaultSequencerConfig,
        print: undefined,
      }),
    maxHeadAgeSec: (missedHeartbeats * defaultSequencerConfig.heartbeatMs) / 1000,
  }
}

function usage(message: string, fix: string): NodeError {
  return new NodeError({ code: 'usage', severity: 'fatal', message, fix })
}
