import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { privateKeyToAccount } from 'viem/accounts'
import { NodeError } from '../../../core/errors.ts'
import { type Address, bytesToHex, type Hash, type Hex } from '../../../core/hex.ts'
import type { Clock } from '../../../core/ports/clock.ts'
import { systemClock } from '../../../core/ports/systemClock.ts'
import { loadSpec } from '../../../genesis/loadSpec.ts'
import type { L1Spec } from '../../../genesis/spec.ts'
import { encodeBlob } from '../../../l1/batch/blob.ts'
import { type L1Client, openL1Client } from '../../../l1/client/client.ts'
import { defaultLimits, type L1Limits } from '../../../l1/client/limits.ts'
import { createFakeKzg, fakeCommitment, versionedHashOf } from '../../rollup/l1/fakeKzg.ts'
import { depositLog } from '../../rollup/l1/logs.ts'
import { mockRollup } from '../../rollup/spec.ts'
import { type FakeBlock, type FakeTx, genesisTime, mine } from './fakeChain.ts'

export { mockRollup } from '../../rollup/spec.ts'

export const account = privateKeyToAccount(`0x${'11'.repeat(32)}`)
export const sender = account.address.toLowerCase() as Address
const other = `0x${'cc'.repeat(20)}` as Address

/** The L1 of the tests: of the development chain, with contracts. */
export const l1Spec: L1Spec = { ...loadSpec('devnet').l1, rollup: mockRollup }

/** Patience of milliseconds in place of seconds. */
export const quick: L1Limits = {
  ...defaultLimits,
  timeoutMs: 5_000,
  longTimeoutMs: 5_000,
  backoffMs: 4,
  maxBackoffMs: 60,
  maxPauseMs: 10_000,
  maxAnswerBytes: 2 ** 17,
  maxBlockBytes: 2 ** 18,
  maxReceiptsBytes: 2 ** 18,
  maxBlobsBytes: 2 ** 21,
}

/** For tests in which a node hangs. */
export const impatient = { timeoutMs: 250, longTimeoutMs: 250 } as const

export type LogLine = { readonly level: string; readonly fields: Record<string, unknown>; readonly text: string }
export type Opened = L1Client & {
  /** What was logged at info and above. */
  readonly lines: readonly LogLine[]
}

const startMs = systemClock.nowMs()
/** The machine's clock, set to the time of the made-up chain. */
const chainClock: Clock = {
  nowMs: () => Number(genesisTime) * 1_000 + 60_000 + systemClock.nowMs() - startMs,
  sleep: systemClock.sleep,
}

/** A client of these URLs that gives up quickly, and ends with the test. */
export async function open(
  t: TestContext,
  rpcUrls: readonly string[],
  options: {
    readonly beaconUrls?: readonly string[]
    readonly limits?: Partial<L1Limits>
    readonly spec?: L1Spec
  } = {},
): Promise<Opened> {
  const stop = new AbortController()
  t.after(() => stop.abort())
  const lines: LogLine[] = []
  const write = (level: string) => (fields: object, text: string) =>
    void lines.push({ level, fields: fields as Record<string, unknown>, text })
  const client = await openL1Client({
    rpcUrls,
    beaconUrls: options.beaconUrls ?? [],
    spec: options.spec ?? l1Spec,
    kzg: createFakeKzg(),
    clock: chainClock,
    log: { debug: () => {}, info: write('info'), warn: write('warn') },
    signal: stop.signal,
    limits: { ...quick, ...options.limits },
    random: () => 0.5,
  })
  return { ...client, lines }
}

/** A blob with this content. */
export function blobOf(text: string): Uint8Array {
  return encodeBlob(new TextEncoder().encode(text))
}

export function commitmentOf(blob: Uint8Array): Hex {
  return bytesToHex(fakeCommitment(blob))
}

export function hashOfBlob(blob: Uint8Array): Hash {
  return versionedHashOf(fakeCommitment(blob))
}

const fees = { gas: 100_000n, maxFeePerGas: 3_000_000_000n, maxPriorityFeePerGas: 500_000_000n, chainId: 900 } as const

/** One transaction of each type: to the inbox, except the one that creates a contract and the one that deposits. */
export async function allTypes(blobs: readonly Uint8Array[]): Promise<readonly FakeTx[]> {
  const to = mockRollup.inbox
  const accessList = [{ address: other, storageKeys: [`0x${'01'.repeat(32)}`, `0x${'02'.repeat(32)}`] as const }]
  const blobVersionedHashes = blobs.map(hashOfBlob)
  const authorization = await account.signAuthorization({ address: other, chainId: 0, nonce: 7 })
  const legacy = { gasPrice: 2_000_000_000n, gas: 100_000n } as const
  const foreign = { address: other, topics: [], data: Uint8Array.of(1, 2, 3) }
  const deposit = depositLog(mockRollup.portal, { from: other, to: other, mint: 5n, data: Uint8Array.of(9) })
  const signed = (raw: Promise<string>, rest: Partial<FakeTx> = {}) =>
    raw.then((text) => ({ raw: text as FakeTx['raw'], from: sender, ...rest }))
  return Promise.all([
    signed(account.signTransaction({ ...legacy, type: 'legacy', to, nonce: 0, data: '0x00', chainId: 900 })),
    // Before EIP-155, and a contract creation; its log takes the first place of the block.
    signed(account.signTransaction({ ...legacy, type: 'legacy', nonce: 1, data: '0x6000' }), { logs: [foreign] }),
    signed(account.signTransaction({ ...legacy, type: 'eip2930', to, nonce: 2, accessList, chainId: 900 })),
    signed(account.signTransaction({ ...fees, type: 'eip1559', to: other, nonce: 3, value: 5n, accessList }), {
      logs: [foreign, deposit],
    }),
    signed(
      account.signTransaction({ ...fees, type: 'eip4844', to, nonce: 4, maxFeePerBlobGas: 9n, blobVersionedHashes }),
    ),
    signed(account.signTransaction({ ...fees, type: 'eip7702', to, nonce: 5, authorizationList: [authorization] }), {
      failed: true,
    }),
  ])
}

/** A transaction to the inbox with one byte. */
export async function inboxTx(nonce: number): Promise<FakeTx> {
  const call = { ...fees, type: 'eip1559', to: mockRollup.inbox, nonce, data: '0x01' } as const
  return { raw: (await account.signTransaction(call)) as FakeTx['raw'], from: sender }
}

/** Six blocks; block 2 has everything in it, block 4 a transaction to the inbox. */
export async function sampleChain(): Promise<readonly FakeBlock[]> {
  const blobs = [blobOf('first'), blobOf('second')]
  const chain = [await mine(undefined)]
  const txs = await allTypes(blobs)
  for (let number = 1; number < 6; number++) {
    const content = number === 2 ? { txs, blobs } : number === 4 ? { txs: txs.slice(0, 1) } : {}
    chain.push(await mine(chain.at(-1), content))
  }
  return chain
}

/** The same chain up to a height, other blocks from there on. */
export async function forked(chain: readonly FakeBlock[], height: number): Promise<readonly FakeBlock[]> {
  const fork = chain.slice(0, height)
  while (fork.length < chain.length) fork.push(await mine(fork.at(-1), { salt: 1n }))
  return fork
}

/** Matches an outage by its code. */
export function outageOf(code: string, severity = 'retry') {
  return (error: unknown): boolean => {
    assert.ok(error instanceof NodeError, `${error}`)
    assert.deepEqual({ code: error.code, severity: error.severity }, { code, severity })
    assert.ok(error.fix !== undefined && error.fix.length > 0)
    return true
  }
}
