/** Every bound of the RPC server; the reasons are in docs/RPC.md. Sizes in bytes, times in milliseconds. */
export type RpcLimits = {
  readonly bodyBytes: number
  readonly jsonDepth: number
  /** Commas, colons and brackets outside strings: bounds the time JSON.parse takes. */
  readonly jsonTokens: number
  /** The longest string inside a body: the largest legal one is a 128 KB transaction in hex. */
  readonly stringBytes: number
  readonly batchItems: number
  readonly responseBytes: number
  readonly requestTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly connections: number
  /** Of one address, HTTP and WebSocket together; 0: no bound. Callers on this machine are not counted. */
  readonly connectionsPerIp: number
  /** 0: no bound. */
  readonly requestsPerSocket: number
  readonly wsMessageBytes: number
  readonly wsPingMs: number
  readonly wsBufferBytes: number
  /** Answers and events sent to one address and not taken yet; 0: no bound. Callers on this machine are not counted. */
  readonly unreadBytesPerIp: number
  /** The same of all. */
  readonly unreadBytes: number
  readonly subscriptionsPerConnection: number
  /** Weighted requests per second and IP address; 0 switches the limit off. */
  readonly rateUnitsPerSec: number
  readonly rateBurst: number
  readonly callGas: bigint
  readonly callTimeoutMs: number
  readonly callWorkers: number
  /** Calls waiting for a worker; more are refused with -32005. */
  readonly callQueue: number
  /** How long a call waits for a worker before it is refused the same way. */
  readonly callWaitMs: number
  readonly logRange: bigint
  readonly logResults: number
  readonly filters: number
  /** Of one address; 0: no bound. Callers on this machine are not counted. */
  readonly filtersPerIp: number
  readonly filterTtlMs: number
  /** Entries a filter keeps between two polls. */
  readonly filterBacklog: number
  /** Their size in JSON. */
  readonly filterBacklogBytes: number
  /** The same of all filters of one address; 0: no bound. Callers on this machine are not counted. */
  readonly filterBytesPerIp: number
  /** The same of all filters. */
  readonly filterBytes: number
  readonly proofSlots: number
  readonly feeHistoryBlocks: number
  readonly txBytes: number
  /** The most a transaction sent here may pay in fees, in wei; 0 switches the check off. */
  readonly txFeeCap: bigint
  /** How long a read waits for transactions accepted before it to be mined (automine only). */
  readonly settleMs: number
}

/** Limits of a public endpoint. */
export const defaultLimits: RpcLimits = {
  bodyBytes: 1 << 20,
  jsonDepth: 32,
  jsonTokens: 50_000,
  stringBytes: 300 * 1024,
  batchItems: 100,
  responseBytes: 10 << 20,
  requestTimeoutMs: 30_000,
  idleTimeoutMs: 120_000,
  connections: 500,
  connectionsPerIp: 256,
  requestsPerSocket: 1000,
  wsMessageBytes: 1 << 20,
  wsPingMs: 30_000,
  wsBufferBytes: 16 << 20,
  unreadBytesPerIp: 64 << 20,
  unreadBytes: 512 << 20,
  subscriptionsPerConnection: 128,
  rateUnitsPerSec: 50,
  rateBurst: 200,
  callGas: 50_000_000n,
  callTimeoutMs: 5000,
  callWorkers: 1,
  callQueue: 512,
  callWaitMs: 10_000,
  logRange: 10_000n,
  logResults: 10_000,
  filters: 1024,
  filtersPerIp: 128,
  filterTtlMs: 5 * 60_000,
  filterBacklog: 10_000,
  filterBacklogBytes: 32 << 20,
  filterBytesPerIp: 32 << 20,
  filterBytes: 256 << 20,
  proofSlots: 1024,
  feeHistoryBlocks: 1024,
  txBytes: 128 * 1024,
  txFeeCap: 10n ** 18n,
  settleMs: 2000,
}

/** Limits of a development chain on this machine: nobody to share with, nobody to fend off. */
export const devLimits: RpcLimits = {
  ...defaultLimits,
  bodyBytes: 5 << 20,
  batchItems: 1000,
  connections: 2000,
  connectionsPerIp: 0,
  requestsPerSocket: 0,
  unreadBytesPerIp: 0,
  filtersPerIp: 0,
  filterBytesPerIp: 0,
  rateUnitsPerSec: 0,
}
