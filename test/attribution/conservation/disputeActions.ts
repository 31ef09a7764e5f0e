import { openClaim } from '../../../attribution/kernel/build/audit.ts'
import type { Fault, Finding, VersionFault } from '../../../attribution/kernel/build/calls.ts'
import { equivocationSubject, refutationCommitment } from '../../../attribution/kernel/build/commitment.ts'
import { answerHolder, answerLedger, answerReceipt } from '../../../attribution/kernel/build/demand.ts'
import { findFaults, isFault } from '../../../attribution/kernel/build/refute.ts'
import { findVersionFaults } from '../../../attribution/kernel/build/version.ts'
import { encodeDoc } from '../../../attribution/kernel/leaves.ts'
import { chunk, chunkCount } from '../../../attribution/kernel/text.ts'
import { domainSeparator, packSignature, receiptHash } from '../../../attribution/kernel/typedData.ts'
import { agents } from '../../../attribution/storage/agents.ts'
import { contributionStatus, contributions, versions } from '../../../attribution/storage/datanets.ts'
import { batches, batchStatus, channels } from '../../../attribution/storage/settlement.ts'
import { demandStatus, demands } from '../../../attribution/storage/traces.ts'
import type { Hash } from '../../../core/hex.ts'
import { hexToBytes } from '../../../core/hex.ts'
import { sign } from '../../../core/secp256k1.ts'
import { ether } from '../../state/testChain.ts'
import { inputOf } from '../harness.ts'
import { attemptNames, attempts } from '../world/attempts.ts'
import { makeBody } from '../world/draft.ts'
import { mutate, mutationNames } from '../world/mutate.ts'
import type { Random } from '../world/random.ts'
import { readFacts } from '../world/scenario.ts'
import {
  type Action,
  type Args,
  hashOf,
  type KnownBatch,
  type KnownDemand,
  type Model,
  pickFitting,
  pickOf,
  someone,
} from './model.ts'
import { shownOf } from './tradeActions.ts'

const stored = ({ h }: Model, { batch }: KnownBatch) => batches.get(h.store, batch)

const isOpen =
  (model: Model) =>
  (batch: KnownBatch): boolean => {
    const { status, deadline } = stored(model, batch)
    return status === batchStatus.open && model.h.now <= deadline
  }

/** What challengers, repairers and those who answer do. */
export const disputeActions: Readonly<Record<string, Action>> = {
  challenge(model, random) {
    const batch = pickFitting(random, model.batches, (each) => isOpen(model)(each) && each.shown.body === undefined)
    if (batch === undefined) return undefined
    const found = pickOf(random, findingsOf(batch))
    if (found === undefined) return attempt(model, random, batch)
    return isFault(found) ? commitTo(model, random, batch.batch, found) : ask(model, random, batch, found.demand)
  },
  attempt(model, random) {
    const batch = pickFitting(random, model.batches, isOpen(model))
    return batch && attempt(model, random, batch)
  },
  reveal(model, random) {
    const waiting = pickFitting(random, model.reveals, ({ since }) => since < model.h.blockNumber)
    if (waiting === undefined) return undefined
    const { from, name, args } = waiting
    if (random.chance(0.8)) model.reveals.splice(model.reveals.indexOf(waiting), 1)
    const next = [{ action: random.chance(0.7) ? 'repairBatch' : 'expireRepair', wait: 62 }]
    return { from: random.chance(0.03) ? someone(model, random) : from, name, args, next }
  },
  challengeVersion(model, random) {
    const version = pickFitting(
      random,
      model.versions,
      (each) => !versions.field(model.h.store, 'refuted', each.version),
    )
    const found = version && pickOf(random, versionFaultsOf(model, version))
    return found && commitTo(model, random, version.version, found)
  },
  equivocate(model, random) {
    const { channel } = random.pick(model.channels)
    const { providerKey } = channels.get(model.h.store, channel)
    const signer = model.people.find(({ address }) => address === providerKey)
    if (signer === undefined || random.chance(0.9)) return undefined
    const sequence = BigInt(random.between(1, 4))
    const [first, second] = [1, 2].map((tokensIn) => signedReceipt(model, signer.key, { channel, sequence, tokensIn }))
    const args = {
      first: first!.value,
      firstSignature: first!.signature,
      second: second!.value,
      secondSignature: second!.signature,
    }
    const subject = equivocationSubject(channel, sequence)
    return commitTo(model, random, subject, { name: 'proveEquivocation', args })
  },
  demand(model, random) {
    const batch = pickFitting(random, model.batches, isOpen(model))
    if (batch === undefined) return undefined
    const { receipts, entries } = stored(model, batch)
    const receipt = BigInt(random.below(Number(receipts) + 1))
    const [start, count] =
      random.below(4) === 0 ? [BigInt(random.below(3)), BigInt(random.between(0, 3))] : [0n, entries]
    const [tile, holder] = [BigInt(random.below(3)), BigInt(random.below(3))]
    return ask(
      model,
      random,
      batch,
      random.pick([
        { name: 'demandReceipt', args: { receipt } },
        { name: 'demandHolder', args: { receipt, tile, holder } },
        { name: 'demandLedger', args: { start, count } },
      ]),
    )
  },
  answer(model, random) {
    const found = pickFitting(random, model.demands, ({ demand, batch }) => {
      const { status, answerBy } = demands.get(model.h.store, demand)
      return status === demandStatus.open && model.h.now <= answerBy && batch.shown.body !== undefined
    })
    return found && answer(model, random, found)
  },
  expireDemand(model, random) {
    const found = pickFitting(random, model.demands, ({ demand }) => {
      const { status, answerBy } = demands.get(model.h.store, demand)
      return status === demandStatus.open && answerBy < model.h.now
    })
    return found && { from: someone(model, random), name: 'expireDemand', args: { demand: found.demand } }
  },
  payRefuter(model, random) {
    const found = pickFitting(random, model.batches, (each) => stored(model, each).slashed > 0n)
    return found && { from: someone(model, random), name: 'payRefuter', args: { batch: found.batch } }
  },
  repairBatch: repair,
  expireRepair(model, random) {
    const found = pickFitting(random, model.batches, (each) => stored(model, each).status === batchStatus.refuted)
    return found && { from: someone(model, random), name: 'expireRepair', args: { batch: found.batch } }
  },
}

/** What a challenger finds in the present roots of a batch: some of it, where everything is false. */
function findingsOf({ batch, scenario, updates, shown }: KnownBatch): readonly Finding[] {
  if (shown.findings !== undefined) return shown.findings
  const findings: Finding[] = []
  for (const finding of findFaults(shown.claimed, scenario.corpus, readFacts(scenario, batch, updates))) {
    findings.push(finding)
    if (findings.length === 12) break
  }
  shown.findings = findings
  return findings
}

/** Commits to a refutation that has no reason. */
function attempt(model: Model, random: Random, batch: KnownBatch): ReturnType<Action> {
  const { scenario, updates, shown } = batch
  const audit = openClaim(shown.claimed, scenario.corpus, readFacts(scenario, batch.batch, updates))
  const name = random.pick(attemptNames)
  const args = audit.receipts === undefined || shown.body === undefined ? undefined : attempts[name](audit, random)
  return args && commitTo(model, random, batch.batch, { name, args } as Fault)
}

/** Commits to a call; it is made later. */
function commitTo(
  model: Model,
  random: Random,
  subject: Hash,
  proof: Fault | VersionFault | { readonly name: 'proveEquivocation'; readonly args: Args },
): ReturnType<Action> {
  const from = someone(model, random)
  const { name } = proof
  const key = name === 'proveEquivocation' ? {} : { [name.startsWith('refuteVersion') ? 'version' : 'batch']: subject }
  const args: Args = { ...proof.args, ...key, salt: hashOf(random) }
  const commitment = refutationCommitment(subject, from, args.salt as Hash, inputOf(name, args).input)
  return {
    from,
    name: 'commitRefutation',
    args: { commitment },
    done: () => void model.reveals.push({ from, name, args, since: model.h.blockNumber }),
    next: [{ action: 'reveal', wait: 1 }],
  }
}

function ask(
  model: Model,
  random: Random,
  batch: KnownBatch,
  { name, args: asked }: { readonly name: string; readonly args: object },
): ReturnType<Action> {
  const args = { batch: batch.batch, ...asked }
  const bond = (model.h.baseFee * 40n * 40_000n * (8n + stored(model, batch).openDemands)) / 8n
  return {
    from: someone(model, random),
    name,
    args,
    value: random.pick([bond, bond, bond + 7n, bond - 1n]),
    done: ({ demand }) => void model.demands.push({ demand: demand!, batch, name, args }),
    next: [batch.shown.body === undefined ? { action: 'expireDemand', wait: 61 } : { action: 'answer', wait: 0 }],
  }
}

function answer(model: Model, random: Random, { batch, name, args }: KnownDemand): ReturnType<Action> {
  const { body } = batch.shown
  if (body === undefined) return undefined
  const { receipt, tile, holder, start, count } = args as Readonly<Record<string, bigint>>
  const answered =
    name === 'demandReceipt'
      ? { name: 'answerReceipt', args: answerReceipt(body, Number(receipt)) }
      : name === 'demandLedger'
        ? { name: 'answerLedger', args: answerLedger(body, { start: Number(start), count: Number(count) }) }
        : {
            name: 'answerHolder',
            args: answerHolder(body, batch.scenario.corpus, {
              receipt: Number(receipt),
              tile: Number(tile),
              holder: Number(holder),
            }),
          }
  return { from: someone(model, random), name: answered.name, args: { batch: batch.batch, ...answered.args } }
}

/** New roots for a refuted batch: the honest ones, mostly. */
function repair(model: Model, random: Random): ReturnType<Action> {
  const batch = pickFitting(random, model.batches, (each) => {
    const { status, refutedAt, set } = stored(model, each)
    return (
      status === batchStatus.refuted && set < 2n && refutedAt + 60n <= model.h.now && model.h.now < refutedAt + 120n
    )
  })
  if (batch === undefined) return undefined
  const { scenario } = batch
  const made = random.chance(0.3)
    ? makeBody(scenario, mutate(scenario, random, random.pick(mutationNames)).draft)
    : undefined
  const { receiptsRoot, ledgerRoot, ledgerCount, credit } = made?.roots ?? scenario.body.header
  const agent = random.pick(model.agents)
  const { owner, controller } = agents.get(model.h.store, agent)
  return {
    from: someone(model, random, random.pick([owner, controller])),
    name: 'repairBatch',
    args: { batch: batch.batch, agent, receiptsRoot, ledgerRoot, entries: ledgerCount, credit },
    done() {
      const shown = shownOf(scenario)
      const isTrue = made === undefined && batch.updates === scenario.body.updates
      const body = isTrue ? scenario.body : undefined
      batch.shown = made === undefined ? { ...shown, body } : { claimed: made.claimed, body, ledger: undefined }
    },
    next: [{ action: made === undefined ? 'finalizeBatch' : 'challenge', wait: made === undefined ? 61 : 0 }],
  }
}

function signedReceipt(
  { h }: Model,
  key: Uint8Array,
  { channel, sequence, tokensIn }: { readonly channel: bigint; readonly sequence: bigint; readonly tokensIn: number },
) {
  const value = {
    channel,
    sequence,
    promptRoot: zeroRoot,
    outputRoot: zeroRoot,
    outputLength: 3,
    tokensIn,
    tokensOut: 1,
    price: ether,
    cumulative: ether,
    time: h.now,
  }
  const digest = receiptHash(domainSeparator(h.chainId), value)
  return {
    value: { ...value, outputLength: 3n, tokensIn: BigInt(tokensIn), tokensOut: 1n },
    signature: packSignature(sign(hexToBytes(digest), key)),
  }
}

const zeroRoot = `0x${'00'.repeat(32)}` as Hash

/** The calls that prove a version false, if it is. */
function versionFaultsOf({ h, gifts }: Model, version: Model['versions'][number]): readonly VersionFault[] {
  const { content, head } = version
  const { publishedAt, datanet } = versions.get(h.store, version.version)
  const chunks = Array.from({ length: Number(chunkCount(head.byteLength)) }, (_, at) => chunk(content.text, at))
  const faults = findVersionFaults(
    { documents: content.documents.map(encodeDoc), chunks },
    { ...head, datanet, publishedAt },
    {
      facts(contribution) {
        const value = contributions.get(h.store, contribution)
        return { ...value, isActive: value.status === contributionStatus.active }
      },
      content: (contribution) => gifts.find((gift) => gift.contribution === contribution)?.content,
    },
  )
  return [...faults]
}
