import { buildBody } from '../../../attribution/kernel/body.ts'
import { claimBody } from '../../../attribution/kernel/build/claimed.ts'
import { buildClaim, openDocument } from '../../../attribution/kernel/claims.ts'
import { decodeEntry } from '../../../attribution/kernel/leaves.ts'
import { createTree } from '../../../attribution/kernel/merkle.ts'
import { traceOutput } from '../../../attribution/kernel/span/trace.ts'
import { paramNames } from '../../../attribution/native/rules.ts'
import { channelEnd } from '../../../attribution/settlement/channels.ts'
import { agents } from '../../../attribution/storage/agents.ts'
import { batches, batchStatus, channels, credits, params, splits } from '../../../attribution/storage/settlement.ts'
import { concatBytes, emptyBytes, type Hash, zeroAddress, zeroHash } from '../../../core/hex.ts'
import { ether } from '../../state/testChain.ts'
import { burner, court, devRules, timelock } from '../harness.ts'
import { makeBody } from '../world/draft.ts'
import { mutate, mutationNames } from '../world/mutate.ts'
import type { Random } from '../world/random.ts'
import type { Scenario } from '../world/scenario.ts'
import { markSettled, sell, signUpdates, unsettled } from '../world/trade.ts'
import {
  type Action,
  type KnownChannel,
  type Model,
  phrases,
  pickFitting,
  pickOf,
  type Shown,
  someone,
} from './model.ts'

const afterHonest = [[{ action: 'finalizeBatch', wait: 61 }], [{ action: 'demand', wait: 0 }], []]
const claimNext = { action: 'claim', wait: 0 }
const absent = { index: 0n, data: emptyBytes, path: [] }

const agentAction =
  (
    name: string,
    args: (model: Model, random: Random, agent: Hash) => object,
    value?: (random: Random) => bigint,
  ): Action =>
  (model, random) => {
    const agent = random.pick(model.agents)
    const { owner } = agents.get(model.h.store, agent)
    const wei = value === undefined ? {} : { value: value(random) }
    return { from: someone(model, random, owner), name, args: { agent, ...args(model, random, agent) }, ...wei }
  }

/** What happens to agents, channels and batches that nobody disputes. */
export const tradeActions: Readonly<Record<string, Action>> = {
  registerAgent(model, random) {
    const args = { controller: random.pick(model.people).address, metadataHash: zeroHash }
    const value = random.pick([0n, 100n * ether, 5_000n * ether, 90_000n * ether])
    const done = ({ agent }: Readonly<Record<string, never>>) => void model.agents.push(agent!)
    return { from: someone(model, random), name: 'registerAgent', args, value, done }
  },
  stake: agentAction(
    'stake',
    () => ({}),
    (random) => random.pick([1n, 500n * ether, 0n]),
  ),
  unstake: agentAction('unstake', ({ h }, random, agent) => {
    const stake = agents.field(h.store, 'stake', agent)
    return { amount: random.pick([stake / 7n, stake / 3n, stake, 1n, stake + 1n]) }
  }),
  completeUnstake: agentAction('completeUnstake', () => ({})),
  setController: agentAction('setController', ({ people }, random) => ({ controller: random.pick(people).address })),
  transferAgent: agentAction('transferAgent', ({ people }, random) => ({ to: random.pick(people).address })),
  slashAgent(model, random) {
    const agent = random.pick(model.agents)
    const amount = random.pick([1n, 40n * ether, 2_000n * ether])
    return { from: someone(model, random, court), name: 'slashAgent', args: { agent, amount } }
  },
  openChannel(model, random) {
    const payer = random.pick(model.people)
    const { model: id } = random.pick(model.models)
    const provider = pickFitting(random, model.agents, (id) => agents.field(model.h.store, 'stake', id) > 100n * ether)
    if (provider === undefined) return undefined
    const isPrivate = random.chance(0.2)
    const expiry = random.pick([model.h.now + 300n, 2n ** 40n - 1n, model.h.now])
    return {
      from: payer.address,
      name: 'openChannel',
      args: { model: id, provider, sessionKey: payer.address, isPrivate, expiry },
      value: random.pick([ether / 100n, 50n * ether, 1_000n * ether, 1n]),
      done({ channel }) {
        const { head } = channels.get(model.h.store, channel!)
        const settled = { sequence: 0n, cumulative: 0n, head }
        model.channels.push({ channel: channel!, payer, isPrivate, settled, receipts: [], model: id, provider })
      },
    }
  },
  topUp(model, random) {
    const { channel, payer } = random.pick(model.channels)
    const value = random.pick([1n, 90n * ether, 0n])
    return { from: someone(model, random, payer.address), name: 'topUp', args: { channel }, value }
  },
  closeChannel(model, random) {
    const { channel, payer } = random.pick(model.channels)
    return { from: someone(model, random, payer.address), name: 'closeChannel', args: { channel } }
  },
  reclaim(model, random) {
    const found = pickFitting(random, model.channels, (each) => {
      const value = channels.get(model.h.store, each.channel)
      return channelEnd(value) < model.h.now && value.deposit > value.cumulative
    })
    return found && { from: someone(model, random), name: 'reclaim', args: { channel: found.channel } }
  },
  settleHonestly: (model, random) => settle(model, random, false),
  settleFalsely: (model, random) => settle(model, random, true),
  finalizeBatch(model, random) {
    const found = pickFitting(random, model.batches, ({ batch }) => {
      const { status, deadline, openDemands } = batches.get(model.h.store, batch)
      return status === batchStatus.open && deadline < model.h.now && openDemands === 0n
    })
    return (
      found && { from: someone(model, random), name: 'finalizeBatch', args: { batch: found.batch }, next: [claimNext] }
    )
  },
  claim(model, random) {
    const claims = Array.from({ length: random.between(1, 3) }, () => {
      const found = pickFitting(random, model.batches, ({ batch, shown: { ledger } }) => {
        const { status, pool } = batches.pick(model.h.store, ['status', 'pool'], batch)
        return status === batchStatus.final && pool > 0n && (ledger?.entries.length ?? 0) > 0
      })
      const ledger = found?.shown.ledger
      const built = ledger && buildClaim(ledger, pickOf(random, ledger.entries)?.contribution ?? zeroHash)
      if (found === undefined || built === undefined) return undefined
      const { previous = absent, first, last, next = absent } = built.openings
      return { batch: found.batch, previous, first, last, next }
    }).filter((each) => each !== undefined)
    return claims.length === 0 ? undefined : { from: someone(model, random), name: 'claim', args: { claims } }
  },
  claimBase(model, random) {
    const { version, content } = random.pick(model.versions)
    const { entry, next = absent } = openDocument(content.docTree, random.below(content.documents.length))
    return { from: someone(model, random), name: 'claimBase', args: { version, document: entry, next } }
  },
  expireBatch(model, random) {
    const found = pickFitting(random, model.batches, ({ batch }) => {
      const { finalizedAt, pool } = batches.get(model.h.store, batch)
      return finalizedAt > 0n && finalizedAt + 3_600n < model.h.now && pool > 0n
    })
    return found && { from: someone(model, random), name: 'expireBatch', args: { batch: found.batch } }
  },
  withdraw: (model, random) => ({ from: creditor(model, random), name: 'withdraw', args: {} }),
  withdrawTo(model, random) {
    const from = creditor(model, random)
    const held = credits.field(model.h.store, 'wei', from)
    const to = random.pick([...model.people.map(({ address }) => address), zeroAddress])
    return { from, name: 'withdrawTo', args: { to, amount: random.pick([held, held / 2n, 1n, held + 1n]) } }
  },
  sweepFor: (model, random) => ({
    from: someone(model, random),
    name: 'sweepFor',
    args: { account: random.chance(0.3) ? timelock : creditor(model, random) },
  }),
  setSplit(model, random) {
    const [data, owner, validators, treasury, insurance, burn] = random.pick([
      [5_000n, 2_500n, 1_000n, 500n, 500n, 500n],
      [7_000n, 1_000n, 500n, 0n, 1_000n, 500n],
      [3_333n, 3_001n, 1_111n, 999n, 777n, 779n],
      [7_000n, 1_000n, 500n, 0n, 1_000n, 501n],
    ])
    const split = { data, owner, validators, treasury, insurance, burn }
    return { from: someone(model, random, timelock), name: 'setSplit', args: { split } }
  },
  setParam(model, random) {
    const [name, values] = random.pick([
      ['windowSec', [20n, 60n, 90n]],
      ['answerSec', [15n, 60n]],
      ['repairSec', [30n, 60n]],
      ['batchGapSec', [1n, 10n]],
      ['specificBps', [3_000n, 5_000n, 8_000n, 8_001n]],
      ['slashMultiple', [5n, 10n, 100n]],
      ['minStake', [50n * ether, 100n * ether]],
      ['unbondingSec', [60n, 300n]],
    ] as const)
    const args = { param: BigInt(paramNames.indexOf(name)), value: random.pick<bigint>(values) }
    return { from: someone(model, random, timelock), name: 'setParam', args }
  },
  payInsurance(model, random) {
    const args = { to: random.pick(model.people).address, amount: random.pick([1n, 3n * ether, 0n]) }
    return { from: someone(model, random, timelock), name: 'payInsurance', args }
  },
  releaseBurns: (model, random) => ({ from: someone(model, random, burner), name: 'releaseBurns', args: {} }),
}

function creditor(model: Model, random: Random) {
  const rich = pickFitting(random, model.people, ({ address }) => credits.field(model.h.store, 'wei', address) > 0n)
  return (rich ?? random.pick(model.people)).address
}

/** Settles channels of one provider and model: the honest body of what they sold, or one falsified in any way. */
function settle(model: Model, random: Random, isFalse: boolean): ReturnType<Action> {
  const chosen = chooseChannels(model, random)
  if (chosen.length === 0) return undefined
  const scenario = sellSome(model, random, chosen)
  const { h } = model
  const { provider } = chosen[0]!
  const { body } = scenario
  const made = isFalse ? makeBody(scenario, mutate(scenario, random, random.pick(mutationNames)).draft) : undefined
  const roots = made?.roots ?? body.header
  const updates = made?.updates ?? body.updates
  const { receiptsRoot, ledgerRoot, receiptCount: receipts, ledgerCount: entries, credit } = roots
  const header = { provider, model: scenario.model.model, receiptsRoot, ledgerRoot, receipts, entries, credit }
  const { owner, controller } = agents.get(h.store, provider)
  return {
    from: someone(model, random, random.pick([owner, controller])),
    name: 'settleBatch',
    args: { header, updates: made?.packed ?? scenario.updates },
    done({ batch }) {
      markSettled(chosen, updates)
      const shown: Shown =
        made === undefined
          ? shownOf(scenario)
          : { claimed: made.claimed, body: undefined, ledger: readLedger(made.claimed.entries) }
      model.batches.push({ batch: batch!, scenario, updates, shown })
    },
    undo() {
      for (const channel of chosen) channel.receipts = []
    },
    next: made === undefined ? random.pick(afterHonest) : [{ action: 'challenge', wait: 0 }],
  }
}

/** What an honest body shows. */
export function shownOf({ body }: Pick<Scenario, 'body'>): Shown {
  return { claimed: claimBody(body), body, ledger: body }
}

/** The entries of a ledger with the tree that opens them; undefined if one cannot be read. */
function readLedger(raw: readonly Uint8Array[]): Shown['ledger'] {
  const entries = raw.map(decodeEntry).filter((entry) => entry !== undefined)
  return entries.length === raw.length ? { entries, trees: { ledger: createTree(raw) } } : undefined
}

/** Channels of one pair that can still be settled. */
function chooseChannels({ h, channels: all }: Model, random: Random): KnownChannel[] {
  const open = all.filter(({ channel, provider }) => {
    const value = channels.get(h.store, channel)
    const able = !agents.field(h.store, 'ejected', provider) || random.chance(0.05)
    return able && channelEnd(value) >= h.now && value.deposit > value.cumulative
  })
  const first = pickOf(random, open)
  if (first === undefined) return []
  const same = open.filter(({ model, provider }) => model === first.model && provider === first.provider)
  return same.filter((channel) => channel === first || random.chance(0.6)).slice(0, 4)
}

/** Sells up to three outputs on each of these channels; gives the honest body of that, with everything around it. */
function sellSome(model: Model, random: Random, chosen: readonly KnownChannel[]): Scenario {
  const { h } = model
  const known = model.models.find(({ model: id }) => id === chosen[0]!.model)!
  for (const channel of chosen) {
    const { deposit, cumulative } = channels.get(h.store, channel.channel)
    const count = random.between(1, 3)
    for (let index = 0; index < count; index++) {
      const most = (deposit - cumulative) / BigInt(count)
      sell(channel, createOutput(random), random.pick([most / 2n, most / 10n, 0n, 1n]) % (most + 1n))
    }
  }
  const split = splits.field(h.store, 'data')
  const number = BigInt(paramNames.indexOf('specificBps'))
  const set = params.field(h.store, 'value', number)
  const rates = {
    marginBps: known.marginBps,
    dataBps: split === 0n ? 5_000n : split,
    specificBps: set === 0n ? devRules.params.specificBps.value : set,
  }
  const { corpus, plainCorpus, versions } = known
  const body = buildBody({
    ...rates,
    chainId: h.chainId,
    corpus: plainCorpus,
    channels: unsettled(chosen),
    trace: (output) => traceOutput(output, plainCorpus, corpus.find),
  })
  const [nobody] = model.people as [Model['people'][number]]
  return {
    h,
    versions,
    corpus,
    plainCorpus,
    model: { model: known.model, marginBps: known.marginBps, corpus: versions.map(({ version }) => version) },
    provider: { agent: chosen[0]!.provider, owner: nobody, controller: nobody },
    channels: chosen,
    rates,
    body,
    updates: signUpdates(h, body.updates, chosen),
  }
}

function createOutput(random: Random): Uint8Array {
  return concatBytes(...Array.from({ length: random.below(5) }, () => random.pick(phrases)))
}
