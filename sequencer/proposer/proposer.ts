import { assert } from '../../core/errors.ts'
import type { Address, Hash } from '../../core/hex.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { Follower } from '../../l1/follow.ts'
import { outputRoot } from '../../l1/output.ts'
import type { L1Wallet } from '../../l1/wallet.ts'
import type { Chain } from '../../state/chain.ts'
import { createAlarm, type Log } from '../alarm.ts'
import { type Running, startLoop } from '../loop.ts'
import type { SendRequest } from '../sender/request.ts'
import type { Flight, Sender, SenderStatus } from '../sender/sender.ts'
import { decodeProposal, encodeProposal } from './memo.ts'
import { createOracle, type OracleOutput, type Proposal, proposalData } from './oracle.ts'

export type ProposerConfig = {
  /** Whose safe head is proposed: that of the newest final L1 block, or of the one before the newest (development). */
  readonly proposeAt: 'finalized' | 'safe'
  readonly pollMs: number
}

export const defaultProposerConfig: ProposerConfig = { proposeAt: 'finalized', pollMs: 12_000 }

export type ProposerOptions = {
  readonly chain: { readonly reader: Pick<Chain['reader'], 'headerByHash' | 'hashByNumber'> }
  readonly follower: Pick<Follower, 'tip' | 'record' | 'status'>
  readonly sender: Sender
  readonly outputOracle: Address
  readonly wallet: Pick<L1Wallet, 'call'>
  readonly clock: Clock
  readonly log: Log
  readonly config: ProposerConfig
}

/** What a step came to. `held`: something keeps it from proposing, see the status. */
export type ProposerStep = 'idle' | 'proposed' | 'replaced' | 'pending' | 'behind' | 'held'

export type ProposerTrouble =
  | 'not_authorized'
  | 'output_mismatch'
  | 'output_challenged'
  | 'bond_lost'
  | 'finality_old'
  | 'proposal_reverts'

export type ProposerStatus = {
  readonly trouble: ProposerTrouble | undefined
  /** The newest output on L1, as of the last look. */
  readonly latest: OracleOutput | undefined
  /** Since the start. */
  readonly proposed: number
  readonly reverted: number
  readonly deleted: number
  readonly sender: SenderStatus
}

/** Proposes outputs. Its state is the oracle and the sender's journal. */
export type Proposer = {
  /** One step; one at a time. Outages are NodeErrors `retry` and change nothing. */
  step(): Promise<ProposerStep>
  status(): ProposerStatus
}

/** What an operator reads of it. */
export const proposerTroubles: Readonly<Record<ProposerTrouble, string>> = {
  not_authorized: 'the output oracle names another proposer: nothing is proposed',
  output_mismatch: 'the newest output on L1 is not what this node derives: nothing is proposed on top of it',
  output_challenged: 'an output is challenged: unless the verifier upholds it in time it goes, and its bond with it',
  bond_lost: 'outputs were deleted and the bond is too small: check this node, then deposit the bond or start again',
  finality_old: 'L1 has called nothing final for so long that nothing can be proposed',
  proposal_reverts: 'the output oracle does not take the proposal',
}

/** The oracle knows hashes of the last 256 L1 blocks: what is proposed must be included while it knows this one. */
const freshBlocks = 200n
const lastBlocks = 250n
/** After a proposal that L1 has charged for; to ask beforehand costs nothing. */
const paidPauseMs = 60_000
const longestPauseMs = 30 * 60_000

export function createProposer(options: ProposerOptions): Proposer {
  const { chain, follower, sender, outputOracle, wallet, clock, log, config } = options
  const alarm = createAlarm(proposerTroubles, { clock, log })
  const oracle = createOracle(outputOracle, wallet)
  const counts = { proposed: 0, reverted: 0, deleted: 0 }
  let latest: OracleOutput | undefined
  let wasDeleted = false
  let failures = 0
  let pausedUntilMs = 0

  function isFollowed(): boolean {
    const { l1Head, trouble } = follower.status()
    return l1Head !== undefined && trouble === undefined
  }

  function rootOf(hash: Hash): Hash {
    const header = chain.reader.headerByHash(hash)
    assert(header !== undefined, `block ${hash} is stored`)
    return outputRoot({ stateRoot: header.stateRoot, withdrawalsRoot: header.withdrawalsRoot, hash })
  }

  /** What the safe head of the chosen L1 block comes to; undefined if none is chosen yet. */
  function candidate(): Proposal | undefined {
    const { l1Finalized, l1Head } = follower.status()
    const tip = follower.tip().block.number
    const chosen = config.proposeAt === 'safe' ? tip : l1Finalized?.number
    if (chosen === undefined) return undefined
    // L1 nodes that are asked now answer as of their newest block, which does not know its own hash.
    const known = (l1Head?.number ?? tip) - 1n
    const record = follower.record(min(chosen, min(known, tip)))
    if (record === undefined) return undefined
    const { block, safe } = record
    return { outputRoot: rootOf(safe.hash), l2Block: safe.number, l1Block: block.number, l1Hash: block.hash }
  }

  async function look(): Promise<OracleOutput> {
    const found = await oracle.latest()
    if (latest !== undefined && found.index < latest.index) {
      counts.deleted += Number(latest.index - found.index)
      wasDeleted = true
      log.warn({ from: found.index + 1n, to: latest.index }, 'outputs were deleted from the oracle on L1')
    }
    latest = found
    return found
  }

  /** Whether an output is what this node derives; undefined: it does not know the block yet. */
  function agrees({ l2Block, outputRoot: proposed }: OracleOutput): boolean | undefined {
    if (l2Block > follower.tip().safe.number) return undefined
    const hash = chain.reader.hashByNumber(l2Block)
    return hash === undefined ? undefined : rootOf(hash) === proposed
  }

  function fail(fields: object, firstPauseMs: number): void {
    failures++
    pausedUntilMs = clock.nowMs() + Math.min(firstPauseMs * 2 ** Math.min(failures - 1, 10), longestPauseMs)
    alarm.set('proposal_reverts', fields)
  }

  function settle(flight: Exclude<Flight, { state: 'idle' | 'pending' }>): void {
    if (flight.state === 'displaced' || !flight.isRequest) return
    const proposal = decodeProposal(flight.memo)
    const fields = { l2Block: proposal?.l2Block, l1Block: proposal?.l1Block, hash: flight.hash }
    if (flight.receipt.succeeded) {
      counts.proposed++
      failures = 0
      log.info(fields, 'output proposed')
    } else {
      counts.reverted++
      fail(fields, paidPauseMs)
    }
  }

  async function requestOf(proposal: Proposal): Promise<SendRequest | ProposerTrouble> {
    const [required, bond] = await Promise.all([oracle.requiredBond(), oracle.bondOf(sender.address)])
    const missing = required > bond ? required - bond : 0n
    // A bond that was slashed is not put up again without anybody looking why.
    if (missing > 0n && wasDeleted) return 'bond_lost'
    const [memo, data] = [encodeProposal(proposal), proposalData(proposal)]
    return { kind: 'call', to: outputOracle, memo, data, value: missing, gas: undefined }
  }

  /** A pending proposal that would revert gives way to one that does not. */
  async function pending(flight: Extract<Flight, { state: 'pending' }>): Promise<ProposerStep> {
    const proposal = flight.isRequest ? decodeProposal(flight.memo) : undefined
    if (proposal === undefined || !isFollowed()) return 'pending'
    const { l1Head, behind } = follower.status()
    const record = follower.record(proposal.l1Block)
    const isOld = l1Head !== undefined && l1Head.number > proposal.l1Block + lastBlocks
    const isGone = record !== undefined && record.block.hash !== proposal.l1Hash
    if (!isOld && !isGone && (await look()).l2Block < proposal.l2Block) return 'pending'
    const next = behind === 0n ? candidate() : undefined
    const isNews = next !== undefined && next.l2Block > (await look()).l2Block
    const request = isNews ? await requestOf(next) : undefined
    const isRequest = request !== undefined && typeof request !== 'string'
    const refusal = isRequest ? await sender.supersede(request) : await sender.cancel()
    return refusal === undefined ? 'replaced' : 'pending'
  }

  async function idle(): Promise<ProposerStep> {
    if (!isFollowed()) return 'behind'
    if (clock.nowMs() < pausedUntilMs) return 'held'
    const before = await look()
    if (agrees(before) === false) {
      alarm.set('output_mismatch', { index: before.index, l2Block: before.l2Block })
      return 'held'
    }
    const proposal = candidate()
    const [dueSec, challenges] = await Promise.all([oracle.nextTimestamp(), oracle.openChallenges()])
    const isNews = proposal !== undefined && proposal.l2Block > before.l2Block && proposal.l1Block > before.l1Block
    if (!isNews || follower.tip().block.timestamp < dueSec) {
      alarm.set(challenges > 0n ? 'output_challenged' : undefined, { challenges })
      return 'idle'
    }
    return propose(proposal, challenges)
  }

  async function propose(proposal: Proposal, challenges: bigint): Promise<ProposerStep> {
    const head = follower.status().l1Head?.number ?? proposal.l1Block
    if (head > proposal.l1Block + freshBlocks) {
      alarm.set('finality_old', { l1Block: proposal.l1Block, l1Head: head })
      return 'held'
    }
    if ((await oracle.proposer()) !== sender.address) {
      alarm.set('not_authorized', { address: sender.address })
      return 'held'
    }
    const request = await requestOf(proposal)
    if (typeof request === 'string') {
      alarm.set(request)
      return 'held'
    }
    const refusal = await sender.begin(request)
    if (refusal === 'would_revert') fail({ l2Block: proposal.l2Block, l1Block: proposal.l1Block }, config.pollMs)
    if (refusal !== undefined) return 'held'
    alarm.set(challenges > 0n ? 'output_challenged' : undefined, { challenges })
    return 'proposed'
  }

  return {
    async step() {
      for (;;) {
        const flight = await sender.poll()
        if (flight.state === 'pending') return pending(flight)
        if (flight.state === 'idle') return idle()
        settle(flight)
        await sender.acknowledge()
      }
    },
    status: () => ({ trouble: alarm.current(), latest, ...counts, sender: sender.status() }),
  }
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

/** Proposes until the signal aborts. A transaction in flight stays there: the next start goes on with it. */
export function startProposer({
  signal,
  ...options
}: ProposerOptions & { readonly signal: AbortSignal }): Running<ProposerStatus> {
  const proposer = createProposer(options)
  return { status: proposer.status, ...startLoop(proposer.step, { ...options, pollMs: options.config.pollMs, signal }) }
}
