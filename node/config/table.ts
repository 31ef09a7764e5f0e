import { namespaces } from '../../rpc/method.ts'
import { decimal, flag, integer, list, listOf, type OptionType, oneOf, port, text } from './types.ts'

/** The verbs of the command line that read configuration. */
export const verbs = [
  'devnet',
  'run',
  'replica',
  'peers',
  'deploy',
  'init',
  'key',
  'db',
  'export',
  'import',
  'verify-evidence',
  'validator',
  'status',
  'datanet',
  'model',
  'agent',
  'channel',
  'settle',
  'claim',
  'config',
] as const
export type Verb = (typeof verbs)[number]

export type Option<T = unknown> = {
  readonly type: OptionType<T>
  readonly default: T | undefined
  /** Default of `openledger devnet` where it differs. */
  readonly devnet?: T
  /** Default of `openledger replica` where it differs. */
  readonly replica?: T
  /** Default inside a container where it differs. */
  readonly container?: T
  readonly description: string
  readonly group: Group
  readonly verbs: readonly Verb[]
  /** Other spellings on the command line, with their dashes. */
  readonly aliases?: readonly string[]
  /** Where the value may come from; all three if absent. Secrets stay off the command line. */
  readonly sources?: readonly ('flag' | 'env' | 'file')[]
  /** A variable of other tools that is asked when nothing else gives a value. */
  readonly sharedEnv?: string
  /** Never printed. */
  readonly secret?: true
}

export const groups = [
  'Chain and data',
  'Layer 1',
  'Peers',
  'JSON-RPC',
  'Transaction pool',
  'Development chain',
  'Logs',
  'Metrics',
  'Keys',
] as const
export type Group = (typeof groups)[number]

const nodes = ['devnet', 'run', 'replica'] as const
/** Verbs that may start a sequencer. */
const sequencers = ['devnet', 'run'] as const
/** Verbs that start one node of a chain that is there already. */
const single = ['run', 'replica'] as const
const solo = ['devnet', 'init', 'import'] as const
const onL1 = ['devnet', 'run', 'replica', 'deploy', 'validator'] as const
const onData = ['devnet', 'run', 'replica', 'init', 'key', 'db', 'export', 'import'] as const
/** The verbs of the attribution protocol, which speak to a running node. */
const protocolVerbs = ['datanet', 'model', 'agent', 'channel', 'settle', 'claim'] as const
const withKeys = ['run', 'deploy', 'key', 'validator', ...protocolVerbs] as const
const everywhere = [
  ...onData,
  'peers',
  'deploy',
  'verify-evidence',
  'validator',
  'status',
  ...protocolVerbs,
  'config',
] as const

/** Verbs whose defaults may differ. */
export const verbsWithDefaults = ['devnet', 'replica'] as const

type Given<T> = Omit<Option<T>, 'default' | 'devnet' | 'replica' | 'container'>

type Defaults<T> = { readonly default: T; readonly devnet?: T; readonly replica?: T; readonly container?: T }

function required<T>(option: Given<T> & Defaults<NoInfer<T>>): Given<T> & Defaults<T> {
  return option
}

function optional<T>(option: Given<T>): Given<T> & { readonly default: undefined } {
  return { ...option, default: undefined }
}

/**
 * Every setting of the node. Flags, environment variables, the config file, `--help`, `docs/CONFIG.md` and
 * `openledger config print` all come from here.
 */
export const options = {
  chain: required({
    type: text('name|file'),
    default: 'mainnet',
    devnet: 'devnet',
    description: 'Chain spec: mainnet, testnet, devnet, or a JSON file.',
    group: 'Chain and data',
    verbs: ['run', 'deploy', 'init', 'key', 'db', 'export', 'import', 'verify-evidence'],
  }),
  'data-dir': optional({
    type: text('folder'),
    description:
      'Folder of the chain, the pool journal and the keys. Without it `devnet` and `replica` use a throw-away folder.',
    group: 'Chain and data',
    verbs: [...onData, 'peers', 'deploy', 'validator', ...protocolVerbs],
    aliases: ['--datadir'],
  }),
  config: optional({
    type: text('file'),
    description: 'YAML file with any of these settings, nested (`http: { port: 1 }`) or dotted (`http.port: 1`).',
    group: 'Chain and data',
    verbs: everywhere,
    sources: ['flag', 'env'],
  }),
  'datadir.minfreedisk': required({
    type: integer('MiB', 0, 1_000_000_000),
    default: 5120,
    devnet: 256,
    replica: 1024,
    description:
      'Stop safely when the disk of the data folder has less free space than this. A warning comes at twice this.',
    group: 'Chain and data',
    verbs: nodes,
  }),
  'db.cache': required({
    type: integer('MiB', 1, 1_000_000),
    default: 256,
    devnet: 64,
    description: 'Block cache of the database in memory.',
    group: 'Chain and data',
    verbs: nodes,
  }),
  role: required({
    type: oneOf(['sequencer', 'validator', 'replica']),
    default: 'sequencer',
    description:
      'What this node does: sequencer makes blocks, replica follows and serves them, validator does that and attests to what L1 says.',
    group: 'Chain and data',
    verbs: ['run'],
  }),
  'sequencer.heartbeat': required({
    type: decimal('seconds', 1, 86_400),
    default: 60,
    devnet: 20,
    description: 'A sequencer makes a block after so long without one.',
    group: 'Chain and data',
    verbs: sequencers,
  }),
  'sequencer.url': optional({
    type: text('url'),
    description:
      'JSON-RPC URL of the sequencer: a node without peers hands on the transactions that it is sent. `devnet` and `replica` know it.',
    group: 'Chain and data',
    verbs: single,
    secret: true,
  }),

  'l1-rpc': required({
    type: list('url,…'),
    default: [],
    description:
      'JSON-RPC URLs of L1 nodes; with two or more their hashes must agree. `devnet` starts an L1 of its own without it.',
    group: 'Layer 1',
    verbs: onL1,
    secret: true,
  }),
  'l1-beacon': required({
    type: list('url,…'),
    default: [],
    description:
      'Beacon API URLs of L1 nodes, for blobs. Without it the JSON-RPC URLs are asked, as anvil answers there.',
    group: 'Layer 1',
    verbs: nodes,
    secret: true,
  }),
  'batcher.key': optional({
    type: text('address|file'),
    description:
      'Key that posts batches: an address in the keystore, or a file with 64 hex digits. Without it none are posted.',
    group: 'Layer 1',
    verbs: ['run'],
  }),
  'batcher.max-delay': required({
    type: decimal('seconds', 1, 86_400),
    default: 1800,
    devnet: 6,
    description: 'A block waits at most about this long until its batch is sent to L1.',
    group: 'Layer 1',
    verbs: sequencers,
  }),
  'batcher.carrier': required({
    type: oneOf(['auto', 'blobs', 'calldata']),
    default: 'auto',
    description: 'How batches travel: whatever costs less on L1, or always in this way.',
    group: 'Layer 1',
    verbs: sequencers,
  }),
  'proposer.key': optional({
    type: text('address|file'),
    description:
      'Key that proposes output roots: an address in the keystore, or a file with 64 hex digits. Without it none are proposed.',
    group: 'Layer 1',
    verbs: ['run'],
  }),
  'proposer.at': required({
    type: oneOf(['finalized', 'safe']),
    default: 'finalized',
    devnet: 'safe',
    description: 'Which blocks outputs are proposed of; safe ones may still be undone by an L1 reorg.',
    group: 'Layer 1',
    verbs: sequencers,
  }),
  'deployer.key': optional({
    type: text('address|file'),
    description: 'Key that deploys the contracts: an address in the keystore, or a file with 64 hex digits.',
    group: 'Layer 1',
    verbs: ['deploy'],
  }),
  'l1.port': required({
    type: port,
    default: 9545,
    description: 'Port of the L1 of the development chain; 0 takes a free one.',
    group: 'Layer 1',
    verbs: ['devnet'],
  }),
  'l1.block-time': required({
    type: integer('seconds', 1, 60),
    default: 2,
    description: 'Seconds between blocks of the L1 of the development chain.',
    group: 'Layer 1',
    verbs: ['devnet'],
  }),

  p2p: required({
    type: flag,
    default: true,
    description: 'Take part in the network of nodes; with --no-p2p all that is known of the chain comes from L1.',
    group: 'Peers',
    verbs: nodes,
  }),
  sync: required({
    type: oneOf(['peers', 'l1']),
    default: 'peers',
    description:
      'Where a node that is behind gets blocks: from peers, checked against L1 as it is followed, or from L1 alone.',
    group: 'Peers',
    verbs: single,
  }),
  'p2p.addr': required({
    type: text('address'),
    default: '0.0.0.0',
    devnet: '127.0.0.1',
    replica: '127.0.0.1',
    container: '0.0.0.0',
    description: 'Address on which peers can connect. Inside a container the default is 0.0.0.0.',
    group: 'Peers',
    verbs: nodes,
  }),
  'p2p.port': required({
    type: port,
    default: 9222,
    replica: 9224,
    description: 'TCP port on which peers can connect; 0 takes a free one.',
    group: 'Peers',
    verbs: nodes,
  }),
  'p2p.announce': required({
    type: list('multiaddr,…'),
    default: [],
    description:
      'Addresses that peers are told instead of those of this machine, as behind NAT: /ip4/203.0.113.7/tcp/9222.',
    group: 'Peers',
    verbs: single,
  }),
  'p2p.peers': required({
    type: list('multiaddr,…'),
    default: [],
    description: 'Peers to stay connected with: /ip4/203.0.113.7/tcp/9222/p2p/12D3….',
    group: 'Peers',
    verbs: single,
  }),
  'p2p.bootnodes': required({
    type: list('multiaddr,…'),
    default: [],
    description: 'Peers to ask for more peers.',
    group: 'Peers',
    verbs: single,
  }),
  'p2p.allow': required({
    type: list('id|ip|cidr,…'),
    default: [],
    description: 'Peer ids and IP addresses to have connections with, besides --p2p.peers; anybody if there are none.',
    group: 'Peers',
    verbs: single,
  }),
  'p2p.deny': required({
    type: list('id|ip|cidr,…'),
    default: [],
    description: 'Peer ids and IP addresses to have no connection with, whatever --p2p.allow says.',
    group: 'Peers',
    verbs: single,
  }),
  'p2p.max-peers': required({
    type: integer('count', 1, 1000),
    default: 60,
    description: 'Most peers to be connected with; a quarter of the places is kept for peers that this node dials.',
    group: 'Peers',
    verbs: nodes,
  }),
  'p2p.dht': required({
    type: flag,
    default: true,
    devnet: false,
    replica: false,
    description: 'Find peers through peers (Kademlia).',
    group: 'Peers',
    verbs: nodes,
  }),
  'p2p.mdns': required({
    type: flag,
    default: false,
    description: 'Find peers in the local network (mDNS).',
    group: 'Peers',
    verbs: nodes,
  }),
  'sequencer.key': optional({
    type: text('address|file'),
    description:
      'Key that signs gossiped blocks, that of the unsafe signer on L1: an address in the keystore, or a file with 64 hex digits. Without it peers learn of blocks from L1.',
    group: 'Peers',
    verbs: ['run'],
  }),
  'validator.key': optional({
    type: text('address|file'),
    description:
      'Key that signs attestations, that of a registered validator: an address in the keystore, or a file with 64 hex digits. Without it none are made.',
    group: 'Peers',
    verbs: ['run'],
  }),
  'validator.p2p.port': required({
    type: port,
    default: 9223,
    description: 'TCP port on which peers can connect with the development chain’s validator; 0 takes a free one.',
    group: 'Peers',
    verbs: ['devnet'],
  }),
  join: required({
    type: text('url'),
    default: 'http://127.0.0.1:8545',
    description: 'JSON-RPC URL of a node of the network to join.',
    group: 'Peers',
    verbs: ['replica'],
  }),
  'admin.port': optional({
    type: port,
    description:
      'Serve the admin methods on this port too, to who has the secret of --admin.jwt-secret. They always are on the socket admin.sock in the data folder.',
    group: 'Peers',
    verbs: single,
  }),
  'admin.addr': required({
    type: text('address'),
    default: '127.0.0.1',
    description: 'Address of the server of --admin.port.',
    group: 'Peers',
    verbs: single,
  }),
  'admin.jwt-secret': optional({
    type: text('file'),
    description:
      'File with 64 hex digits, made if it is absent, by which callers of --admin.port prove who they are (JWT, HS256); admin.jwt in the data folder if not set.',
    group: 'Peers',
    verbs: [...single, 'peers'],
  }),
  'admin.url': optional({
    type: text('url'),
    description: 'URL of the --admin.port of a running node. Without it the socket in --data-dir is asked.',
    group: 'Peers',
    verbs: ['peers'],
    aliases: ['--admin'],
  }),

  'http.addr': required({
    type: text('address'),
    default: '127.0.0.1',
    container: '0.0.0.0',
    description: 'Address of the JSON-RPC server (HTTP and WebSocket). Inside a container the default is 0.0.0.0.',
    group: 'JSON-RPC',
    verbs: nodes,
    aliases: ['--host'],
  }),
  'http.port': required({
    type: port,
    default: 8545,
    replica: 8565,
    description: 'Port of the JSON-RPC server, HTTP and WebSocket alike; 0 takes a free one.',
    group: 'JSON-RPC',
    verbs: nodes,
    aliases: ['--port'],
  }),
  'http.api': required({
    type: listOf(namespaces),
    default: ['eth', 'net', 'web3', 'optimism', 'openledger'],
    devnet: ['eth', 'net', 'web3', 'txpool', 'optimism', 'openledger', 'evm', 'hardhat', 'anvil'],
    description:
      'Method namespaces to serve. evm, hardhat and anvil exist only on a solo development chain, optimism and openledger only on one with an L1.',
    group: 'JSON-RPC',
    verbs: nodes,
  }),
  'http.corsdomain': required({
    type: list('origin,…'),
    default: [],
    devnet: ['*'],
    description: 'Web origins that browsers may call from; * for all.',
    group: 'JSON-RPC',
    verbs: nodes,
  }),
  'http.vhosts': required({
    type: list('name,…'),
    default: ['localhost'],
    devnet: ['*'],
    description:
      'Host names by which clients may reach the server, besides IP addresses; * for any. Guards against DNS rebinding.',
    group: 'JSON-RPC',
    verbs: nodes,
  }),
  'rpc.url': required({
    type: text('url'),
    default: 'http://127.0.0.1:8545',
    description: 'JSON-RPC URL of a running node, for the commands that ask one.',
    group: 'JSON-RPC',
    verbs: ['status', 'validator', ...protocolVerbs],
    aliases: ['--rpc', '--rpc-url'],
    sharedEnv: 'ETH_RPC_URL',
  }),

  'rpc.gascap': required({
    type: integer('gas', 100_000, 1_000_000_000),
    default: 50_000_000,
    description: 'Most gas that eth_call and eth_estimateGas may use.',
    group: 'JSON-RPC',
    verbs: nodes,
  }),
  'rpc.evmtimeout': required({
    type: decimal('seconds', 0.1, 600),
    default: 5,
    description: 'How long one eth_call or eth_estimateGas may run.',
    group: 'JSON-RPC',
    verbs: nodes,
  }),
  'rpc.txfeecap': required({
    type: decimal('OPEN', 0, 1_000_000),
    default: 1,
    description: 'Most that a transaction sent to this node may pay in fees; 0 for no bound.',
    group: 'JSON-RPC',
    verbs: nodes,
  }),
  'rpc.rangelimit': required({
    type: integer('blocks', 1, 1_000_000_000),
    default: 10_000,
    description: 'Most blocks that one eth_getLogs or filter may cover.',
    group: 'JSON-RPC',
    verbs: nodes,
  }),
  'rpc.batch-request-limit': required({
    type: integer('count', 1, 100_000),
    default: 100,
    devnet: 1000,
    description: 'Most requests in a batch.',
    group: 'JSON-RPC',
    verbs: nodes,
  }),
  'rpc.batch-response-max-size': required({
    type: integer('bytes', 10_000, 1_000_000_000),
    default: 10_485_760,
    description: 'Largest answer, of a batch or a single request.',
    group: 'JSON-RPC',
    verbs: nodes,
  }),
  'rpc.ratelimit': required({
    type: integer('units/s', 0, 1_000_000_000),
    default: 50,
    devnet: 0,
    description: 'Weighted requests per second and IP address; 0 for no bound.',
    group: 'JSON-RPC',
    verbs: nodes,
  }),
  'rpc.trustproxy': required({
    type: flag,
    default: false,
    description: 'Take the caller’s address from X-Forwarded-For; only behind a proxy that sets it.',
    group: 'JSON-RPC',
    verbs: nodes,
  }),

  'txpool.accountslots': required({
    type: integer('count', 1, 1_000_000),
    default: 16,
    devnet: 4096,
    description: 'Executable transactions that every account may keep in the pool, however full it is.',
    group: 'Transaction pool',
    verbs: nodes,
  }),
  'txpool.globalslots': required({
    type: integer('count', 1, 10_000_000),
    default: 5120,
    devnet: 65_536,
    description: 'Executable transactions of all accounts.',
    group: 'Transaction pool',
    verbs: nodes,
  }),
  'txpool.accountqueue': required({
    type: integer('count', 1, 1_000_000),
    default: 64,
    devnet: 8192,
    description: 'Transactions of one account that wait for an earlier nonce.',
    group: 'Transaction pool',
    verbs: nodes,
  }),
  'txpool.globalqueue': required({
    type: integer('count', 1, 10_000_000),
    default: 1024,
    devnet: 32_768,
    description: 'Transactions of all accounts that wait for an earlier nonce.',
    group: 'Transaction pool',
    verbs: nodes,
  }),
  'txpool.lifetime': required({
    type: decimal('hours', 0.01, 10_000),
    default: 3,
    description: 'How long a transaction that waits for an earlier nonce stays without progress.',
    group: 'Transaction pool',
    verbs: nodes,
  }),
  'txpool.pricebump': required({
    type: integer('percent', 1, 1000),
    default: 10,
    description: 'By how much a replacement has to raise fee cap and tip.',
    group: 'Transaction pool',
    verbs: nodes,
  }),

  'validator.port': required({
    type: port,
    default: 8555,
    description: 'Port of the JSON-RPC server of the development chain’s validator; 0 takes a free one.',
    group: 'Development chain',
    verbs: ['devnet'],
  }),
  solo: required({
    type: flag,
    default: false,
    description: 'One process without L1, with the development methods (evm_*, hardhat_*, anvil_*).',
    group: 'Development chain',
    verbs: solo,
  }),
  'block-time': optional({
    type: decimal('seconds', 0.001, 86_400),
    description: 'With --solo: produce a block every so many seconds instead of one per transaction at once.',
    group: 'Development chain',
    verbs: ['devnet'],
    aliases: ['-b'],
  }),
  mining: required({
    type: flag,
    default: true,
    description: 'With --solo and --no-mining blocks come only from evm_mine; not together with --block-time.',
    group: 'Development chain',
    verbs: ['devnet'],
  }),
  accounts: required({
    type: integer('count', 1, 100),
    default: 10,
    description: 'With --solo: funded accounts to create.',
    group: 'Development chain',
    verbs: solo,
    aliases: ['-a'],
  }),
  mnemonic: required({
    type: text('words'),
    default: 'test test test test test test test test test test test junk',
    description: "With --solo: BIP-39 words from which the accounts are derived (m/44'/60'/0'/0/n).",
    group: 'Development chain',
    verbs: solo,
    aliases: ['-m'],
    secret: true,
  }),

  'log.level': required({
    type: oneOf(['error', 'warn', 'info', 'debug', 'trace']),
    default: 'info',
    description: 'Least severe log line to write. debug also prints stack traces of failures.',
    group: 'Logs',
    verbs: everywhere,
  }),
  'log.format': required({
    type: oneOf(['auto', 'pretty', 'json']),
    default: 'auto',
    description: 'auto: pretty on a terminal, JSON otherwise.',
    group: 'Logs',
    verbs: everywhere,
  }),
  silent: required({
    type: flag,
    default: false,
    description: 'Print neither banner nor the line per transaction and block.',
    group: 'Logs',
    verbs: ['devnet'],
  }),
  quiet: required({
    type: flag,
    default: false,
    description: 'Print results and errors only.',
    group: 'Logs',
    verbs: everywhere,
    aliases: ['-q'],
  }),
  json: required({
    type: flag,
    default: false,
    description: 'Print results, errors and logs as JSON, one value per line.',
    group: 'Logs',
    verbs: everywhere,
  }),

  'metrics.addr': required({
    type: text('address'),
    default: '127.0.0.1',
    container: '0.0.0.0',
    description: 'Address of the separate metrics server. Inside a container the default is 0.0.0.0.',
    group: 'Metrics',
    verbs: nodes,
  }),
  'metrics.port': optional({
    type: port,
    description: 'Serve /metrics and /health on this port. Without it they are on the JSON-RPC port.',
    group: 'Metrics',
    verbs: nodes,
  }),

  keystore: optional({
    type: text('folder'),
    description: 'Folder of the encrypted keys; `keystore` in the data folder if absent.',
    group: 'Keys',
    verbs: withKeys,
  }),
  key: optional({
    type: text('address'),
    description: 'Which key of the keystore signs; the only one there is if absent.',
    group: 'Keys',
    verbs: protocolVerbs,
  }),
  dev: optional({
    type: integer('number', 0, 99),
    description: 'Sign with this account of the development chain instead, counted from 0.',
    group: 'Keys',
    verbs: ['validator', ...protocolVerbs],
  }),
  'password-file': optional({
    type: text('file'),
    description: 'File whose first line is the password of the key. Without it OPENLEDGER_PASSWORD, then a prompt.',
    group: 'Keys',
    verbs: withKeys,
    sources: ['flag', 'env'],
  }),
  password: optional({
    type: text('text'),
    description: 'Password of the key, for automation.',
    group: 'Keys',
    verbs: withKeys,
    sources: ['env'],
    secret: true,
  }),
} as const satisfies Record<string, Option>

export type Key = keyof typeof options

/** The table as a list, for the code that treats all settings alike. */
export const optionList: readonly (readonly [Key, Option])[] = Object.entries(options) as [Key, Option][]

/** The values of all settings after resolving the sources. */
export type Config = {
  readonly [K in Key]: (typeof options)[K] extends { type: OptionType<infer T>; default: infer D }
    ? D extends undefined
      ? T | undefined
      : T
    : never
}
