import { type Abi, type AbiFunction, encodeFunctionData } from 'viem'
import { tracesAbi } from '../../attribution/abi/traces.ts'
import { buildBody } from '../../attribution/kernel/body.ts'
import { absent } from '../../attribution/kernel/build/audit.ts'
import {
  type Fault,
  type RefutationName,
  type VersionFault,
  versionFault,
} from '../../attribution/kernel/build/calls.ts'
import { headOf, knowCorpus } from '../../attribution/kernel/build/corpus.ts'
import { findFaults, isFault } from '../../attribution/kernel/build/refute.ts'
import { type DocLeaf, decodeReceipt } from '../../attribution/kernel/leaves.ts'
import {
  createTree,
  leafPrefixBytes,
  nodeBytes,
  type Opening,
  rootBytes,
  type TreeHead,
  verifyOpening,
} from '../../attribution/kernel/merkle.ts'
import { traceOutput } from '../../attribution/kernel/span/trace.ts'
import { createTextTree, textHead } from '../../attribution/kernel/text.ts'
import { decodeAbi } from '../../attribution/native/decode.ts'
import { gas, hashGas } from '../../attribution/native/gas.ts'
import { type Address, bytesToHex, concatBytes, type Hash, hexToBytes } from '../../core/hex.ts'
import type { StateReader } from '../../core/state.ts'
import { loadContract } from '../../genesis/loadContract.ts'
import { createHarness, type Harness, inputOf } from '../../test/attribution/harness.ts'
import { attemptNames } from '../../test/attribution/world/attempts.ts'
import { contribute, createDatanet, publishRoots } from '../../test/attribution/world/data.ts'
import { makeBody } from '../../test/attribution/world/draft.ts'
import { mutate, mutationNames } from '../../test/attribution/world/mutate.ts'
import { payer, people } from '../../test/attribution/world/people.ts'
import { commitRefutation } from '../../test/attribution/world/proof.ts'
import { createRandom, type Random } from '../../test/attribution/world/random.ts'
import { readFacts, type Scenario } from '../../test/attribution/world/scenario.ts'
import {
  openChannel,
  registerModel,
  registerProvider,
  sell,
  settle,
  signUpdates,
  unsettled,
} from '../../test/attribution/world/trade.ts'
import { createMemoryState, someRoot } from '../../test/state/memoryReader.ts'
import { ether } from '../../test/state/testChain.ts'
import { type BenchCorpus, createCorpus, documentBytes, findPassages } from './corpus.ts'
import { bestMs, type Cost, costOf, type Engines, type Row, rowOf } from './measure.ts'

const channels = 16
const receiptsEach = 8
const seed = 3
const rounds = 4
/** Of each false batch: some lies make everything false. */
const faultsLooked = 64
/** Documents of the version that are contributions of the chain: some of them are told falsely. */
const realDocuments = 16

/** A proof's openings verified by the precompile and by the contract; and the whole call, with all it reads and writes. */
export type RefutationRow = Row & { readonly whole: Cost }

/** Every way to prove a batch or a version false, over a corpus of so many bytes, beside what its openings cost alone. */
export async function benchRefutations(engines: Engines, corpusBytes: number): Promise<readonly RefutationRow[]> {
  const started = performance.now()
  const scenario = createScenario(corpusBytes)
  const seconds = ((performance.now() - started) / 1_000).toFixed(0)
  const { text, documents } = scenario.bench.content
  console.log(
    `\ncorpus of ${text.length.toLocaleString('en')} bytes in ${documents.length.toLocaleString('en')} documents: ${seconds} s`,
  )
  const measure = (proof: Proof) => measureProof(engines, scenario.h, proof)
  const rows = await measureBatches(scenario, measure)
  for (const fault of versionFaults(scenario))
    rows.push(
      await measure({ fault, subject: scenario.version, heads: [...versionHeads(scenario), contentHead(scenario)] }),
    )
  return rows.sort((a, b) => (a.name < b.name ? -1 : 1))
}

type Proof = {
  readonly fault: Fault | VersionFault
  readonly subject: Hash
  /** Trees that its openings may be of. */
  readonly heads: readonly TreeHead[]
}

type Bench = Scenario & { readonly bench: BenchCorpus; readonly version: Hash }

/** A batch of 256 receipts over the corpus, ready to be settled. */
function createScenario(corpusBytes: number): Bench {
  const h = createHarness()
  const datanet = createDatanet(h, people.curator.address)
  const bench = createCorpus(corpusBytes, (text) => giveDocuments(h, datanet, text))
  const draft = headOf(bench.content)
  const { version } = publishRoots(h, datanet, {
    textRoot: draft.textRoot,
    docRoot: draft.docRoot,
    byteLength: draft.byteLength,
    documents: draft.documentCount,
  })
  const content = { ...bench.content, version }
  const plainCorpus = [content]
  const find = findPassages(bench, plainCorpus)
  const corpus = knowCorpus([{ ...draft, version }], [content], find)
  const model = registerModel(h, people.modelOwner.address, { versions: [version] })
  const provider = registerProvider(h, {
    owner: people.providerOwner,
    controller: people.controller,
    stake: 900_000n * ether,
  })
  const opened = Array.from({ length: channels }, (_, index) =>
    openChannel(h, { payer: payer(index), provider, model, isPrivate: index === 5 }),
  )
  const random = createRandom(seed)
  for (const channel of opened)
    for (let index = 0; index < receiptsEach; index++) sell(channel, createOutput(random, bench), ether / 100n)
  const rates = { marginBps: model.marginBps, dataBps: 5_000n, specificBps: 5_000n }
  const trace = (output: Uint8Array) => traceOutput(output, plainCorpus, find)
  const body = buildBody({ ...rates, chainId: h.chainId, corpus: plainCorpus, channels: unsettled(opened), trace })
  const versions: Scenario['versions'] = [
    { version, datanet: datanet.datanet, sequence: 1n, head: { ...draft, version }, content },
  ]
  const updates = signUpdates(h, body.updates, opened)
  return { h, versions, corpus, plainCorpus, model, provider, channels: opened, rates, body, updates, bench, version }
}

/** An answer of about 2 kB: words of its own around two to four passages. */
function createOutput(random: Random, { passages }: BenchCorpus): Uint8Array {
  const own = () =>
    new TextEncoder().encode(
      ` ${'nothing of this stands anywhere '.repeat(random.between(2, 12))}${random.below(1e9)} `,
    )
  const quotes = Array.from({ length: random.between(2, 4) }, () => concatBytes(random.pick(passages).bytes, own()))
  return concatBytes(own(), ...quotes)
}

/** The first documents are contributed, and entered in the version with three lies; two more lie in the text. */
function giveDocuments(
  h: Harness,
  datanet: ReturnType<typeof createDatanet>,
  text: Uint8Array,
): readonly Omit<DocLeaf, 'start'>[] {
  const owner = people.stranger.address
  const gifts = Array.from({ length: realDocuments }, (_, index) => ({
    datanet: datanet.datanet,
    owner,
    content: text.slice(index * documentBytes, (index + 1) * documentBytes - 1),
  }))
  const given = contribute(h, gifts).map(({ contribution, order }) => ({ contribution, order }))
  text[lies.bytes * documentBytes + 300]! ^= 1
  text[lies.separator * documentBytes - 1] = 0x20
  return given.map((doc, index) => {
    if (index === lies.order) return { ...doc, order: doc.order + 1n }
    return index === lies.repeat ? given[index - 1]! : doc
  })
}

/** Documents about which the version says something false. */
const lies = { order: 3, bytes: 5, separator: 7, repeat: 9 } as const

const refutationNames = attemptNames
/** All but the one that traces again by a plain scan, which takes hours over such a corpus. */
const lieNames = mutationNames.filter((name) => name !== 'retrace')

/** Measures a proof of each refutation: of batches, as lies of all kinds are settled, until each was found once. */
async function measureBatches(
  scenario: Bench,
  measure: (proof: Proof) => Promise<RefutationRow>,
): Promise<RefutationRow[]> {
  const rows = new Map<RefutationName, RefutationRow>()
  const { h, corpus } = scenario
  for (let round = 0; round < rounds; round++) {
    for (const name of lieNames) {
      if (rows.size === refutationNames.length) return [...rows.values()]
      const made = makeBody(scenario, mutate(scenario, createRandom(seed, round), name).draft)
      const { now, blockNumber } = h
      h.world.checkpoint()
      const batch = settle(h, scenario, made.roots, made.packed)
      const facts = readFacts(scenario, batch, made.updates)
      const heads = [
        { root: facts.receiptsRoot, count: facts.receiptCount, byteLength: 0n },
        { root: facts.ledgerRoot, count: facts.ledgerCount, byteLength: 0n },
        createTree(facts.updates),
        ...versionHeads(scenario),
      ]
      let looked = 0
      for (const fault of findFaults(made.claimed, corpus, facts)) {
        if (looked++ === faultsLooked) break
        if (isFault(fault) && !rows.has(fault.name))
          rows.set(fault.name, await measure({ fault, subject: batch, heads }))
      }
      h.world.revert()
      Object.assign(h, { now, blockNumber })
    }
  }
  const missing = refutationNames.filter((name) => !rows.has(name))
  throw new Error(`no lie led to ${missing}`)
}

function versionHeads({ versions }: Scenario): readonly TreeHead[] {
  return versions.flatMap(({ head }) => [
    { root: head.docRoot, count: head.documentCount, byteLength: 0n },
    textHead(head.textRoot, head.byteLength),
  ])
}

/** The tree over the content that one of the false entries stands for. */
function contentHead({ bench }: Bench): TreeHead {
  return createTextTree(originalOf(bench, lies.bytes))
}

/** A document as it was contributed. */
function originalOf({ content: { text } }: BenchCorpus, document: number): Uint8Array {
  const original = text.slice(document * documentBytes, (document + 1) * documentBytes - 1)
  if (document === lies.bytes) original[300]! ^= 1
  return original
}

function versionFaults({ bench }: Bench): readonly VersionFault[] {
  const { docTree, textTree } = bench.content
  const at = Math.floor((lies.bytes * documentBytes + 300) / 256)
  return [
    versionFault('refuteVersionEntry', { entry: docTree.open(lies.order), next: absent }),
    versionFault('refuteVersionBytes', {
      entry: docTree.open(lies.bytes),
      content: createTextTree(originalOf(bench, lies.bytes)).open(1),
      text: [textTree.open(at)],
    }),
    versionFault('refuteVersionSeparator', {
      next: docTree.open(lies.separator),
      text: textTree.open((lies.separator * documentBytes) / 256 - 1),
    }),
    versionFault('refuteVersionRepeat', { entry: docTree.open(lies.repeat - 1), again: docTree.open(lies.repeat) }),
  ]
}

/** A proof as a call of Traces, and its openings verified by a contract. */
async function measureProof(engines: Engines, h: Harness, { fault, subject, heads }: Proof): Promise<RefutationRow> {
  const { now, blockNumber } = h
  h.world.checkpoint()
  const from = people.challenger.address
  const { name, args } = commitRefutation(h, from, subject, fault)
  h.pass(1n)
  const { to, input } = inputOf(name, args)
  const native = await costOf(engines.native, readerOf(h), h, { from, to, data: input })
  const openings = openingsIn(args)
  const known = [...heads, ...openings.flatMap(({ data }) => headsOf(data, args))]
  const proven = openings.map((opening) => known.find((head) => verifyOpening(head, opening)))
  const shown = openings.flatMap((opening, index) =>
    proven[index] === undefined ? [] : [{ opening, head: proven[index] }],
  )
  if (shown.length < openings.length) throw new Error(`${name}: ${openings.length - shown.length} openings of no tree`)
  const data = hexToBytes(
    encodeFunctionData({
      abi: contract.abi as Abi,
      functionName: 'verify',
      args: [
        shown.map(({ head: { root, count, byteLength } }) => ({ root, count, byteLength })),
        shown.map(({ opening: { index, data, path } }) => ({ index, data: bytesToHex(data), path })),
      ],
    }),
  )
  const solidity = await costOf(engines.contract, contractState, h, { from, to: address, data })
  h.world.revert()
  Object.assign(h, { now, blockNumber })
  const openingsOnly = await verificationCost(name, input, shown)
  const label = `${name} (${openings.length})`
  return { ...rowOf(label, input.length, openingsOnly, solidity), whole: native }
}

/** What the precompile spends on reading the call and verifying its openings: the job that the contract does. */
async function verificationCost(
  name: string,
  input: Uint8Array,
  shown: readonly { readonly opening: Opening; readonly head: TreeHead }[],
): Promise<Cost> {
  const { inputs } = (tracesAbi as Abi).find(
    (item): item is AbiFunction => item.type === 'function' && item.name === name,
  )!
  const data = input.subarray(4)
  let gasOfHashes = 0n
  for (const { opening } of shown) {
    const nodes = hashGas(nodeBytes) * BigInt(opening.path.length)
    gasOfHashes += hashGas(leafPrefixBytes + opening.data.length) + nodes + hashGas(rootBytes)
  }
  const ms = await bestMs(async () => {
    if (decodeAbi(inputs, data) === undefined) throw new Error('an input of no meaning')
    for (const { opening, head } of shown) if (!verifyOpening(head, opening)) throw new Error('an opening of no tree')
  })
  const words = BigInt(Math.ceil(input.length / 32))
  return { txGas: Number.NaN, gas: Number(gas.call + gas.inputWord * words + gasOfHashes), ms }
}

const address = '0x0000000000000000000000000000000000000eef' as Address
const contract = loadContract('ReferenceProofs')
const contractState = createMemoryState({ [address]: { nonce: 1n, code: contract.runtime } }).reader

/** Trees that a receipt's leaf names, by what the call says of them. */
function headsOf(data: Uint8Array, args: Readonly<Record<string, unknown>>): readonly TreeHead[] {
  const receipt = decodeReceipt(data)
  if (receipt === undefined) return []
  const { traceRoot, outputRoot, outputLength } = receipt
  const ref = args.tile as { readonly tiles?: bigint } | undefined
  const count = ref?.tiles ?? (args.tiles as bigint | undefined) ?? 0n
  return [{ root: traceRoot, count, byteLength: 0n }, textHead(outputRoot, BigInt(outputLength))]
}

/** All openings in a call's arguments but the absent ones. */
function openingsIn(value: unknown): readonly Opening[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return []
  if ('path' in value) {
    const opening = value as Opening
    return opening.data.length === 0 && opening.path.length === 0 ? [] : [opening]
  }
  return Object.values(value).flatMap(openingsIn)
}

/** The harness's state as one to build on; that an account has storage is told by its root. */
function readerOf({ world }: Harness): StateReader {
  return {
    account(account) {
      const value = world.account(account)
      return value && { ...value, storageRoot: someRoot }
    },
    storage: world.storage,
    code: world.code,
  }
}
