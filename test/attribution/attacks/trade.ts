import assert from 'node:assert/strict'
import { type Body, commitBody } from '../../../attribution/kernel/body.ts'
import { claimBody, factsOf } from '../../../attribution/kernel/build/claimed.ts'
import { checkContents } from '../../../attribution/kernel/build/contents.ts'
import { headOf, type KnownCorpus, knowCorpus, openVersion } from '../../../attribution/kernel/build/corpus.ts'
import { findFault, isFault } from '../../../attribution/kernel/build/refute.ts'
import { buildClaim } from '../../../attribution/kernel/claims.ts'
import type { ReceiptLeaf, TileLeaf } from '../../../attribution/kernel/leaves.ts'
import { accountReceipts, createLedger, type Rates } from '../../../attribution/kernel/ledger.ts'
import type { Corpus } from '../../../attribution/kernel/span/corpus.ts'
import { agents } from '../../../attribution/storage/agents.ts'
import type { Address, Hash } from '../../../core/hex.ts'
import { ether, senders } from '../../state/testChain.ts'
import { creditOf, eventsOf } from '../checked.ts'
import { contribute, createDatanet, type Published, publish, recordedContents } from '../datasets.ts'
import type { Harness } from '../harness.ts'
import { corpusOfModel, createModel, createProvider, honestBatch, openChannel, settle } from '../settlementMarket.ts'
import { absent } from '../tracesScene.ts'
import { refute } from '../world/proof.ts'

// What the attacks have in common: data of given owners, sales from the voucher to the last claim, lies in batches.

export const [attacker, accomplice, victim, bystander, seller, auditor, anyone] = senders.slice(30, 37) as [
  Address,
  Address,
  Address,
  Address,
  Address,
  Address,
  Address,
]

/** A text and whose it is. */
export type Doc = readonly [owner: Address, text: string]

/** A datanet of this curator with one version; the texts are committed in this order. */
export function createNet(
  h: Harness,
  curator: Address,
  docs: readonly Doc[],
  terms: Readonly<Record<string, unknown>> = {},
): Published & { readonly datanet: Hash } {
  const datanet = createDatanet(h, curator, terms)
  const contents = docs.map(([owner, text]) => contribute(h, owner, datanet, text))
  h.pass(10n)
  return { datanet, ...publish(h, curator, datanet, contents) }
}

/** A provider, a model and what can be opened of its corpus. */
export type Shop = { readonly provider: Hash; readonly model: Hash; readonly corpus: Corpus }

/** A model of the seller over these versions, served by an agent with 100,000 OPEN of stake. */
export function openShop(
  h: Harness,
  versions: readonly Published[],
  terms: Parameters<typeof createModel>[2] = {},
  inherited: readonly Published[] = [],
): Shop {
  const model = createModel(h, versions, { from: seller, ...terms })
  return { provider: createProvider(h), model, corpus: corpusOfModel(h, model, [...versions, ...inherited]) }
}

/** What everybody is paid for one output of this price. */
export const price = 10_000n * ether
/** Margin of a sale at 40 %; its specific and its base part at the first split. */
export const margin = (price * 4n) / 10n
export const specific = margin / 4n
export const base = margin / 4n

/** Sells these outputs on a new channel; gives the honest body and how to settle it. */
export function sell(h: Harness, shop: Shop, outputs: readonly string[], each = price) {
  const channel = openChannel(h, shop, { from: bystander, deposit: each * BigInt(outputs.length) })
  return honestBatch(h, shop, [{ channel, sold: outputs.map((output) => ({ output, price: each })) }])
}

/** Settles a body, true or false, in place of the one that was sold. */
export function settleBody(h: Harness, { args }: ReturnType<typeof sell>, { header }: Body): Hash {
  const { receiptsRoot, ledgerRoot, receiptCount: receipts, ledgerCount: entries, credit } = header
  return settle(h, { ...args, header: { ...args.header, receiptsRoot, ledgerRoot, receipts, entries, credit } })
}

/** Wei by owner. */
export type Income = { readonly specific: Map<Address, bigint>; readonly base: Map<Address, bigint> }

/** Sells, settles, finalizes, claims everything for everybody: what contributors earned. */
export function trade(h: Harness, shop: Shop, outputs: readonly string[], each = price): Income {
  const sold = sell(h, shop, outputs, each)
  return collect(h, shop, settleBody(h, sold, sold.body), sold.body)
}

/** Lets the window pass, finalizes, claims everything for everybody. */
export function collect(h: Harness, { corpus }: Pick<Shop, 'corpus'>, batch: Hash, body: Body): Income {
  h.pass(61n)
  h.ok(anyone, 'finalizeBatch', { batch })
  const income: Income = { specific: new Map(), base: new Map() }
  const add = (to: Map<Address, bigint>, { owner, amount }: { owner?: Address; amount?: bigint }) =>
    to.set(owner!, (to.get(owner!) ?? 0n) + amount!)
  for (const contribution of new Set(body.entries.map((entry) => entry.contribution))) {
    const claims = [claimOf(body, batch, contribution)]
    for (const { name, args } of eventsOf(h, anyone, 'claim', { claims }))
      if (name === 'SpecificClaimed') add(income.specific, args)
  }
  for (const version of corpus) {
    const { docTree } = version as Published
    for (let at = 0; at < version.documents.length; at++) {
      const next = at + 1 < version.documents.length ? docTree.open(at + 1) : absent
      const outcome = h.call(anyone, 'claimBase', { version: version.version, document: docTree.open(at), next })
      if (outcome.ok) for (const { name, args } of outcome.events) if (name === 'BaseClaimed') add(income.base, args)
    }
  }
  return income
}

/** The claim of a contribution, as the call takes it. */
export function claimOf(body: Body, batch: Hash, contribution: Hash) {
  const { previous = absent, first, last, next = absent } = buildClaim(body, contribution)!.openings
  return { batch, previous, first, last, next }
}

/** The rates of shops whose margin nobody changed. */
export const rates: Rates = { marginBps: 4_000n, dataBps: 5_000n, specificBps: 5_000n }

/** A body of other receipts, consistent in itself: sums and ledger follow from the tiles that it tells. */
export function retell(
  corpus: Corpus,
  body: Body,
  change: (
    receipt: Body['receipts'][number],
    at: number,
  ) => {
    readonly leaf?: Partial<ReceiptLeaf>
    readonly tiles?: readonly TileLeaf[]
    readonly output?: Body['receipts'][number]['output']
  },
): Body {
  const receipts = body.receipts.map((receipt, at) => {
    const { leaf = {}, ...told } = change(receipt, at)
    return { ...receipt, ...told, leaf: { ...receipt.leaf, ...leaf } }
  })
  const { accounts, margin, credit } = accountReceipts(
    rates,
    receipts.map(({ leaf, tiles }) => ({ ...leaf, tiles })),
  )
  const entries = createLedger(
    corpus,
    receipts.map(({ tiles }, at) => ({ tiles, earnings: accounts[at]!.earnings })),
  )
  return commitBody({
    updates: body.updates,
    receipts: receipts.map(({ output, tiles, leaf }, at) => {
      const { marginBefore, creditBefore } = accounts[at]!
      return { output, tiles, leaf: { ...leaf, marginBefore, creditBefore } }
    }),
    entries,
    margin,
    credit,
  })
}

/** What a challenger has who holds all data of the corpus. */
export function known(corpus: Corpus): KnownCorpus {
  const contents = corpus.map(openVersion)
  return knowCorpus(contents.map(headOf), contents)
}

/** The first thing that a challenger can do about a body who looked what the corpus's contributions are. */
export function audit(h: Harness, corpus: Corpus, body: Body) {
  const facts = factsOf(body, { ...rates, chainId: h.chainId, isPrivate: () => false })
  return findFault(claimBody(body), checkContents(known(corpus), recordedContents(h)), facts)
}

/** What ended a lie: by which call, what its author lost, what the auditor was paid. */
export type Verdict = { readonly call: string; readonly lost: bigint; readonly paid: bigint }

/** Finds the lie in a settled body, proves it, and waits until the bounty is paid. */
export function convict(h: Harness, shop: Shop, batch: Hash, body: Body): Verdict {
  const found = audit(h, shop.corpus, body)
  assert(found !== undefined && isFault(found), 'a fault is found')
  const stake = () => agents.field(h.store, 'stake', shop.provider)
  const [before, credit] = [stake(), creditOf(h, auditor)]
  const outcome = refute(h, auditor, batch, found)
  assert(outcome.ok, outcome.ok ? '' : outcome.error)
  h.pass(60n)
  h.ok(anyone, 'payRefuter', { batch })
  return { call: found.name, lost: before - stake(), paid: creditOf(h, auditor) - credit }
}

/** All that an account can dispose of. */
export function wealth(h: Harness, ...accounts: readonly Address[]): bigint {
  return accounts.reduce((sum, account) => sum + h.balance(account) + creditOf(h, account), 0n)
}
