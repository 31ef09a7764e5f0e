import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesToAddress, zeroHash } from '../core/hex.ts'
import { keccak256, keccakHash } from '../core/keccak.ts'
import type { KvOp } from '../core/ports/kv.ts'
import { openChain } from '../state/chain.ts'
import { createBlockReader } from '../state/store/blockReader.ts'
import { putSealed } from '../state/store/entry.ts'
import { openLevelKv } from '../state/store/levelKv.ts'
import { encodeLogValue } from '../state/store/logIndex.ts'
import { logKey } from '../state/store/tables.ts'
import { rules, syntheticBlock, syntheticGenesis } from '../test/state/synthetic.ts'
import { report } from './report.ts'

/** Times in milliseconds. */
export type StoreTimes = {
  /** One synced commit of a block with 1,000 transactions and up to 1,000 changed accounts; median. */
  readonly appendMs: number
  readonly appendOps: number
  /** 10,000 logs of one contract in 10,000 blocks, among as many of others: first read, then best of five. */
  readonly logsColdMs: number
  readonly logsMs: number
}

export async function benchStore(): Promise<StoreTimes> {
  const folder = await mkdtemp(join(tmpdir(), 'openledger-bench-'))
  try {
    return { ...(await benchAppend(join(folder, 'append'))), ...(await benchLogs(join(folder, 'logs'))) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function benchAppend(path: string) {
  const kv = await openLevelKv(path)
  const chain = await openChain({ kv, genesis: syntheticGenesis(), rules })
  const size = { accounts: 1000, txs: 2000, logs: 1, pool: 256 }
  const times: number[] = []
  for (let round = 0; round < 15; round++) {
    const base = { parent: chain.header(), state: chain.state(), readNode: chain.reader.readNode }
    const sealed = syntheticBlock(base, { size })
    const start = performance.now()
    await chain.append(sealed)
    times.push(performance.now() - start)
  }
  const ops = chain.reader.commitRecord(chain.heads().unsafe.number)?.opCount ?? 0
  await kv.close()
  return { appendMs: times.sort((a, b) => a - b)[7]!, appendOps: ops }
}

async function benchLogs(path: string) {
  const kv = await openLevelKv(path)
  const addresses = [1, 2].map((index) => bytesToAddress(keccak256(Uint8Array.of(index)).subarray(12)))
  for (let start = 0; start < 10_000; start += 1000) {
    const ops: KvOp[] = []
    for (let number = start; number < start + 1000; number++) {
      for (const [logIndex, address] of addresses.entries()) {
        const entry = {
          address,
          topics: [1, 2, 3].map((topic) => keccakHash(Uint8Array.of(topic))),
          data: `0x${'00'.repeat(32)}`,
          blockNumber: BigInt(number),
          blockHash: keccakHash(Uint8Array.of(number >> 8, number)),
          blockTimestamp: 1_700_000_000n,
          transactionHash: zeroHash,
          transactionIndex: 1,
          logIndex,
        } as const
        ops.push(putSealed(logKey(address, BigInt(number), logIndex), encodeLogValue(entry)))
      }
    }
    await kv.batch(ops, { sync: false })
  }
  await kv.close()
  const reopened = await openLevelKv(path)
  const reader = createBlockReader(reopened)
  const times: number[] = []
  for (let round = 0; round < 6; round++) {
    const start = performance.now()
    let count = 0
    for await (const log of reader.logsByAddress({ address: addresses[0]!, from: 0n, to: 9999n }))
      count += log.topics.length
    times.push(performance.now() - start)
    if (count !== 30_000) throw new Error(`${count} topics`)
  }
  await reopened.close()
  return { logsColdMs: times[0]!, logsMs: Math.min(...times.slice(1)) }
}

if (import.meta.main) report(await benchStore(), process.argv)
