import { type Address, bytesToHex, concatBytes, type Hex, hexToBytes } from '../../core/hex.ts'
import { keccak256 } from '../../core/keccak.ts'
import { privateKeyToAddress } from '../../core/secp256k1.ts'
import { signTx } from '../../core/txEnvelope.ts'
import { type Connection, call, drain, openConnection, request } from './http.ts'
import type { Server } from './servers.ts'
import { readStages, type Stages, stagesBetween } from './stages.ts'

/** A sender of the load: its own key, funded from the first development account. */
export type Sender = { readonly key: Uint8Array; readonly address: Address }

export type LoadResult = {
  /** Transactions per second until the last one is included. */
  readonly includedPerSec: number
  /** Transactions per second until the last one is accepted. */
  readonly acceptedPerSec: number
  readonly rejected: number
  readonly blocks: number
  /** CPU seconds the server used. */
  readonly cpuSec: number
  readonly stages: Stages | undefined
}

/** The first account of the public development mnemonic. */
const funderKey = hexToBytes('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
const gwei = 1_000_000_000n

export function createSenders(count: number): Sender[] {
  return Array.from({ length: count }, (_, index) => {
    const key = keccak256(concatBytes(new TextEncoder().encode('bench sender'), Uint8Array.of(index >> 8, index & 255)))
    return { key, address: privateKeyToAddress(key) }
  })
}

export type Call = {
  readonly nonce: bigint
  readonly to?: Address
  readonly value?: bigint
  readonly data?: Uint8Array
  readonly gas: bigint
}

/** A signed fee-market transaction of the development chain as hex, priced to be included at once. */
export function signed(key: Uint8Array, fields: Call): Hex {
  const envelope = signTx(
    {
      type: 2,
      chainId: 31_337n,
      nonce: fields.nonce,
      to: fields.to,
      value: fields.value ?? 0n,
      data: fields.data ?? new Uint8Array(0),
      gas: fields.gas,
      maxFeePerGas: 100n * gwei,
      maxPriorityFeePerGas: gwei,
      accessList: [],
    },
    key,
  )
  return bytesToHex(envelope.raw)
}

/** Gives every sender 100 OPEN and waits until they have it. */
export async function fund(server: Server, senders: readonly Sender[]): Promise<void> {
  const connection = await openConnection(server.port)
  let nonce = BigInt(await call<Hex>(connection, 'eth_getTransactionCount', [privateKeyToAddress(funderKey), 'latest']))
  for (const { address } of senders) {
    const raw = signed(funderKey, { nonce: nonce++, to: address, value: 100n * 10n ** 18n, gas: 21_000n })
    await call(connection, 'eth_sendRawTransaction', [raw])
  }
  await until(async () => {
    const last = senders.at(-1)
    return last !== undefined && BigInt(await call<Hex>(connection, 'eth_getBalance', [last.address, 'latest'])) > 0n
  })
  connection.close()
}

/** Deploys from the funder and returns the contract's address. */
export async function deploy(server: Server, initcode: Uint8Array): Promise<Address> {
  const connection = await openConnection(server.port)
  const nonce = BigInt(
    await call<Hex>(connection, 'eth_getTransactionCount', [privateKeyToAddress(funderKey), 'latest']),
  )
  const hash = await call<Hex>(connection, 'eth_sendRawTransaction', [
    signed(funderKey, { nonce, data: initcode, gas: 3_000_000n }),
  ])
  let address: Address | undefined
  await until(async () => {
    const receipt = await call<{ contractAddress: Address } | null>(connection, 'eth_getTransactionReceipt', [hash])
    address = receipt?.contractAddress
    return address !== undefined
  })
  connection.close()
  return address as Address
}

/**
 * Sends signed transactions, singly or in JSON-RPC batches, and waits until every sender's nonce has arrived.
 * Transactions are interleaved over the senders, as independent users would.
 */
export async function sendAll(
  server: Server,
  raws: readonly Hex[],
  expected: ReadonlyMap<Address, bigint>,
  options: { readonly connections: number; readonly batch: number },
): Promise<LoadResult> {
  const connections: Connection[] = []
  for (let i = 0; i < options.connections; i++) connections.push(await openConnection(server.port))
  const bodies =
    options.batch === 1 ? raws.map((raw) => request('eth_sendRawTransaction', [raw])) : batches(raws, options.batch)
  const probe = await openConnection(server.port)
  const startBlock = Number(await call<Hex>(probe, 'eth_blockNumber', []))
  const stagesBefore = await readStages(server.port)
  const cpuBefore = server.cpuSec()
  const start = performance.now()
  let rejected = 0
  await drain(connections, bodies, (body) => {
    if (body.includes('"error"')) rejected += body.split('"error"').length - 1
  })
  const accepted = performance.now() - start
  await until(async () => (await arrived(probe, expected)) === expected.size)
  const included = performance.now() - start
  const cpuSec = server.cpuSec() - cpuBefore
  const stages = stagesBetween(stagesBefore, await readStages(server.port))
  const blocks = Number(await call<Hex>(probe, 'eth_blockNumber', [])) - startBlock
  for (const connection of [...connections, probe]) connection.close()
  return {
    includedPerSec: (raws.length / included) * 1000,
    acceptedPerSec: (raws.length / accepted) * 1000,
    rejected,
    blocks,
    cpuSec,
    stages,
  }
}

async function arrived(connection: Connection, expected: ReadonlyMap<Address, bigint>): Promise<number> {
  let count = 0
  for (const [address, nonce] of expected) {
    if (BigInt(await call<Hex>(connection, 'eth_getTransactionCount', [address, 'latest'])) < nonce) break
    count++
  }
  return count
}

function batches(raws: readonly Hex[], size: number): string[] {
  const bodies: string[] = []
  for (let start = 0; start < raws.length; start += size) {
    const items = raws.slice(start, start + size).map((raw, index) => request('eth_sendRawTransaction', [raw], index))
    bodies.push(`[${items.join(',')}]`)
  }
  return bodies
}

async function until(done: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 120_000
  while (!(await done())) {
    if (Date.now() > deadline) throw new Error('the load was not included within 120 s')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
