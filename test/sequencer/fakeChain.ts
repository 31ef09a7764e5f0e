import { setImmediate as turn } from 'node:timers/promises'
import { NodeError } from '../../core/errors.ts'
import type { Hash } from '../../core/hex.ts'
import { zeroHash } from '../../core/hex.ts'
import type { L1Block, L1Inputs } from '../../core/ports/l1.ts'
import { createManualClock, type ManualClock } from '../../core/ports/manualClock.ts'
import type { TxReject } from '../../core/reject.ts'
import type { AccountChange } from '../../core/state.ts'
import type { DepositTx, SignedTx, TxEnvelope } from '../../core/tx.ts'
import { devPoolLimits } from '../../sequencer/mempool/limits.ts'
import { createMempool } from '../../sequencer/mempool/mempool.ts'
import type { BuildRequest, ChainHead, SealPorts } from '../../sequencer/production/seal.ts'
import type { Mode, SealReason } from '../../sequencer/production/trigger.ts'
import { type Sequencer, type SequencerConfig, startSequencer } from '../../sequencer/sequencer.ts'
import type { Backpressure } from '../../sequencer/throttle.ts'
import type { BuiltBlock } from '../../state/build.ts'
import { account, ether, type FakeState, makeHeader, readerOf, rules } from './fixtures.ts'

export const startSec = 1_000_000n

export function hashOf(number: bigint): Hash {
  return `0x${number.toString(16).padStart(64, '0')}` as Hash
}

export function l1Block(number: bigint, timestamp: bigint): L1Block {
  const hash = hashOf(number)
  return { number, hash, timestamp, baseFee: 1n, blobBaseFee: 1n, mixHash: zeroHash, parentBeaconBlockRoot: zeroHash }
}

export const systemConfig = {
  batcherHash: zeroHash,
  gasLimit: 30_000_000n,
  eip1559Denominator: 56,
  eip1559Elasticity: 8,
  daFeeScalar: 0,
}

export type SealedRecord = {
  readonly reason: SealReason | 'asked'
  readonly number: bigint
  readonly timestamp: bigint
  readonly atMs: number
  readonly txs: readonly Hash[]
}

/**
 * A sequencer over a chain of plain values and a manual clock. Blocks take `buildTurns` turns of the event loop; the
 * base fee halves with every block below half the gas limit down to `floor`. Fields may be changed on the way.
 */
export function startFake(options: {
  readonly mode?: Partial<Mode>
  readonly config?: Partial<SequencerConfig>
  readonly txPerBlock?: number
  readonly maxOriginAgeSec?: bigint
}) {
  const manual = createManualClock(Number(startSec) * 1_000)
  const clock: ManualClock = { ...manual, nowMs: () => manual.nowMs() + fake.skewMs }
  const state: FakeState = new Map()
  for (let index = 0; index < 20; index++) state.set(account(index), { nonce: 0n, balance: ether })
  const stop = new AbortController()
  const fake = {
    state,
    stop,
    /** How far the machine's clock was set off. */
    skewMs: 0,
    onBuilt: undefined as undefined | (() => void),
    origin: l1Block(1n, startSec - 12n),
    deposits: [] as DepositTx[],
    config: systemConfig as ChainHead['config'],
    baseFee: 1n,
    floor: 1n,
    buildTurns: 2,
    building: 0,
    verdict: undefined as undefined | { reject: 'state_root' },
    outage: undefined as string | undefined,
    pressure: 'none' as Backpressure,
    refuse: new Map<Hash, TxReject>(),
    sealed: [] as SealedRecord[],
    logs: [] as string[],
    polls: 0,
    chain: [] as ChainHead[],
  }
  const genesis = { header: makeHeader({ timestamp: startSec - 12n }), hash: hashOf(0n), origin: fake.origin }
  fake.chain.push({ ...genesis, sequenceNumber: 0n, config: systemConfig })
  const head = () => fake.chain.at(-1)!

  async function build({
    parent,
    inputs,
    timestamp,
    txs,
    deadline,
    skipSender,
    devDeposits = [],
  }: BuildRequest): Promise<BuiltBlock> {
    if (++fake.building > 1) throw new Error('two blocks are being built at once')
    for (let count = 0; count < fake.buildTurns; count++) await turn()
    const taken: TxEnvelope<SignedTx>[] = []
    const skipped: { hash: Hash; reject: TxReject }[] = []
    const nonces = new Map([...state].map(([address, { nonce }]) => [address, nonce]))
    for (const tx of txs) {
      if (deadline() || taken.length >= (options.txPerBlock ?? 1_000)) break
      const wrongNonce: TxReject | undefined =
        tx.tx.nonce === nonces.get(tx.from) ? undefined : { reject: 'nonce_too_high' }
      const reject = fake.refuse.get(tx.hash) ?? wrongNonce
      if (reject !== undefined) {
        skipped.push({ hash: tx.hash, reject })
        skipSender(tx.from)
        continue
      }
      nonces.set(tx.from, tx.tx.nonce + 1n)
      taken.push(tx)
    }
    fake.onBuilt?.()
    fake.building--
    const deposits = [...inputs.deposits, ...devDeposits].map((tx) => ({
      tx,
      raw: new Uint8Array(),
      hash: tx.sourceHash,
      from: tx.from,
    }))
    const accounts = new Map(taken.map(({ from }) => [from, {} as AccountChange]))
    const header = makeHeader({ number: parent.number + 1n, timestamp, parentHash: head().hash })
    return {
      block: { header, hash: hashOf(header.number), transactions: [...deposits, ...taken] },
      receipts: [],
      diff: { accounts, code: new Map() },
      nodes: new Map(),
      skipped,
    }
  }

  const l1 = {
    inputs: async ({ origin, sequenceNumber }: { origin: L1Block; sequenceNumber: bigint }): Promise<L1Inputs> => {
      fake.polls++
      if (fake.outage !== undefined) throw new NodeError({ code: fake.outage, severity: 'retry', message: 'no L1' })
      const isNew = fake.origin.number > origin.number
      return {
        origin: isNew ? fake.origin : origin,
        deposits: isNew ? fake.deposits : [],
        config: fake.config,
        sequenceNumber: isNew ? 0n : sequenceNumber + 1n,
      }
    },
  }

  const append: SealPorts['append'] = async ({ block }) => {
    await turn()
    for (const { tx, from } of block.transactions) {
      if (tx.type !== 0x7e) state.set(from, { nonce: tx.nonce + 1n, balance: state.get(from)!.balance })
    }
    const { origin, sequenceNumber, config } = await l1.inputs(head())
    fake.polls--
    fake.chain.push({ header: block.header, hash: block.hash, origin, sequenceNumber, config })
    fake.baseFee = fake.baseFee / 2n > fake.floor ? fake.baseFee / 2n : fake.floor
  }

  let sequencer: Sequencer | undefined
  const mempool = createMempool({
    limits: devPoolLimits,
    rules,
    head: () => ({ header: head().header, state: readerOf(state) }),
    nowMs: clock.nowMs,
    onPending: () => sequencer?.wake(),
  })
  const log = (_fields: object, text: string) => {
    fake.logs.push(text)
  }
  sequencer = startSequencer({
    head,
    mempool,
    l1,
    clock,
    build,
    verify: async (built) => {
      await turn()
      return fake.verdict ?? built
    },
    append,
    baseFee: () => fake.baseFee,
    pressure: () => fake.pressure,
    decays: () => fake.baseFee > fake.floor,
    rules: { ...rules, ...(options.maxOriginAgeSec !== undefined && { maxOriginAgeSec: options.maxOriginAgeSec }) },
    mode: { demand: true, automine: false, intervalMs: 0, ...options.mode },
    config: { blockIntervalMs: 1_000, heartbeatMs: 60_000, buildMs: 1_000, ...options.config },
    signal: stop.signal,
    log: { info: log, warn: log },
    onSealed: ({ built: { block } }, reason) => {
      const { number, timestamp } = block.header
      const txs = block.transactions.map(({ hash }) => hash)
      fake.sealed.push({ reason, number, timestamp, atMs: clock.nowMs() - Number(startSec) * 1_000, txs })
    },
  })
  return { fake, mempool, sequencer, head, clock }
}

/** Lets everything that can run without time passing run. */
export async function quiet(): Promise<void> {
  for (let count = 0; count < 60; count++) await turn()
}
