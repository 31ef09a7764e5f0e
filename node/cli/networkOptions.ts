import { isIPv4, isIPv6 } from 'node:net'
import { assert, NodeError } from '../../core/errors.ts'
import type { StartNet } from '../../core/ports/net.ts'
import type { ChainSpec } from '../../genesis/spec.ts'
import type { NetLimits } from '../../p2p/limits.ts'
import type { NetThreadOptions } from '../../p2p/thread/options.ts'
import { defaultPoolLimits } from '../../sequencer/mempool/limits.ts'
import type { Config } from '../config/table.ts'
import { signerOf } from '../keys/signer.ts'
import type { NetworkOptions } from '../roles/peering.ts'
import type { RoleContext } from '../roles/role.ts'
import { readVersion } from '../version.ts'
import { keyOf } from './keyOption.ts'

/**
 * How a node takes part in the network, by its settings: not at all with --no-p2p. Throws NodeErrors `usage` and those of reading keys.
 */
export async function networkOptions(spec: ChainSpec, config: Config): Promise<NetworkOptions> {
  const sealKey = await keyOf(config, 'sequencer.key', spec.chainId)
  const attestKey = await keyOf(config, 'validator.key', spec.chainId)
  if (sealKey !== undefined && config.role !== 'sequencer') {
    throw usage('--sequencer.key is given to a node that makes no blocks', 'leave it out, or add --role sequencer')
  }
  if (attestKey !== undefined && config.role === 'replica') {
    throw usage('--validator.key is given to a replica', 'leave it out, or add --role validator')
  }
  if (sealKey !== undefined && attestKey !== undefined && Buffer.compare(sealKey, attestKey) === 0) {
    throw usage('--sequencer.key and --validator.key are the same key', 'give each a key of its own')
  }
  if (config.p2p) await checkAddresses(config)
  const settings = config.p2p ? netSettings(spec, config) : undefined
  return {
    connect: settings && ((context) => connect(context, settings)),
    sealKey: sealKey && signerOf(sealKey),
    attestKey: attestKey && signerOf(attestKey),
    catchUp: config.sync,
  }
}

type NetSettings = Omit<NetThreadOptions, 'host' | 'genesis' | 'chainDir'> & {
  readonly host: Omit<NetThreadOptions['host'], 'privateKey'>
}

/** The net in its thread. libp2p is loaded only where it is needed. */
function connect({ chain, clock, dir, log }: RoleContext, settings: NetSettings): StartNet {
  return async (listener, view) => {
    const { openNet } = await import('../../p2p/thread/openNet.ts')
    const { readIdentity } = await import('../../p2p/host/identity.ts')
    const genesis = chain.reader.hashByNumber(0n)
    assert(genesis !== undefined, 'a chain has a genesis block')
    const host = { ...settings.host, privateKey: readIdentity(dir.peerKey) }
    return await openNet({ ...settings, host, genesis, chainDir: dir.chain, log, clock })(listener, view)
  }
}

/** What the settings say of the net; plain data. */
export function netSettings(spec: ChainSpec, config: Config): NetSettings {
  const { chainId, l1, limits } = spec
  const { rollup } = l1
  const maxPeers = config['p2p.max-peers']
  return {
    chainId,
    rules: { maxBlockBytes: limits.maxBlockBytes, maxTxBytes: defaultPoolLimits.maxTxBytes },
    attestationDomain: rollup && { l1ChainId: l1.chainId, registry: rollup.validatorRegistry, chainId },
    persistent: config['p2p.peers'],
    bootnodes: config['p2p.bootnodes'],
    allow: config['p2p.allow'],
    deny: config['p2p.deny'],
    limits: { maxPeers, maxInbound: Math.ceil((3 * maxPeers) / 4) } satisfies Partial<NetLimits>,
    host: {
      listen: [listenAddress(config)],
      announce: config['p2p.announce'],
      mdns: config['p2p.mdns'],
      dht: config['p2p.dht'],
      maxPeers,
      agent: readVersion().client,
    },
    logLevel: config.quiet ? 'error' : config['log.level'],
  }
}

/** Said at once: an address that cannot be dialled would only be missed later. */
async function checkAddresses(config: Config): Promise<void> {
  const { parseAddress } = await import('../../p2p/host/addresses.ts')
  for (const setting of ['p2p.peers', 'p2p.bootnodes'] as const) {
    for (const address of config[setting]) {
      try {
        parseAddress(address)
      } catch (error) {
        if (!(error instanceof NodeError)) throw error
        throw usage(`--${setting} is not an address of a peer: ${address.slice(0, 80)}`, error.fix ?? error.message)
      }
    }
  }
}

function listenAddress(config: Config): string {
  const host = config['p2p.addr']
  const family = isIPv4(host) ? 'ip4' : isIPv6(host) ? 'ip6' : undefined
  if (family === undefined) throw usage('--p2p.addr is no IP address', 'give one of this machine, or 0.0.0.0 for all')
  return `/${family}/${host}/tcp/${config['p2p.port']}`
}

function usage(message: string, fix: string): NodeError {
  return new NodeError({ code: 'usage', severity: 'fatal', message, fix })
}
