import assert from 'node:assert/strict'
import { equivocationSubject } from '../../attribution/kernel/build/commitment.ts'
import { buildClaim, openDocument } from '../../attribution/kernel/claims.ts'
import { encodeDoc, encodeEntry, encodeTile, type LedgerEntry } from '../../attribution/kernel/leaves.ts'
import { createTree } from '../../attribution/kernel/merkle.ts'
import { createTextTree, joinDocuments, saltBytes } from '../../attribution/kernel/text.ts'
import { domainSeparator, packSignature, receiptHash } from '../../attribution/kernel/typedData.ts'
import { type Address, bytesToHash, concatBytes, type Hash, hexToBytes, zeroHash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { sign } from '../../core/secp256k1.ts'
import { ether, keys, senders } from '../state/testChain.ts'
import { bytesOf, type Committed, commit, contribute, createDatanet } from './datasets.ts'
import { burner, court, type Harness, timelock } from './harness.ts'
import {
  contributor,
  corpusOfModel,
  createData,
  createModel,
  createProvider,
  modelOwner,
  openChannel,
  payer,
  plainBatch,
  providerOwner,
  settle,
} from './settlementMarket.ts'
import { cases } from './tracesCases.ts'
import {
  absent,
  challenger,
  commitTo,
  contents,
  openingsOf,
  repairer,
  type Scene,
  type Stage,
  settleTale,
  stranger,
} from './tracesScene.ts'

// A whole life of the protocol, in which every function that changes something succeeds at least once: for tests that
// have to be about all functions. It asks the harness for nothing but `ok`, `call` and the passing of time.

type Args = Readonly<Record<string, unknown>>

const [alice, bob] = senders as [Address, Address]
const demandBond = 2n * ether

/** Lives it on a new harness: everything in it is reproducible. */
export function runLife(h: Harness): void {
  const stage = openStage(h)
  liveDatanets(h)
  liveVersions(h)
  liveModels(h)
  liveAgents(h)
  liveChannels(stage)
  liveDisputes(stage)
  const told = liveHonestly(stage)
  liveGovernance(h, stage)
  equivocate(stage)
  lookAround(stage, told)
}

/** What `createStage` makes, on this harness: it has to come first, because the order of ids decides that of corpora. */
function openStage(h: Harness): Stage {
  const published = contents.map((texts) => createData(h, texts, { curatorBps: 700n }))
  const model = createModel(h, published)
  const provider = createProvider(h, 800_000n * ether)
  const market = { provider, model, corpus: corpusOfModel(h, model, published) }
  for (let index = 0; index < 5; index++) {
    openChannel(h, market, { from: payer(index), deposit: 300_000n * ether, isPrivate: index === 3, expiry })
  }
  return { h, market, published: market.corpus as Stage['published'] }
}

const expiry = 2_000_000_000n

function liveDatanets(h: Harness): void {
  const datanet = createDatanet(h, alice, { bondPerKb: 3n, curatorBps: 100n })
  h.ok(alice, 'setPolicy', { datanet, consent: 7n, consentUntil: 0n })
  h.ok(alice, 'transferDatanet', { datanet, to: bob })
  commit(h, alice, datanet, { text: 'never revealed', bond: 5n })
  const kept = contribute(h, alice, datanet, 'a text that is given away', 9n)
  const second = commit(h, bob, datanet, { text: 'the same text twice', bond: 8n })
  const first = commit(h, alice, datanet, { text: 'the same text twice', bond: 7n })
  h.ok(alice, 'revealContribution', first.reveal)
  h.ok(bob, 'revealContribution', second.reveal)
  h.pass(6n)
  const never = commit(h, alice, datanet, { text: 'forgotten', bond: 11n })
  h.pass(6n)
  h.ok(stranger, 'expireCommit', { contribution: never.contribution })
  const { contribution } = kept
  h.ok(alice, 'transferContribution', { contribution, to: bob })
  h.ok(court, 'reassignContribution', { contribution, to: alice })
  h.ok(court, 'quarantineContribution', { contribution })
  h.ok(court, 'liftQuarantine', { contribution })
  const { version, docTree } = publishAll(h, bob, datanet, 1n, [kept, second])
  h.ok(alice, 'revokeConsent', { contribution })
  h.ok(stranger, 'closeVersion', { version, document: docTree.open(0) })
  publishAll(h, bob, datanet, 2n, [second])
  h.pass(61n)
  h.ok(stranger, 'releaseContributionBond', { contribution })
  h.ok(stranger, 'releaseVersionBond', { version })
  h.ok(bob, 'retireDatanet', { datanet })
}

function publishAll(h: Harness, from: Address, datanet: Hash, sequence: bigint, contents: readonly Committed[]) {
  const { text, starts } = joinDocuments(contents.map((each) => each.text))
  const docs = contents.map(({ contribution, order }, at) => ({ start: starts[at]!, contribution, order }))
  return publishRaw(h, from, { datanet, sequence, docs: docs.map(encodeDoc), text })
}

/** Publishes whatever it is. */
function publishRaw(
  h: Harness,
  from: Address,
  draft: {
    readonly datanet: Hash
    readonly sequence: bigint
    readonly docs: readonly Uint8Array[]
    readonly text: Uint8Array
  },
) {
  const { datanet, sequence, docs, text } = draft
  const docTree = createTree(docs)
  const textTree = createTextTree(text)
  const version: Hash = h.ok(
    from,
    'publishVersion',
    {
      datanet,
      sequence,
      textRoot: textTree.root,
      docRoot: docTree.root,
      byteLength: BigInt(text.length),
      documents: docTree.count,
    },
    { value: 10n * ether },
  ).version!
  return { version, docTree, textTree }
}

/** Four false versions, each refuted by another function. */
function liveVersions(h: Harness): void {
  const datanet = createDatanet(h, alice)
  const given = ['one text', 'a second text', 'the third'].map((text) => contribute(h, bob, datanet, text))
  h.pass(6n)
  const { text, starts } = joinDocuments(given.map((each) => each.text))
  const docs = given.map(({ contribution, order }, at) => ({ start: starts[at]!, contribution, order }))
  const changed = (at: number) => text.map((byte, place) => (place === at ? byte ^ 1 : byte))
  const lies = [
    { docs: docs.map((doc) => ({ ...doc, order: doc.order + 1n })), text },
    { docs, text: changed(1) },
    { docs, text: changed(starts[1]! - 1) },
    { docs: [docs[0]!, { ...docs[1]!, contribution: docs[0]!.contribution }, docs[2]!], text },
  ]
  for (const [index, lie] of lies.entries()) {
    const draft = { datanet, sequence: BigInt(index + 1), docs: lie.docs.map(encodeDoc), text: lie.text }
    const { version, docTree, textTree } = publishRaw(h, alice, draft)
    const [name, args] = (
      [
        ['refuteVersionEntry', { entry: docTree.open(1), next: absent }],
        [
          'refuteVersionBytes',
          { entry: docTree.open(0), content: createTextTree(given[0]!.text).open(0), text: [textTree.open(0)] },
        ],
        ['refuteVersionSeparator', { next: docTree.open(1), text: textTree.open(0) }],
        ['refuteVersionRepeat', { entry: docTree.open(0), again: docTree.open(1) }],
      ] as const
    )[index]!
    const committed = commitTo(h, challenger, version, name, { version, ...args })
    h.pass(1n)
    h.ok(challenger, name, committed)
  }
}

function liveModels(h: Harness): void {
  const parent = createModel(h, [], { label: 'parent' })
  const model = createModel(h, [], { label: 'child', parents: [{ model: parent, share: 300_000_000n }] })
  h.ok(modelOwner, 'transferModel', { model, to: alice })
  h.ok(alice, 'retireModel', { model })
  h.pass(61n)
  h.ok(stranger, 'releaseModelBond', { model })
}

function liveAgents(h: Harness): void {
  const args = { controller: alice, metadataHash: zeroHash }
  const agent: Hash = h.ok(alice, 'registerAgent', args, { value: 200n * ether }).agent!
  h.ok(stranger, 'stake', { agent }, { value: ether })
  h.ok(alice, 'setController', { agent, controller: bob })
  h.ok(alice, 'unstake', { agent, amount: 50n * ether })
  h.ok(alice, 'transferAgent', { agent, to: bob })
  h.ok(court, 'slashAgent', { agent, amount: 160n * ether })
  h.pass(301n)
  h.ok(stranger, 'completeUnstake', { agent })
}

/** A channel that is closed, and one that ends by itself; a batch without a ledger. */
function liveChannels({ h, market }: Stage): void {
  const closing = openChannel(h, market, { from: payer(6), expiry })
  const ending = openChannel(h, market, { from: payer(7), deposit: 50n * ether, expiry: h.now + 500n })
  h.ok(payer(6), 'topUp', { channel: closing }, { value: 3n * ether })
  h.ok(payer(6), 'closeChannel', { channel: closing })
  settle(
    h,
    plainBatch(h, market, [
      { channel: closing, wei: 100n * ether },
      { channel: ending, wei: 7n },
    ]),
  )
  h.pass(121n)
  h.ok(stranger, 'reclaim', { channel: closing })
  h.ok(payer(6), 'withdraw', {})
}

/** One false batch for each refutation; what comes after it in turn: nothing, or a repair. */
function liveDisputes(stage: Stage): void {
  const { h } = stage
  const names = [...new Set(cases.map(({ name }) => name))]
  for (const name of names) {
    h.pass(11n)
    const found = cases.find((each) => each.name === name)!
    const scene = settleTale(stage, found.lie)
    prove(scene, name, found.args(openingsOf(scene), scene))
    h.pass(61n)
    h.ok(stranger, 'payRefuter', { batch: scene.batch })
    h.pass(61n)
    h.ok(stranger, 'expireRepair', { batch: scene.batch })
  }
}

/** Commits, lets a block pass, proves. */
function prove({ h, batch }: Scene, name: string, args: Args): void {
  const committed = commitTo(h, challenger, batch, name, { batch, ...args })
  h.pass(1n)
  h.ok(challenger, name, committed)
}

type Told = { readonly batch: Hash; readonly demand: Hash }

/** Honest batches: one that is asked about and paid out, one that nobody speaks for and another agent repairs. */
function liveHonestly(stage: Stage): Told {
  const { h } = stage
  h.pass(11n)
  const scene = settleTale(stage)
  const { batch } = scene
  ask(scene, 'demandReceipt', { receipt: 0n })
  ask(scene, 'demandHolder', { receipt: 0n, tile: 0n, holder: 0n })
  ask(scene, 'demandLedger', { start: 0n, count: 4n })
  for (const [name, args] of answers(scene)) h.ok(stranger, name, { batch, ...args })
  h.pass(61n)
  h.ok(stranger, 'finalizeBatch', { batch })
  claimAll(scene)
  h.pass(3_601n)
  h.ok(stranger, 'expireBatch', { batch })

  const silent = settleTale(stage)
  const demand = ask(silent, 'demandReceipt', { receipt: 4n })
  h.pass(61n)
  h.ok(stranger, 'expireDemand', { demand })
  h.pass(61n)
  const spec = { controller: repairer, metadataHash: zeroHash }
  const agent: Hash = h.ok(repairer, 'registerAgent', spec, { value: 20_000n * ether }).agent!
  const { receipts, ledger } = silent.trees
  const roots = { receiptsRoot: receipts.root, ledgerRoot: ledger.root, entries: ledger.count }
  h.ok(repairer, 'repairBatch', { batch: silent.batch, agent, ...roots, credit: silent.tale.credit })
  h.pass(61n)
  h.ok(stranger, 'finalizeBatch', { batch: silent.batch })
  claimAll(silent)
  return { batch, demand }
}

function ask({ h, batch }: Scene, name: string, args: Args): Hash {
  return h.ok(challenger, name, { batch, ...args }, { value: demandBond }).demand!
}

function answers(scene: Scene): readonly (readonly [string, Args])[] {
  const { trees, tale } = scene
  const open = openingsOf(scene)
  const { chunks, tiles } = tale.receipts[0]!
  const tile = tiles[0]!
  assert(!(tile instanceof Uint8Array))
  const { start, length, corpusIndex, holders } = tile
  const { document, offset } = holders[0]!
  const entries = tale.entries.map((entry) => encodeEntry(entry as LedgerEntry))
  return [
    [
      'answerReceipt',
      {
        receipt: open.receipt(0),
        output: concatBytes(...chunks.map((each) => each.subarray(saltBytes))),
        salts: chunks.map((each) => bytesToHash(each.subarray(0, saltBytes))),
        tiles: tiles.map((each) => (each instanceof Uint8Array ? each : encodeTile(each))),
      },
    ],
    [
      'answerHolder',
      {
        tile: open.tile(0, 0),
        holder: 0n,
        document: open.docRef(corpusIndex, document),
        output: open.output(0, start, start + length),
        text: open.text(corpusIndex, offset, offset + length),
        content: open.content(corpusIndex, document, offset, offset + length),
      },
    ],
    ['answerLedger', { start: 0n, entries, siblings: trees.ledger.range(0, 4).siblings }],
  ]
}

/** Everybody's specific part but the first one's, and everybody's base part of one version. */
function claimAll({ h, batch, tale, trees, published }: Scene): void {
  const entries = tale.entries as readonly LedgerEntry[]
  const owners = [...new Set(entries.map(({ contribution }) => contribution))]
  const claims = owners.slice(1).map((contribution) => {
    const { previous = absent, first, last, next = absent } = buildClaim({ entries, trees }, contribution)!.openings
    return { batch, previous, first, last, next }
  })
  h.ok(stranger, 'claim', { claims })
  const { version, docTree, documents } = published[1]!
  for (const index of documents.keys()) {
    const { entry: document, next = absent } = openDocument(docTree, index)
    h.ok(stranger, 'claimBase', { version, document, next })
  }
  h.ok(stranger, 'sweepFor', { account: contributor(1) })
  h.ok(contributor(2), 'withdrawTo', { to: alice, amount: 1n })
}

function liveGovernance(h: Harness, { market }: Stage): void {
  const split = { data: 6_000n, owner: 2_000n, validators: 800n, treasury: 400n, insurance: 400n, burn: 400n }
  h.ok(timelock, 'setSplit', { split })
  h.ok(timelock, 'setParam', { param: 2n, value: 59n })
  h.ok(timelock, 'payInsurance', { to: alice, amount: 5n * ether })
  h.ok(burner, 'releaseBurns', {})
  h.ok(providerOwner, 'stake', { agent: market.provider }, { value: 1n })
}

/** The provider signs two receipts with one sequence number. */
function equivocate({ h }: Stage): void {
  const receipt = {
    channel: 5n,
    sequence: 9n,
    promptRoot: label('prompt'),
    outputRoot: label('output'),
    outputLength: 12,
    tokensIn: 3,
    tokensOut: 4,
    price: ether,
    cumulative: 5n * ether,
    time: h.now,
  }
  const domain = domainSeparator(h.chainId)
  const [first, second] = [receipt, { ...receipt, tokensOut: 5 }].map((value) => ({
    value: {
      ...value,
      outputLength: BigInt(value.outputLength),
      tokensIn: BigInt(value.tokensIn),
      tokensOut: BigInt(value.tokensOut),
    },
    // The controller's key at the opening of the channel.
    signature: packSignature(sign(hexToBytes(receiptHash(domain, value)), keys[11]!)),
  }))
  const args = {
    first: first!.value,
    firstSignature: first!.signature,
    second: second!.value,
    secondSignature: second!.signature,
  }
  const subject = equivocationSubject(receipt.channel, receipt.sequence)
  const committed = commitTo(h, challenger, subject, 'proveEquivocation', args)
  h.pass(1n)
  h.ok(challenger, 'proveEquivocation', committed)
}

/** Every view, of something that is there. */
function lookAround({ h, market, published }: Stage, { batch, demand }: Told): void {
  const { model, provider } = market
  const { version, documents } = published[1]!
  const { datanet } = h.ok(alice, 'getVersion', { version }).value as unknown as { datanet: Hash }
  const contribution = documents[0]!.contribution
  const { contentRoot } = h.ok(alice, 'getContribution', { contribution }).value as unknown as { contentRoot: Hash }
  const views: Readonly<Record<string, Args>> = {
    getDatanet: { datanet },
    versionAt: { datanet, sequence: 1n },
    contributionOf: { datanet, contentRoot },
    getModel: { model },
    getCorpus: { model },
    getAncestors: { model },
    isProvider: { model, agent: provider },
    getAgent: { agent: provider },
    getUnbonding: { agent: provider },
    freeStake: { agent: provider },
    getChannel: { channel: 1n },
    getBatch: { batch },
    isClaimed: { batch, entry: 0n },
    creditOf: { account: providerOwner },
    basePool: { version },
    splitNow: {},
    paramNow: { param: 2n },
    earnings: { owner: alice, week: 1n },
    weekLength: {},
    invariants: {},
    getDemand: { demand },
    getCommit: { commitment: zeroHash },
  }
  for (const [name, args] of Object.entries(views)) h.ok(alice, name, args)
}

function label(text: string): Hash {
  return keccakHash(bytesOf(text))
}
