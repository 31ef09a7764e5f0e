import type { Block } from '../../core/block.ts'
import { assert, NodeError } from '../../core/errors.ts'
import type { Address, Hash } from '../../core/hex.ts'
import type { Net, NetInfo, NetListener, NetView, PeerInfo, StartNet, TxCode } from '../../core/ports/net.ts'
import type { Sign } from '../../core/ports/sign.ts'
import { readValidators, type Validator } from '../../genesis/validators.ts'
import type { FollowWriter } from '../../l1/follow.ts'
import { createOutputWatch, type OutputLook } from '../../l1/outputs.ts'
import type { MorePlaces } from '../../l1/store/archive.ts'
import { createAttester } from '../../p2p/attest/attest.ts'
import { createEvidence } from '../../p2p/evidence/evidence.ts'
import { createBlockFollower } from '../../p2p/follow/follow.ts'
import type { Backend, SafeDispute, SyncStatus } from '../../rpc/backend.ts'
import type { Metrics } from '../metrics/registry.ts'
import { createDisputes } from './dispute.ts'
import type { Following } from './following.ts'
import { collectNetwork, countGossip } from './gossipMetrics.ts'
import { createPublisher } from './publish.ts'
import type { RoleContext } from './role.ts'
import { createSigners } from './signers.ts'
import { together } from './together.ts'

/** How a node takes part in the network. */
export type NetworkOptions = {
  /** Undefined: it takes no part, and knows the chain from L1 alone. */
  readonly connect: ((context: RoleContext) => StartNet) | undefined
  /** Seals the blocks of a sequencer; undefined: peers learn of them from L1. */
  readonly sealKey: Sign | undefined
  /** Signs attestations; undefined: none are made. */
  readonly attestKey: Sign | undefined
  /** Where blocks come from while the node is far behind. */
  readonly catchUp: 'peers' | 'l1'
}

/** What peering needs of the node around it. */
export type PeeringPorts = {
  readonly writer: FollowWriter
  readonly isSequencer: boolean
  /** A transaction came over the network. */
  readonly offer: (raw: Uint8Array, sender: Address) => TxCode
  /** Transactions of this node's users that are in no block yet. */
  readonly locals: () => readonly { readonly raw: Uint8Array }[]
  /** Whether the safe head may be served. */
  readonly disputed: (dispute: SafeDispute | undefined) => void
}

/** A node in the network, as its role uses it. */
export type Peering = {
  /** This sequencer made a block. */
  sealed(block: Block): void
  sendTx(raw: Uint8Array): void
  /** The chain has changed, or L1 has moved on. Within the exclusive task of the change. */
  changed(): void
  /** A blob from peers; who gives a wrong one is blamed. */
  readonly blob: MorePlaces
  /** Records of L1 blocks that are needed to judge outputs. */
  keepFrom(): bigint
  readonly backend: Pick<Backend, 'net' | 'claims'>
  /** Undefined while it is at the head of its peers. */
  syncing(): SyncStatus | undefined
  status(): PeeringStatus
  collect(metrics: Metrics<'chain'>): void
  /** Until the signal aborts; rejects with what is no outage. Closes the net. */
  run(): Promise<void>
}

/** For health checks. */
export type PeeringStatus = {
  readonly peers: number
  readonly evidence: number
  readonly attested: bigint | undefined
  readonly dispute: SafeDispute | undefined
}

/** Between two looks at the outputs on L1 and at the peers, and between two times that waiting transactions are sent again. */
const outputsMs = 4_000
const infoMs = 1_000
const resendMs = 75_000
/** L1 blocks that wait to be derived from, at most, for the signer of blocks to be known. */
const nearBlocks = 8n
/** Peers that may give a wrong blob before L1 is asked again. */
const blobTries = 4
/** Transactions that are sent again at one time. */
const maxResent = 256

/** Joins the network. Throws the NodeErrors of the net and of the attester's journal; nothing stays open then. */
export async function openPeering(
  outer: RoleContext,
  following: Following,
  options: NetworkOptions,
  ports: PeeringPorts,
): Promise<Peering> {
  const stopping = new AbortController()
  const context = { ...outer, signal: AbortSignal.any([outer.signal, stopping.signal]) }
  const { chain, engine, rules, spec, clock, random, log, metrics, dir, signal } = context
  const { follower, link, rollup } = following
  const { reader } = chain
  const genesis = reader.hashByNumber(0n)
  assert(genesis !== undefined, 'a chain has a genesis block')

  const evidence = createEvidence({ chain, engine, rules, spec, dir: dir.isKept ? dir.path : undefined, clock, log })
  const disputes = createDisputes(log, ports.disputed)
  const signers = createSigners(follower.origins.signer, clock.nowMs)
  const validators = createValidatorCache(context)
  let net: Net | undefined
  let info: NetInfo | undefined
  let connected: readonly PeerInfo[] = []
  let look: OutputLook | undefined

  const attester = await createAttester({
    domain: { l1ChainId: spec.l1.chainId, registry: rollup.validatorRegistry, chainId: spec.chainId },
    chain,
    validators,
    follower,
    publish: (data) => net?.publish('attestations', data),
    sign: options.attestKey,
    journalPath: dir.isKept ? dir.attestations : undefined,
    clock,
    log,
    report: evidence.report,
  })
  const blocks = createBlockFollower({
    chain,
    engine,
    rules,
    spec,
    origins: follower.origins,
    writer: ports.writer,
    net: () => net,
    catchUp: options.catchUp,
    clock,
    random,
    log,
    signal,
    isSequencer: ports.isSequencer,
    report: evidence.report,
  })
  const outputs = createOutputWatch({ wallet: link.wallet, oracle: rollup.outputOracle, follower, chain, log })

  const listener: NetListener = {
    block: blocks.block,
    tx: async (raw, sender) => ports.offer(raw, sender),
    attestation: attester.attestation,
    status: blocks.status,
    gone: blocks.gone,
  }
  function isNearL1(): boolean {
    const { l1Head, behind } = follower.status()
    return l1Head !== undefined && behind <= nearBlocks
  }
  const view = (): NetView => ({
    status: { genesis, ...chain.heads() },
    signers: signers(),
    isBehindL1: !isNearL1(),
    validators: validators().map(({ signer }) => signer),
  })
  net = await options.connect?.(context)(countGossip(listener, metrics, clock), view())
  const { sealKey } = options
  const isNamed = () => sealKey !== undefined && signers().includes(sealKey.address)
  const publisher = net && sealKey && createPublisher(context, { net, sign: sealKey, isNamed })
  if (sealKey !== undefined && sealKey.address !== follower.origins.signer()) {
    const fields = { key: sealKey.address, signer: follower.origins.signer() }
    log.warn(fields, 'the key that signs blocks is not the one that L1 names: they are not gossiped until it is')
  }

  async function blob(hash: Hash, isRight: (blob: Uint8Array) => Promise<boolean>): Promise<Uint8Array | undefined> {
    for (let tries = 0; tries < blobTries; tries++) {
      const answer = await net?.blob(hash)
      if (answer === undefined) return undefined
      if (await isRight(answer.blob)) return answer.blob
      net?.blame(answer.peer, 'malformed_answer')
    }
    return undefined
  }

  function judge(): void {
    const stake = attester.disagreement()
    disputes.update({
      outputs: (look?.disputed ?? []).map(({ index, claim }) => ({ index, l2BlockNumber: claim.l2BlockNumber })),
      stake: stake && { l2BlockNumber: stake.claim.l2BlockNumber, stake: stake.stake },
    })
  }

  async function watchOutputs(): Promise<void> {
    if (!(await following.compared)) return
    for (let tip = ''; !signal.aborted; await clock.sleep(outputsMs, signal)) {
      const { hash } = follower.tip().block
      if (hash !== tip) {
        try {
          look = await outputs.look()
          for (const mismatch of look.disputed) evidence.report({ kind: 'output_mismatch', ...mismatch })
          attester.posted(look.matching)
          tip = hash
        } catch (error) {
          if (!(error instanceof NodeError) || error.severity === 'fatal') throw error
          log.debug({ code: error.code }, 'the outputs on L1 cannot be read now')
        }
      }
      judge()
    }
  }

  async function watchPeers(opened: Net): Promise<void> {
    for (; !signal.aborted; await clock.sleep(infoMs, signal)) {
      opened.tell(view())
      const [next, peers] = await Promise.all([opened.info(), opened.peers()])
      const couldSend = isHeard(connected)
      connected = peers
      // What was sent before somebody listened reached nobody.
      if (!couldSend && isHeard(peers)) resend(opened)
      if (next.peers !== info?.peers) log.info({ peers: next.peers }, 'connected peers')
      info = next
    }
  }

  function resend(opened: Net): void {
    for (const { raw } of ports.locals().slice(0, maxResent)) opened.publish('txs', raw)
  }

  async function keepSending(opened: Net): Promise<void> {
    for (;;) {
      await clock.sleep(resendMs, signal)
      if (signal.aborted) return
      resend(opened)
    }
  }

  const status = (): PeeringStatus => ({
    peers: info?.peers ?? 0,
    evidence: evidence.count(),
    attested: attester.attested()?.l2BlockNumber,
    dispute: disputes.now(),
  })
  const startingBlock = chain.heads().unsafe.number
  return {
    sealed: (block) => publisher?.sealed(block),
    sendTx: (raw) => net?.publish('txs', raw),
    changed() {
      net?.tell(view())
      blocks.poke()
      attester.folded()
      judge()
    },
    blob,
    keepFrom: outputs.keepFrom,
    backend: {
      net,
      claims: {
        validators: async () => attester.status(),
        attested: async () => attester.attested(),
        certificate: async (claim) => attester.certificate(claim),
        disputed: async () => disputes.now(),
      },
    },
    syncing() {
      const progress = blocks.progress()
      if (progress === undefined) return undefined
      const { current, highest, blocksPerSec, etaSec } = progress
      return {
        startingBlock,
        currentBlock: current,
        highestBlock: highest,
        stage: 'blocks from peers',
        blocksPerSec,
        etaSec,
      }
    },
    status,
    collect: (gauges) => {
      const { orphans } = blocks.stats()
      collectNetwork(gauges, { ...status(), info, connected, progress: blocks.progress(), orphans })
    },
    async run() {
      try {
        const online = net === undefined ? [] : [blocks.run(), watchPeers(net), keepSending(net)]
        const publishing = publisher === undefined ? [] : [publisher.run(signal)]
        await together([watchOutputs(), ...online, ...publishing], stopping)
        await Promise.all([publisher?.settled(), attester.settled()])
      } finally {
        await net?.close()
      }
    },
  }
}

/** Whether somebody takes this node's transactions. */
function isHeard(peers: readonly PeerInfo[]): boolean {
  return peers.some(({ topics }) => topics.includes('txs'))
}

/** The validators of the safe block's state, read again whenever that moves. */
function createValidatorCache({ chain }: Pick<RoleContext, 'chain'>): () => readonly Validator[] {
  let known: { readonly hash: string; readonly validators: readonly Validator[] } | undefined
  return () => {
    const { hash } = chain.heads().safe
    if (known?.hash === hash) return known.validators
    const header = chain.reader.headerByHash(hash)
    assert(header !== undefined, 'the safe block is stored')
    known = { hash, validators: readValidators(chain.state(header.stateRoot)) }
    return known.validators
  }
}
