import type { Chain } from 'viem'

// Plain values, so that every copy of viem takes them.

const common = {
  nativeCurrency: { name: 'OPEN', symbol: 'OPEN', decimals: 18 },
  contracts: { multicall3: { address: '0xca11bde05977b3631167028862be2a173976ca11' } },
} as const

/** The development chain of `openledger devnet` at its usual port. */
export const openledgerDevnet = {
  ...common,
  id: 31_337,
  name: 'OpenLedger devnet',
  rpcUrls: { default: { http: ['http://127.0.0.1:8545'], webSocket: ['ws://127.0.0.1:8545'] } },
  testnet: true,
} as const satisfies Chain

/** The test network. It has no public endpoint: give the transport the URL of a node. */
export const openledgerTestnet = {
  ...common,
  id: 161_201,
  name: 'OpenLedger testnet',
  rpcUrls: { default: { http: [] } },
  testnet: true,
} as const satisfies Chain

/** The main network. It has no public endpoint: give the transport the URL of a node. */
export const openledger = {
  ...common,
  id: 1_612,
  name: 'OpenLedger',
  rpcUrls: { default: { http: [] } },
} as const satisfies Chain
