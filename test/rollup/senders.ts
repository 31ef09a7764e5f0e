import { hexToBytes } from '../../core/hex.ts'
import type { Sign } from '../../core/ports/sign.ts'
import { sign } from '../../core/secp256k1.ts'
import type { DevAccount } from '../../genesis/devAccounts.ts'
import type { ChainSpec } from '../../genesis/spec.ts'
import { rulesOf } from '../../genesis/spec.ts'
import type { L1Wallet } from '../../l1/wallet.ts'
import { createBatcher } from '../../sequencer/batcher/batcher.ts'
import {
  type Batcher,
  type BatcherConfig,
  type BatcherStep,
  defaultBatcherConfig,
} from '../../sequencer/batcher/types.ts'
import {
  createProposer,
  defaultProposerConfig,
  type Proposer,
  type ProposerConfig,
  type ProposerStep,
} from '../../sequencer/proposer/proposer.ts'
import { createMemoryJournal, type SendJournal } from '../../sequencer/sender/journal.ts'
import { defaultSenderLimits, type SenderLimits } from '../../sequencer/sender/limits.ts'
import { openSender, type Sender } from '../../sequencer/sender/sender.ts'
import { createFakeKzg } from './l1/fakeKzg.ts'
import { createFaults, type L1Faults, walletOf } from './l1/ports.ts'
import { l1ChainId, type SimL1 } from './l1/simL1.ts'
import type { TestNode } from './node.ts'
import { roles } from './spec.ts'

type SenderNode = {
  readonly sender: Sender
  readonly wallet: L1Wallet
  /** What is kept over a restart. */
  readonly journal: SendJournal
  readonly faults: L1Faults
  /** Codes and texts of warnings. */
  readonly warnings: string[]
}

export type SenderNodeOptions = {
  readonly l1: SimL1
  readonly spec: ChainSpec
  readonly node: TestNode
  readonly limits?: Partial<SenderLimits>
  readonly journal?: SendJournal
  readonly key?: DevAccount
}

async function openSenderNode(
  { l1, spec, limits, journal = createMemoryJournal() }: SenderNodeOptions,
  key: DevAccount,
) {
  const faults = createFaults()
  const wallet = walletOf(l1, faults)
  const warnings: string[] = []
  const log = {
    info: () => {},
    warn: (fields: object, text: string) => {
      warnings.push('code' in fields ? String(fields.code) : text)
    },
  }
  const sender = await openSender({
    wallet,
    sign: signOf(key),
    l1ChainId,
    sidecars: spec.l1.rollup!.sidecars,
    journalPath: undefined,
    journal,
    clock: l1.clock,
    log,
    limits: { ...defaultSenderLimits, ...limits },
  })
  return { sender, wallet, journal, faults, warnings, log }
}

export type BatcherNode = SenderNode & {
  readonly batcher: Batcher
  /** Steps until it waits for something. */
  post(): Promise<BatcherStep>
}

export type BatcherNodeOptions = SenderNodeOptions & { readonly config?: Partial<BatcherConfig> }

/** The production batcher on a node of the tests; whatever waits is due at once. */
export async function openBatcher(options: BatcherNodeOptions): Promise<BatcherNode> {
  const { l1, spec, node, config, key = roles.batcher } = options
  const parts = await openSenderNode(options, key)
  const batcher = createBatcher({
    chain: node.chain,
    follower: node.follower,
    sender: parts.sender,
    kzg: createFakeKzg(),
    rollup: spec.l1.rollup!,
    rules: rulesOf(spec),
    wallet: parts.wallet,
    clock: l1.clock,
    log: parts.log,
    config: { ...defaultBatcherConfig, maxDelayMs: 0, quality: 1, ...config },
  })
  return { ...parts, batcher, post: () => rest(batcher.step, ['posted', 'replaced']) }
}

export type ProposerNode = SenderNode & {
  readonly proposer: Proposer
  /** Steps until it waits for something. */
  propose(): Promise<ProposerStep>
}

export type ProposerNodeOptions = SenderNodeOptions & { readonly config?: Partial<ProposerConfig> }

/** The production proposer on a node of the tests. */
export async function openProposer(options: ProposerNodeOptions): Promise<ProposerNode> {
  const { l1, spec, node, config, key = roles.proposer } = options
  const parts = await openSenderNode(options, key)
  const proposer = createProposer({
    chain: node.chain,
    follower: node.follower,
    sender: parts.sender,
    outputOracle: spec.l1.rollup!.outputOracle,
    wallet: parts.wallet,
    clock: l1.clock,
    log: parts.log,
    config: { ...defaultProposerConfig, ...config },
  })
  return { ...parts, proposer, propose: () => rest(proposer.step, ['proposed', 'replaced']) }
}

async function rest<Step extends string>(step: () => Promise<Step>, busy: readonly Step[]): Promise<Step> {
  for (let steps = 0; steps < 20; steps++) {
    const result = await step()
    if (!busy.includes(result)) return result
  }
  throw new Error('it never comes to rest')
}

/** A key in memory as a port. */
function signOf({ address, privateKey }: DevAccount): Sign {
  return { address, sign: async (digest) => sign(hexToBytes(digest), privateKey) }
}
