import assert from 'node:assert/strict'
import { protocol } from '../../../attribution/native/addresses.ts'
import { buckets } from '../../../attribution/native/money.ts'
import type { Fields, Key, RecordTable } from '../../../attribution/native/record.ts'
import { agents } from '../../../attribution/storage/agents.ts'
import { contributions, versions } from '../../../attribution/storage/datanets.ts'
import { models } from '../../../attribution/storage/models.ts'
import {
  balances,
  basePools,
  batches,
  batchStatus,
  channels,
  credits,
} from '../../../attribution/storage/settlement.ts'
import { demandStatus, demands } from '../../../attribution/storage/traces.ts'
import type { Address, Hash } from '../../../core/hex.ts'
import { bytesToBigint } from '../../../core/hex.ts'
import { predeploys } from '../../../core/predeploys.ts'
import { senders } from '../../state/testChain.ts'
import type { Event, Harness, Outcome } from '../harness.ts'

/** The protocol's books, kept by what its events say exists. */
export type Books = {
  /** Takes note of a call that succeeded. */
  note(outcome: Outcome): void
  /**
   * Asserts that all is exact: the account's balance is the sum of the buckets, each bucket is the sum of its details,
   * every agent answers for the margins of its own batches, no channel spent more than it has or less than before, no OPEN
   * came or went.
   */
  check(): void
}

/** Reads one number of one object, again and again: its slot is computed once. */
type Read = () => bigint

/** Books over a harness from its beginning. */
export function openBooks(h: Harness): Books {
  const { world } = h
  const supply = supplyOf(h)
  const known = new Set<string>()
  const bucketReads = buckets.map((bucket) => reader(balances, bucket))
  const stakes: Read[] = []
  const credited: Read[] = []
  const bonds: Read[] = []
  /** What each pool has to hold by what came in and went out. */
  const pools = new Map<Hash, { readonly held: Read; left: bigint }>()
  const openBatches: { status: Read; margin: Read; author: Read }[] = []
  const openMargins = new Map<bigint, Read>()
  const openChannels: { deposit: Read; cumulative: Read; spent: bigint }[] = []
  const heldDemands: { status: Read; bond: Read }[] = []
  let insurance = 0n

  function reader<F extends Fields>(table: RecordTable<F>, name: keyof F & string, ...keys: readonly Key[]): Read {
    const { slot, shift, bits } = table.place(name, ...keys)
    const { address } = table
    const mask = (1n << bits) - 1n
    return () => (bytesToBigint(world.storage(address, slot)) >> shift) & mask
  }

  /** True the first time. */
  function isNew(kind: string, id: unknown): boolean {
    const key = `${kind} ${id}`
    if (known.has(key)) return false
    known.add(key)
    return true
  }

  function changePool(id: unknown, wei: unknown): void {
    const pool = pools.get(id as Hash)!
    pool.left += wei as bigint
    assert(pool.left >= 0n, 'claims never exceed a pool')
  }

  /** Margins of batches that are not final; each agent answers for those whose roots are its. */
  function checkMargins(): bigint {
    const answered = new Map<bigint, bigint>()
    let margins = 0n
    for (const { status, margin, author } of openBatches) {
      if (status() === batchStatus.final) continue
      margins += margin()
      answered.set(author(), (answered.get(author()) ?? 0n) + margin())
    }
    for (const [agent, read] of openMargins)
      assert.equal(read(), answered.get(agent) ?? 0n, 'what an agent answers for')
    return margins
  }

  const noted: Readonly<Record<string, (args: Event['args']) => void>> = {
    Credited({ account }) {
      if (isNew('account', account)) credited.push(reader(credits, 'wei', account as Address))
    },
    AgentRegistered({ agent }) {
      const id = agent as Hash
      if (!isNew('agent', id)) return
      stakes.push(reader(agents, 'stake', id), reader(agents, 'unbonding', id))
      openMargins.set(BigInt(id), reader(agents, 'openMargin', id))
    },
    ContributionCommitted({ contribution }) {
      if (isNew('contribution', contribution)) bonds.push(reader(contributions, 'bond', contribution as Hash))
    },
    VersionPublished({ version }) {
      const id = version as Hash
      if (!isNew('version', id)) return
      bonds.push(reader(versions, 'bond', id))
      pools.set(id, { held: reader(basePools, 'pool', id), left: 0n })
    },
    ModelRegistered({ model }) {
      if (isNew('model', model)) bonds.push(reader(models, 'bond', model as Hash))
    },
    ChannelOpened({ channel }) {
      const id = channel as bigint
      if (!isNew('channel', id)) return
      const [deposit, cumulative] = [reader(channels, 'deposit', id), reader(channels, 'cumulative', id)]
      openChannels.push({ deposit, cumulative, spent: 0n })
    },
    BatchSettled({ batch }) {
      const id = batch as Hash
      if (!isNew('batch', id)) return
      const [status, margin, author] = (['status', 'margin', 'author'] as const).map((name) =>
        reader(batches, name, id),
      )
      openBatches.push({ status: status!, margin: margin!, author: author! })
      pools.set(id, { held: reader(batches, 'pool', id), left: 0n })
      bonds.push(reader(batches, 'slashed', id), reader(batches, 'repairReward', id))
    },
    BatchFinalized({ batch, ...parts }) {
      // Everything that a margin was is one of its parts.
      const amounts = Object.values(parts as Readonly<Record<string, bigint>>)
      assert.equal(sum(amounts), batches.field(h.store, 'margin', batch as Hash), 'the parts of a margin')
      insurance += parts.insurance as bigint
      changePool(batch, parts.specific)
    },
    BaseAdded: ({ version, toContributors }) => changePool(version, toContributors),
    SpecificClaimed: ({ batch, amount }) => changePool(batch, -(amount as bigint)),
    BaseClaimed: ({ version, amount }) => changePool(version, -(amount as bigint)),
    BatchExpired({ batch, burned }) {
      changePool(batch, -(burned as bigint))
      assert.equal(pools.get(batch as Hash)!.left, 0n, 'an expired batch has nothing left')
    },
    Demanded({ demand }) {
      const id = demand as Hash
      if (isNew('demand', id))
        heldDemands.push({ status: reader(demands, 'status', id), bond: reader(demands, 'bond', id) })
    },
    AgentSlashed({ taken }) {
      insurance += taken as bigint
    },
    InsurancePaid({ amount }) {
      insurance -= amount as bigint
    },
  }

  return {
    note(outcome) {
      if (!outcome.ok) return
      for (const { name, args } of outcome.events) noted[name]?.(args)
    },
    check() {
      const held = Object.fromEntries(buckets.map((bucket, index) => [bucket, bucketReads[index]!()]))
      assert.equal(h.balance(protocol.settlement), sum(Object.values(held)), 'balance and buckets')
      let deposits = 0n
      for (const channel of openChannels) {
        const [deposit, cumulative] = [channel.deposit(), channel.cumulative()]
        assert(
          cumulative >= channel.spent && cumulative <= deposit,
          'what a channel spends only grows, up to its deposit',
        )
        channel.spent = cumulative
        deposits += deposit - cumulative
      }
      const details = {
        deposits,
        margins: checkMargins(),
        credits: total(credited),
        pools: sum([...pools.values()].map(({ left }) => left)),
        stakes: total(stakes),
        bonds:
          total(bonds) + sum(heldDemands.map(({ status, bond }) => (status() === demandStatus.open ? bond() : 0n))),
        insurance,
      }
      for (const { held, left } of pools.values()) assert.equal(held(), left, 'a pool')
      const { burns, ...rest } = held
      assert.deepEqual(rest, details, 'each bucket is the sum of its details')
      assert(burns! >= 0n)
      assert.equal(supplyOf(h), supply, 'supply')
    },
  }
}

/** All OPEN: whoever else gets some is one of these. */
function supplyOf(h: Harness): bigint {
  return sum(holders.map((account) => h.balance(account)))
}

const holders = [...new Set([...senders, ...Object.values(predeploys), ...Object.values(protocol)])]

function total(reads: readonly Read[]): bigint {
  let wei = 0n
  for (const read of reads) wei += read()
  return wei
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((left, right) => left + right, 0n)
}
