import { NodeError } from '../../core/errors.ts'
import type { ChainSpec } from '../../genesis/spec.ts'
import type { Config } from '../config/table.ts'
import { createDataDir, createTemporaryDir, removeDataDir } from '../data/dir.ts'
import { devnetChainId } from '../keys/public.ts'
import { checkRunnable } from '../roles/spec.ts'
import { devnetL1Url } from './devnetL1.ts'
import { type Joined, joinNetwork } from './join.ts'
import { runNode } from './run.ts'
import type { Context } from './verb.ts'

/**
 * `openledger replica`: joins a running network. Chain and peers come from the node of --join, blocks from peers and L1;
 * every one is checked here. Until a signal.
 */
export async function replica(context: Context): Promise<number> {
  const { config, out, signal } = context
  const url = joinUrl(config)
  const dir = config['data-dir'] === undefined ? createTemporaryDir() : createDataDir(config['data-dir'])
  let settings: Config
  let joined: Joined
  try {
    joined = await joinNetwork(url, dir, signal)
    settings = settingsOf(config, joined, url)
  } catch (error) {
    removeDataDir(dir)
    throw error
  }
  const { name, chainId, hash } = joined.spec
  if (joined.peers.length === 0 && config['p2p.peers'].length === 0) {
    out.note('the node of --join has no part in the network of nodes: blocks come from L1 alone')
  }
  const ready = (httpUrl: string): void => {
    const folder = dir.isKept ? dir.path : `${dir.path}, thrown away at the end; --data-dir keeps it`
    const lines = [
      `Replica of ${name} (chain id ${chainId})`,
      `  genesis  ${hash}`,
      `  joined   ${url}`,
      `  RPC      ${httpUrl}`,
      `  data     ${folder}`,
    ]
    out.result(lines.join('\n'), { ready: true, chain: name, chainId, genesis: hash, joined: url, httpUrl })
  }
  return await runNode({ ...context, config: settings }, { spec: checkRunnable(joined.spec), dir, ready })
}

function joinUrl(config: Config): string {
  const url = config.join
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url
  throw usage('--join is not an http or https URL', 'give it as http://host:port')
}

/** The settings of the node that runs, with what the network told. */
function settingsOf(config: Config, { spec, peers }: Joined, url: string): Config {
  return {
    ...config,
    role: 'replica',
    'l1-rpc': l1Urls(config, spec),
    'p2p.peers': [...config['p2p.peers'], ...peers],
    // Without peers its transactions go to the node that was joined.
    'sequencer.url': config['sequencer.url'] ?? (config.p2p && peers.length > 0 ? undefined : url),
  }
}

function l1Urls(config: Config, spec: ChainSpec): readonly string[] {
  if (config['l1-rpc'].length > 0) return config['l1-rpc']
  if (spec.chainId === devnetChainId) return [devnetL1Url]
  throw usage('no L1 node is given', 'add --l1-rpc <url,…>, and --l1-beacon <url,…> for blobs: L1 decides what is safe')
}

function usage(message: string, fix: string): NodeError {
  return new NodeError({ code: 'usage', severity: 'fatal', message, fix })
}
