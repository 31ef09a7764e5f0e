import assert from 'node:assert/strict'
import {
  type ClaimedVersion,
  type ContributionFacts,
  findVersionFault,
  findVersionFaults,
  type KnownContributions,
  type VersionFacts,
} from '../../../attribution/kernel/build/version.ts'
import { decodeDoc, encodeDoc } from '../../../attribution/kernel/leaves.ts'
import { createTree } from '../../../attribution/kernel/merkle.ts'
import { chunk, chunkCount, createTextTree, joinDocuments } from '../../../attribution/kernel/text.ts'
import { contributionStatus } from '../../../attribution/storage/datanets.ts'
import { bytesToHex, concatBytes, type Hash } from '../../../core/hex.ts'
import { court, createHarness, type Harness } from '../harness.ts'
import { count, type Tally } from './cases.ts'
import {
  commitAndReveal,
  contribute,
  createDatanet,
  publishRoots,
  type TestContribution,
  type TestDatanet,
} from './data.ts'
import { damage, replaceAt, someHash } from './mutations/tools.ts'
import { contributor, people } from './people.ts'
import { commitRefutation, revealRefutation } from './proof.ts'
import type { Random } from './random.ts'
import { createContents, createPool } from './texts.ts'
import { attemptVersion } from './versionAttempts.ts'

/** A datanet with contributions of every fate, and a version of it to be published. */
export type DataScenario = {
  readonly h: Harness
  readonly datanet: TestDatanet
  /** Those that may be in a version now. */
  readonly good: readonly TestContribution[]
  /** Revoked, quarantined, duplicate, expired, not active yet, of another datanet. */
  readonly bad: readonly TestContribution[]
}

/** Contributions by chance, some of each fate. */
export function createDataScenario(random: Random): DataScenario {
  const h = createHarness()
  const ends = h.now + 20n
  const datanet = createDatanet(h, people.curator.address, { consentUntil: ends })
  const other = createDatanet(h, people.curator.address)
  const contents = createContents(random, createPool(random)).flat()
  const unlike = (mark: number) => concatBytes(random.pick(contents), Uint8Array.of(0x21, 0x41 + mark))
  const gift = (content: Uint8Array, index: number, to = datanet) => ({
    datanet: to.datanet,
    owner: contributor(index).address,
    content,
    consentUntil: random.chance(0.2) && to === datanet ? ends : 0n,
  })
  const unique = [...new Map(contents.map((content) => [bytesToHex(content), content])).values()]
  const good = contribute(
    h,
    random.shuffle(unique).map((content, index) => gift(content, index)),
  )
  const [revoked, quarantined, twice] = contribute(
    h,
    [unlike(0), unlike(1), unique[0]!].map((content, index) => gift(content, index)),
  )
  const [foreign] = contribute(h, [gift(unlike(2), 3, other)])
  h.ok(revoked!.owner, 'revokeConsent', { contribution: revoked!.contribution })
  h.ok(court, 'quarantineContribution', { contribution: quarantined!.contribution })
  h.pass(1n)
  const [young] = commitAndReveal(h, [gift(unlike(4), 5)])
  return { h, datanet, good, bad: [revoked!, quarantined!, twice!, foreign!, young!] }
}

/** A version of some of the good, by chance falsified: raw leaves, and what the chain is told of them. */
function createClaim(random: Random, { good, bad }: DataScenario) {
  const chosen = random.shuffle(good).slice(0, random.between(1, good.length))
  const kind = random.below(13)
  if (kind === 0) chosen[random.below(chosen.length)] = random.pick(bad)
  if (kind === 1) chosen.push(random.pick(chosen))
  let { text, starts } = joinDocuments(chosen.map(({ content }) => content))
  let docs = chosen.map(({ contribution, order }, at) => ({ start: starts[at]!, contribution, order }))
  const at = random.below(docs.length)
  if (kind === 2) docs = replaceAt(docs, at, (doc) => ({ ...doc, order: doc.order + 1n }))
  if (kind === 3) docs = replaceAt(docs, at, (doc) => ({ ...doc, start: doc.start + random.between(0, 3) }))
  if (kind === 4) docs = replaceAt(docs, at, (doc) => ({ ...doc, contribution: someHash(random) }))
  if (kind === 5) docs = docs.filter((_, place) => place !== at || docs.length === 1)
  if (kind === 6) text[random.below(text.length)]! ^= 1
  if (kind === 7) text = concatBytes(text, random.bytes(random.between(1, 300)))
  if (kind === 8 && text.length > 1) text = text.slice(0, -1)
  if (kind === 11 && docs.length > 1) text[docs.at(-1)!.start - 1] = random.below(255)
  let documents = docs.map(encodeDoc)
  const byteLength = BigInt(text.length)
  let chunks = Array.from({ length: Number(chunkCount(byteLength)) }, (_, index) => chunk(text, index))
  if (kind === 9) documents = replaceAt(documents, at, (doc) => damage(random, doc))
  if (kind === 10) chunks = replaceAt(chunks, random.below(chunks.length), (each) => damage(random, each))
  return { claimed: { documents, chunks }, text, byteLength }
}

/** Publishes a version, in most cases a false one, and refutes it by the call found; one that is right has no fault. */
export function checkVersion(scenario: DataScenario, random: Random, tally: Tally): void {
  const { h, datanet } = scenario
  const { claimed, byteLength } = createClaim(random, scenario)
  const { now, blockNumber } = h
  h.world.checkpoint()
  try {
    if (random.chance(0.05)) h.pass(30n)
    const roots = {
      textRoot: createTree(claimed.chunks, byteLength).root,
      docRoot: createTree(claimed.documents).root,
      byteLength,
      documents: BigInt(claimed.documents.length),
    }
    if (random.chance(0.3)) {
      const { owner, contribution } = random.pick(scenario.good)
      h.ok(owner, 'revokeConsent', { contribution })
      h.pass(BigInt(random.below(2)))
    }
    const { version } = publishRoots(h, datanet, roots)
    h.pass(BigInt(random.below(3)))
    const facts = readVersion(h, version)
    const known = readContributions(scenario)
    const fault = findVersionFault(claimed, facts, known)
    assert.equal(fault === undefined, isRight(scenario, claimed, facts, known), 'a fault exactly if false')
    if (fault === undefined) {
      tryRightVersion(h, random, version, claimed, (contribution) => known.content(contribution)!, tally)
      return
    }
    const tried = random.pick([...findVersionFaults(claimed, facts, known)])
    for (const each of [tried, fault]) {
      h.world.checkpoint()
      const committed = commitRefutation(h, people.challenger.address, version, each)
      h.pass(1n)
      const outcome = revealRefutation(h, people.challenger.address, committed)
      assert.ok(outcome.ok, outcome.ok ? '' : `${each.name} ${outcome.error}`)
      assert.ok(outcome.events.some(({ name }) => name === 'VersionRefuted'))
      h.world.revert()
      count(tally, each.name)
    }
  } finally {
    h.world.revert()
    Object.assign(h, { now, blockNumber })
  }
}

/** No refutation succeeds against a version that is right. */
function tryRightVersion(
  h: Harness,
  random: Random,
  version: Hash,
  claimed: ClaimedVersion,
  contentOf: (contribution: Hash) => Uint8Array,
  tally: Tally,
): void {
  const tried = Array.from({ length: 12 }, () =>
    commitRefutation(h, people.rival.address, version, attemptVersion(random, claimed, contentOf)),
  )
  h.pass(1n)
  for (const refutation of tried) {
    const outcome = revealRefutation(h, people.rival.address, refutation)
    assert.ok(!outcome.ok, `${refutation.name} refutes a right version`)
    assert.ok(['InvalidProof', 'InvalidOpening'].includes(outcome.error), `${refutation.name} ${outcome.error}`)
    count(tally, `${outcome.error} ${refutation.name}`)
  }
  count(tally, 'version stayed right')
}

function readVersion(h: Harness, version: Hash): VersionFacts {
  const { value } = h.ok(people.stranger.address, 'getVersion', { version }) as unknown as {
    value: Omit<VersionFacts, 'documentCount' | 'version'> & { documents: bigint }
  }
  return { ...value, version, documentCount: value.documents }
}

function readContributions({ h, good, bad }: DataScenario): KnownContributions {
  const all = new Map([...good, ...bad].map((each) => [each.contribution, each]))
  return {
    facts: (contribution) => {
      const outcome = h.call(people.stranger.address, 'getContribution', { contribution })
      if (!outcome.ok) return undefined
      const { value } = outcome.output as unknown as { value: Omit<ContributionFacts, 'isActive'> & { status: bigint } }
      return { ...value, isActive: value.status === contributionStatus.active }
    },
    content: (contribution) => all.get(contribution)?.content,
  }
}

/** True if a version is what its documents make of it and all of them may be there. */
function isRight(
  { datanet }: DataScenario,
  claimed: ClaimedVersion,
  { publishedAt, textRoot }: VersionFacts,
  known: KnownContributions,
): boolean {
  const docs = claimed.documents.map(decodeDoc)
  const contents = docs.map((doc) => doc && known.content(doc.contribution))
  const { text, starts } = joinDocuments(contents.map((content) => content ?? new Uint8Array(0)))
  const seen = new Set<Hash>()
  return (
    createTextTree(text).root === textRoot &&
    docs.every((doc, index) => {
      const facts = doc && known.facts(doc.contribution)
      if (doc === undefined || facts === undefined || seen.has(doc.contribution)) return false
      seen.add(doc.contribution)
      const past = [facts.revokedAt, facts.quarantinedAt].every((at) => at === 0n || at >= publishedAt)
      const consents = facts.consentUntil === 0n || publishedAt <= facts.consentUntil
      const isHere = facts.datanet === datanet.datanet && facts.order === doc.order && doc.start === starts[index]
      return isHere && facts.isActive && facts.activeFrom <= publishedAt && past && consents
    })
  )
}
