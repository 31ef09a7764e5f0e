import { protocolCommands } from './protocolCommands.ts'
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
      'openledger devnet --solo --block-time 1 --http.port 9545',
    ],
    run: async (context) => (await import('./devnet.ts')).devnet(context),
  },
  {
    name: 'run',
    verb: 'run',
    summary: 'Run a node of a chain.',
    examples: ['openledger run --chain devnet --data-dir ./data', 'openledger run --config node.yaml'],
    run: async (context) => (await import('./run.ts')).run(context),
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
    summary: 'Execute the blocks of a file again and append them.',
    examples: [
      'openledger import chain.rlp --data-dir ./data-copy --solo',
      'openledger import chain.rlp --data-dir ./data-copy --chain testnet',
    ],
    run: async (context) => (await import('./importChain.ts')).importVerb(context),
  },
  ...protocolCommands,
  {
    name: 'config print',
    verb: 'config',
    summary: 'Print every setting with its value and where it comes from.',
    examples: ['openledger config print --config node.yaml', 'openledger config print --for devnet'],
    own: [{ flag: '--for <verb>', description: 'Whose defaults to show: devnet or run (default run).' }],
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
