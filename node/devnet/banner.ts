import type { Address, Hash, Hex } from '../../core/hex.ts'

export type BannerFacts = {
  readonly version: string
  readonly accounts: readonly { readonly address: Address; readonly privateKey: Hex }[]
  readonly balanceOpen: string
  readonly mnemonic: string
  readonly derivationPath: string
  /** False: the mnemonic is the operator's own; neither it nor the keys are printed. */
  readonly isPublicMnemonic: boolean
  readonly chainId: number
  readonly baseFeeWei: bigint
  readonly gasLimit: bigint
  readonly genesisHash: Hash
  readonly head: bigint
  readonly mode: string
  readonly dataDir: string
  readonly isKept: boolean
  /** What to type for a folder that is kept. */
  readonly keepWith: string
  readonly httpUrl: string
  readonly namespaces: readonly string[]
  /** Where /health/ready and /metrics are. */
  readonly monitorUrl: string
  readonly wsUrl: string
  /** Behind the URLs: who can reach them, if more than this machine. */
  readonly note?: string
}

/** What a development chain prints once it answers: accounts, chain, addresses and what to try next. */
export function bannerText(facts: BannerFacts, bold: (text: string) => string): string {
  return [
    `OpenLedger node ${facts.version}, development chain`,
    '',
    ...accountLines(facts, bold),
    bold('Chain'),
    `  Chain id       ${facts.chainId}`,
    '  L1             none: one process',
    '  Development    methods to mine, move time, take snapshots, set balances, impersonate: docs/RPC.md',
    `  Base fee       ${facts.baseFeeWei} wei`,
    `  Gas limit      ${facts.gasLimit}`,
    `  Genesis        ${facts.genesisHash}`,
    `  Newest block   ${facts.head}`,
    `  Blocks         ${facts.mode}`,
    `  Data           ${facts.dataDir}${facts.isKept ? ' (kept)' : ` (throw-away: deleted when this stops; keep it with ${facts.keepWith})`}`,
    `  APIs           ${facts.namespaces.join(', ')}`,
    `  Health         ${facts.monitorUrl}/health/ready, metrics at ${facts.monitorUrl}/metrics`,
    '',
    bold('Try'),
    ...tryLines(facts),
    '',
    `${bold('Listening on')} ${facts.httpUrl} and ${facts.wsUrl}${facts.note === undefined ? '' : ` (${facts.note})`}`,
  ].join('\n')
}

function accountLines(
  { accounts, balanceOpen, mnemonic, derivationPath, isPublicMnemonic }: BannerFacts,
  bold: (text: string) => string,
): string[] {
  const rows = accounts.map(({ address }, index) => `  (${index}) ${address}  ${balanceOpen} OPEN`)
  if (!isPublicMnemonic) {
    return [bold('Accounts'), ...rows, '', '  Keys are not shown, because the mnemonic is yours.', '']
  }
  return [
    bold('Accounts'),
    ...rows,
    '',
    bold('Private keys'),
    ...accounts.map(({ privateKey }, index) => `  (${index}) ${privateKey}`),
    '',
    `  Mnemonic  ${mnemonic}`,
    `  Path      ${derivationPath}`,
    '',
    bold('WARNING: these accounts and their private keys are publicly known.'),
    bold('Anything sent to them on a live network WILL BE LOST.'),
    '',
  ]
}

function tryLines({ httpUrl, chainId, accounts, isPublicMnemonic }: BannerFacts): string[] {
  const to = accounts[1]?.address ?? accounts[0]?.address ?? ''
  const key = isPublicMnemonic ? accounts[0]?.privateKey : '<private key>'
  return [
    `  curl -s ${httpUrl} -H 'content-type: application/json' -d '{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}'`,
    `  npx cast send ${to} --value 1ether --rpc-url ${httpUrl} --private-key ${key}`,
    `  npx cast balance ${to} --ether --rpc-url ${httpUrl}`,
    `  npx node examples/viem-erc20.ts ${httpUrl}`,
    `  MetaMask: network name OpenLedger devnet, RPC URL ${httpUrl}, chain id ${chainId}, symbol OPEN`,
    '  (after a fresh start MetaMask keeps old nonces: Settings > Advanced > Clear activity tab data)',
  ]
}
