import { type Address, bigintToFixed, bytesToHex, concatBytes, type Hex, hexToBytes } from '../../core/hex.ts'
import { type Connection, call, openConnection } from './http.ts'
import { deploy, fund, type LoadResult, type Sender, sendAll, signed } from './load.ts'
import type { Server } from './servers.ts'
import { tokenInitcode } from './token.ts'

export type Latency = { readonly p50Ms: number; readonly p99Ms: number }

/** Plain transfers between the senders: `count` in all, spread evenly, nonces from `firstNonce`. */
export async function transfers(
  server: Server,
  senders: readonly Sender[],
  options: {
    readonly count: number
    readonly firstNonce: bigint
    readonly connections: number
    readonly batch: number
  },
): Promise<LoadResult> {
  const raws = interleave(senders, options, (sender, nonce, index) => {
    const to = senders[(index + 1) % senders.length]
    if (to === undefined) throw new Error('no senders')
    return signed(sender.key, { nonce, to: to.address, value: 1n, gas: 21_000n })
  })
  return sendAll(server, raws, nonces(senders, options), options)
}

/** ERC-20 transfers of the bench token, to fresh holders, so that every one writes a new slot. */
export async function tokenTransfers(
  server: Server,
  senders: readonly Sender[],
  token: Address,
  options: {
    readonly count: number
    readonly firstNonce: bigint
    readonly connections: number
    readonly batch: number
  },
): Promise<LoadResult> {
  const raws = interleave(senders, options, (sender, nonce, index) =>
    signed(sender.key, { nonce, to: token, gas: 100_000n, data: transferCall(BigInt(index) + 0x1000n, 1n) }),
  )
  return sendAll(server, raws, nonces(senders, options), options)
}

/** Deploys the token and gives each sender some. */
export async function setUpToken(server: Server, senders: readonly Sender[]): Promise<Address> {
  await fund(server, senders)
  return deploy(server, tokenInitcode())
}

/** Latencies of the reads wallets and indexers make, one connection, one request at a time. */
export async function reads(
  server: Server,
  token: Address,
  holder: Address,
  rounds: number,
): Promise<Record<'eth_call' | 'eth_getBalance' | 'eth_getLogs', Latency>> {
  const connection = await openConnection(server.port)
  const latest = Number(await call<Hex>(connection, 'eth_blockNumber', []))
  const topic = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'
  const calls = {
    eth_call: ['eth_call', [{ to: token, data: bytesToHex(balanceOfCall(holder)) }, 'latest']],
    eth_getBalance: ['eth_getBalance', [holder, 'latest']],
    eth_getLogs: [
      'eth_getLogs',
      [
        {
          address: token,
          topics: [topic, bytesToHex(pad(hexToBytes(holder)))],
          fromBlock: hex(Math.max(0, latest - 9_999)),
          toBlock: hex(latest),
        },
      ],
    ],
  } as const
  const result = {
    eth_call: await latency(connection, calls.eth_call, rounds),
    eth_getBalance: await latency(connection, calls.eth_getBalance, rounds),
    eth_getLogs: await latency(connection, calls.eth_getLogs, Math.ceil(rounds / 10)),
  }
  connection.close()
  return result
}

async function latency(
  connection: Connection,
  [method, params]: readonly [string, readonly unknown[]],
  rounds: number,
): Promise<Latency> {
  const samples: number[] = []
  for (let i = 0; i < rounds + 50; i++) {
    const start = performance.now()
    await call(connection, method, params)
    if (i >= 50) samples.push(performance.now() - start)
  }
  samples.sort((a, b) => a - b)
  const at = (share: number) => samples[Math.min(samples.length - 1, Math.floor(samples.length * share))] ?? 0
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}

function interleave(
  senders: readonly Sender[],
  options: { readonly count: number; readonly firstNonce: bigint },
  sign: (sender: Sender, nonce: bigint, index: number) => Hex,
): Hex[] {
  return Array.from({ length: options.count }, (_, index) => {
    const sender = senders[index % senders.length]
    if (sender === undefined) throw new Error('no senders')
    return sign(sender, options.firstNonce + BigInt(Math.floor(index / senders.length)), index)
  })
}

function nonces(senders: readonly Sender[], options: { readonly count: number; readonly firstNonce: bigint }) {
  const each = BigInt(options.count / senders.length)
  return new Map(senders.map((sender) => [sender.address, options.firstNonce + each]))
}

function transferCall(to: bigint, amount: bigint): Uint8Array {
  return concatBytes(hexToBytes('0xa9059cbb'), bigintToFixed(to, 32), bigintToFixed(amount, 32))
}

function balanceOfCall(holder: Address): Uint8Array {
  return concatBytes(hexToBytes('0x70a08231'), pad(hexToBytes(holder)))
}

function pad(bytes: Uint8Array): Uint8Array {
  return concatBytes(new Uint8Array(32 - bytes.length), bytes)
}

function hex(value: number): Hex {
  return `0x${value.toString(16)}`
}
