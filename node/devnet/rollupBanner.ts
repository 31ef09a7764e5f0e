import { checksumAddress } from '../../core/checksum.ts'
import type { Address, Hash, Hex } from '../../core/hex.ts'
import type { RollupSpec } from '../../genesis/spec.ts'

export type RollupFacts = {
  readonly version: string
  readonly accounts: readonly { readonly address: Address; readonly privateKey: Hex }[]
  readonly mnemonic: string
  readonly l1: { readonly url: string; readonly chainId: number; readonly isOwn: boolean }
  readonly chainId: number
  readonly sequencerUrl: string
  readonly validatorUrl: string
  readonly genesisHash: Hash
  readonly contracts: RollupSpec
  /** Folder of everything, and the chain spec file in it. */
  readonly dir: string
  readonly isKept: boolean
  /** What to type for a folder that is kept. */
  readonly keepWith: string
  readonly rollupFile: string
  /** Multiaddrs of the sequencer; none: its peers know the chain from L1 alone. */
  readonly peers: readonly string[]
}

/** What a development rollup prints once all of it answers. */
export function rollupBanner(facts: RollupFacts, bold: (text: string) => string): string {
  const { accounts, contracts, l1, sequencerUrl, validatorUrl } = facts
  const { portal, outputOracle, validatorRegistry, systemConfig, standardBridge, open, inbox } = contracts
  const named = { portal, outputOracle, validatorRegistry, systemConfig, standardBridge, open, inbox }
  return [
    `OpenLedger node ${facts.version}, development rollup`,
    '',
    bold('Accounts (10,000 OPEN on the chain; 10,000 ETH and 100,000 OPEN on L1)'),
    ...accounts.map(({ address, privateKey }, index) => `  (${index}) ${checksumAddress(address)}  ${privateKey}`),
    '',
    `  Mnemonic  ${facts.mnemonic}`,
    '  Account 5 attests, 6 signs blocks, and 7 (proposer), 8 (batcher) and 9 (deployer) send to L1: use the others.',
    '',
    bold('WARNING: these accounts and their private keys are publicly known.'),
    bold('Anything sent to them on a live network WILL BE LOST.'),
    '',
    bold(`Contracts on L1 (chain id ${l1.chainId})`),
    ...Object.entries(named).map(([name, address]) => `  ${name.padEnd(19)}${checksumAddress(address)}`),
    '',
    bold('Chain'),
    `  Chain id       ${facts.chainId}`,
    `  Genesis        ${facts.genesisHash}`,
    `  Chain spec     ${facts.rollupFile}`,
    `  Data           ${facts.dir}${facts.isKept ? ' (kept)' : ` (throw-away: deleted when this stops; keep it with ${facts.keepWith})`}`,
    '',
    bold('Try'),
    `  npx cast send ${checksumAddress(accounts[1]!.address)} --value 1ether --rpc-url ${sequencerUrl} --private-key ${accounts[0]!.privateKey}`,
    `  npx node examples/bridge/deposit.ts ${sequencerUrl} ${l1.url}`,
    `  npx node examples/bridge/withdraw.ts ${sequencerUrl} ${l1.url}`,
    `  npx cast rpc openledger_batches --rpc-url ${validatorUrl}`,
    ...(facts.peers.length === 0
      ? []
      : [
          `  npm run replica -- --join ${sequencerUrl} --l1-rpc ${l1.url}    one more node, from any clone of the project`,
        ]),
    '  npm run solo                 a chain without L1, with evm_* methods',
    '',
    `${bold('L1')}         ${l1.url}${l1.isOwn ? ' (anvil)' : ''}`,
    `${bold('Sequencer')}  ${sequencerUrl}`,
    `${bold('Validator')}  ${validatorUrl} (checks every block, and derives everything from L1 again)`,
    ...facts.peers.slice(0, 1).map((address) => `${bold('Peers')}      ${address}`),
  ].join('\n')
}
