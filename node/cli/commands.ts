import { protocolCommands } from './protocolCommands.ts'
import { validatorCommands } from './validatorCommands.ts'
import type { Command } from './verb.ts'

const range = [
  { flag: '--from <number>', description: 'First block (default 1).' },
  { flag: '--to <number>', description: 'Last block (default the newest).' },
] as const

/** The commands of `openledger`, in the order of `--help`. */
export const commands: readonly Command[] = [
  {
    name: 'devnet',
    verb: 'devnet',
    summary: 'Start a development chain with funded accounts: L1, sequencer and validator, or one process with --solo.',
    examples: [
      'openledger devnet',
      'openledger devnet --data-dir ./data',
      'openledger devnet --solo --block-time 1 --http.port 8645',
    ],
    run: async (context) => (await import('./devnet.ts')).devnet(context),
  },
  {
    name: 'run',
    verb: 'run',
    summary: 'Run a node of a chain.',
    examples: [
      'openledger run --chain rollup.json --role validator --l1-rpc https://a.example,https://b.example --l1-beacon https://c.example --data-dir ./data',
      'openledger run --config node.yaml',
    ],
    run: async (context) => (await import('./run.ts')).run(context),
  },
  {
    name: 'replica',
    verb: 'replica',
    summary: 'Join a running network: follow its chain, check every block, serve it.',
    examples: [
      'openledger replica',
      'openledger replica --join https://node.example --l1-rpc https://l1.example --data-dir ./replica',
    ],
    details: [
      'Chain and peers come from the node of --join. Its L1 is that of `openledger devnet` unless --l1-rpc names another.',
    ],
    run: async (context) => (await import('./replica.ts')).replica(context),
  },
  {
    name: 'peers list',
    isDefault: true,
    verb: 'peers',
    summary: 'Say where this node can be reached, and which peers it has.',
    examples: [
      'openledger peers list --data-dir ./data',
      'openledger peers --admin http://127.0.0.1:8551 --admin.jwt-secret ./data/admin.jwt',
    ],
    run: async (context) => (await import('./peers.ts')).peersList(context),
  },
  {
    name: 'peers add',
    verb: 'peers',
    args: [{ name: '<address>', description: 'Multiaddr with peer id: /ip4/203.0.113.7/tcp/9222/p2p/12D3….' }],
    summary: 'Connect with a peer, and stay connected while the node runs.',
    examples: ['openledger peers add /ip4/203.0.113.7/tcp/9222/p2p/12D3KooW… --data-dir ./data'],
    run: async (context) => (await import('./peers.ts')).peersAdd(context),
  },
  {
    name: 'peers remove',
    verb: 'peers',
    args: [{ name: '<id>', description: 'Id or multiaddr of the peer.' }],
    summary: 'Forget a peer and disconnect it.',
    examples: ['openledger peers remove 12D3KooW… --data-dir ./data'],
    run: async (context) => (await import('./peers.ts')).peersRemove(context),
  },
  {
    name: 'deploy',
    verb: 'deploy',
    args: [{ name: '<file>', description: 'Chain spec file to write; it must not exist, but for --keep.' }],
    own: [
      { flag: '--batcher <address>', description: 'Who posts batches (default the deployer).' },
      { flag: '--proposer <address>', description: 'Who proposes outputs (default the deployer).' },
      { flag: '--owner <address>', description: 'Who owns SystemConfig (default the deployer).' },
      {
        flag: '--guardian <address>',
        description: 'Who may pause withdrawals and delete outputs (default the deployer).',
      },
      {
        flag: '--unsafe-signer <address>',
        description: 'Who signs blocks that are not on L1 yet (default the deployer).',
      },
      {
        flag: '--validator <address|file>',
        description: 'Key of a first validator, whose stake the deployer owns: an address in the keystore or a file.',
      },
      { flag: '--stake <wei>', description: 'OPEN that it stakes.' },
      { flag: '--validator-account <address>', description: 'Who is paid for it on the chain (default its own).' },
      { flag: '--min-stake <wei>', description: 'OPEN that a validator must stake (default 1,000 OPEN).' },
      {
        flag: '--unbonding <seconds>',
        description: 'Between unbonding and withdrawing stake (default and least: until no output can be doubted).',
      },
      { flag: '--open <address>', description: 'The OPEN token on L1; without it a development token is deployed.' },
      { flag: '--submission-interval <seconds>', description: 'Least time between outputs (default 3600).' },
      { flag: '--finalization-period <seconds>', description: 'In which outputs can be challenged (default 604800).' },
      { flag: '--verifier-period <seconds>', description: 'In which challenged ones must be upheld (default 259200).' },
      { flag: '--bond <wei>', description: 'What proposing takes and challenging costs (default 1 ETH).' },
      { flag: '--origin-depth <blocks>', description: 'L1 blocks on top of an origin (default 10).' },
      {
        flag: '--fund <address,…>',
        description: 'Accounts that get 100,000 OPEN each on L1 from the deployer, to try things with.',
      },
      {
        flag: '--keep',
        description: 'Go on with the file if it is there and L1 has its contracts: for services that start again.',
      },
    ],
    summary: 'Deploy the contracts of a chain on L1 and write its chain spec file.',
    examples: [
      'openledger deploy rollup.json --chain testnet --l1-rpc https://l1.example --deployer.key 0x… --data-dir ./data',
      'openledger run --chain rollup.json --role validator --l1-rpc https://l1.example --data-dir ./data',
    ],
    run: async (context) => (await import('./deploy.ts')).deploy(context),
  },
  {
    name: 'init',
    verb: 'init',
    summary: 'Create the genesis block in a data folder.',
    examples: ['openledger init --chain mainnet --data-dir ./data', 'openledger init --solo --data-dir ./data'],
    run: async (context) => (await import('./init.ts')).init(context),
  },
  {
    name: 'status',
    verb: 'status',
    summary: 'Say in words how a running node is doing.',
    examples: ['openledger status', 'openledger status --rpc.url http://127.0.0.1:9545 --json'],
    run: async (context) => (await import('./status.ts')).status(context),
  },
  {
    name: 'key new',
    verb: 'key',
    summary: 'Create a key and keep it encrypted.',
    examples: ['openledger key new --data-dir ./data', 'openledger key new --keystore ./keys --password-file pass.txt'],
    run: async (context) => (await import('./key.ts')).keyNew(context),
  },
  {
    name: 'key import',
    verb: 'key',
    args: [{ name: '<file>', description: 'File with 64 hex digits or a keystore file; - reads standard input.' }],
    summary: 'Encrypt an existing private key and keep it.',
    examples: [
      'openledger key import key.hex --data-dir ./data',
      'cat key.hex | openledger key import - --keystore ./keys',
    ],
    run: async (context) => (await import('./key.ts')).keyImport(context),
  },
  {
    name: 'key list',
    verb: 'key',
    summary: 'List the addresses of the kept keys.',
    examples: ['openledger key list --data-dir ./data'],
    run: async (context) => (await import('./key.ts')).keyList(context),
  },
  {
    name: 'db stats',
    verb: 'db',
    summary: 'Count what the database holds, by kind.',
    examples: ['openledger db stats --data-dir ./data'],
    run: async (context) => (await import('./db.ts')).dbStats(context),
  },
  {
    name: 'db verify',
    verb: 'db',
    summary: 'Check every block, index and trie node against its hash.',
    examples: ['openledger db verify --data-dir ./data'],
    run: async (context) => (await import('./db.ts')).dbVerify(context),
  },
  {
    name: 'export',
    verb: 'export',
    args: [{ name: '<file>', description: 'File to write; it must not exist.' }],
    own: range,
    summary: 'Write blocks to a file (RLP, one after the other).',
    examples: [
      'openledger export chain.rlp --data-dir ./data',
      'openledger export part.rlp --data-dir ./data --from 10 --to 20',
    ],
    run: async (context) => (await import('./exportChain.ts')).exportVerb(context),
  },
  {
    name: 'import',
    verb: 'import',
    args: [{ name: '<file>', description: 'File written by `openledger export`.' }],
    summary: 'Execute the blocks of a file of a chain without L1 again and append them.',
    examples: ['openledger import chain.rlp --data-dir ./data-copy --solo'],
    run: async (context) => (await import('./importChain.ts')).importVerb(context),
  },
  {
    name: 'verify-evidence',
    verb: 'verify-evidence',
    args: [
      { name: '<file>', description: 'Bundle of evidence, as a node writes it into evidence/ of its data folder.' },
    ],
    summary: 'Check evidence of a fault without any network, and say what it proves.',
    own: [
      {
        flag: '--signer <address,…>',
        description: 'Keys that L1 has named as signers of blocks, besides the one in the chain spec.',
      },
    ],
    examples: ['openledger verify-evidence data/evidence/equivocation-7-0a1b2c3d.json --chain rollup.json'],
    run: async (context) => (await import('./verifyEvidence.ts')).verifyEvidenceVerb(context),
  },
  ...validatorCommands,
  ...protocolCommands,
  {
    name: 'config print',
    verb: 'config',
    summary: 'Print every setting with its value and where it comes from.',
    examples: ['openledger config print --config node.yaml', 'openledger config print --for devnet'],
    own: [{ flag: '--for <verb>', description: 'Whose defaults to show: devnet, run or replica (default run).' }],
    run: async (context) => (await import('./configPrint.ts')).configPrint(context),
  },
  {
    name: 'version',
    verb: undefined,
    summary: 'Print the version.',
    examples: ['openledger version'],
    run: async (context) => (await import('./versionVerb.ts')).version(context),
  },
]
