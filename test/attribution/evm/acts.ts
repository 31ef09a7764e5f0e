import { buildClaim, openDocument } from '../../../attribution/kernel/claims.ts'
import { encodeEntry, type LedgerEntry } from '../../../attribution/kernel/leaves.ts'
import { compareEntries } from '../../../attribution/kernel/ledger.ts'
import { marginOf, specificPart } from '../../../attribution/kernel/margin.ts'
import { createTree, type Opening, type Tree } from '../../../attribution/kernel/merkle.ts'
import { splitAmount } from '../../../attribution/kernel/split.ts'
import { domainSeparator, packSignature, voucherDigest } from '../../../attribution/kernel/typedData.ts'
import { protocol } from '../../../attribution/native/addresses.ts'
import { shareBounds } from '../../../attribution/native/rules.ts'
import { channelEnd } from '../../../attribution/settlement/channels.ts'
import { agents } from '../../../attribution/storage/agents.ts'
import { models } from '../../../attribution/storage/models.ts'
import {
  batches,
  batchStatus,
  channelCounter,
  channels,
  credits,
  splits,
} from '../../../attribution/storage/settlement.ts'
import {
  type Address,
  bigintToFixed,
  bytesToHash,
  concatBytes,
  emptyBytes,
  type Hash,
  hexToBytes,
  zeroAddress,
} from '../../../core/hex.ts'
import { keccak256, keccakHash } from '../../../core/keccak.ts'
import { privateKeyToAddress, sign } from '../../../core/secp256k1.ts'
import { ether } from '../../state/testChain.ts'
import { inputOf, timelock, validatorVault } from '../harness.ts'
import type { Ready } from './performer.ts'
import type { Act, ActName } from './programs.ts'
import { actors, type Shop, sessionKeys } from './shop.ts'

const unknown = `0x${'ab'.repeat(32)}` as Hash
const absent: Opening = { index: 0n, data: emptyBytes, path: [] }

type Args = Readonly<Record<string, unknown>>
type Made = {
  readonly args: Args
  readonly from: Address
  readonly value?: bigint
  readonly done?: NonNullable<Ready['done']>
}
type Pick = (limit: number) => number
type Ledger = { readonly entries: readonly LedgerEntry[]; readonly trees: { readonly ledger: Tree } }

/** Makes calls of Settlement out of numbers, most of them such that they succeed at this moment. */
export function createActs({ h, registered, published }: Shop): (act: Act) => Ready {
  const batchIds: Hash[] = []
  const ledgers = new Map<Hash, Ledger>()
  const domain = domainSeparator(h.chainId)
  const channelCount = () => Number(channelCounter.field(h.store, 'count'))
  const allChannels = () => Array.from({ length: channelCount() }, (_, index) => BigInt(index + 1))
  const sessionAddresses = sessionKeys.map(privateKeyToAddress)

  /** A channel that exists, or one behind the last. */
  const someChannel = (pick: Pick) => BigInt(1 + pick(Math.max(1, channelCount()) + (pick(15) === 0 ? 1 : 0)))
  const payerOf = (channel: bigint): Address => {
    const { payer } = channels.get(h.store, channel)
    return payer === zeroAddress ? actors[0]! : payer
  }
  const stored = () => batchIds.map((id) => ({ id, ...batches.get(h.store, id) })).filter(({ status }) => status > 0n)
  const finals = () => stored().filter(({ status }) => status === batchStatus.final)
  const over = () => stored().filter(({ status, deadline }) => status === batchStatus.open && deadline < h.now)
  const old = () => finals().filter(({ finalizedAt, pool }) => finalizedAt + 3_600n < h.now && pool > 0n)
  /** Mostly one of these; else any, or one that does not exist. */
  const someBatch = (pick: Pick, fitting: readonly { readonly id: Hash }[]): Hash => {
    if (fitting.length > 0 && pick(8) > 0) return fitting[pick(fitting.length)]!.id
    return [...batchIds, unknown][pick(batchIds.length + 1)]!
  }
  /** Mostly one that can withdraw something. */
  const someCreditor = (pick: Pick): Address => {
    const rich = actors.filter((actor) => credits.field(h.store, 'wei', actor) > 0n)
    const among = rich.length > 0 && pick(6) > 0 ? rich : actors
    return among[pick(among.length)]!
  }

  /** What has nothing to work on yet is replaced by what makes something, mostly. */
  const possible = (name: ActName, pick: Pick): ActName => {
    if (pick(12) === 0) return name
    if (old().length > 0 && pick(4) === 0) return 'expireBatch'
    if (name === 'expireBatch' && old().length === 0) return finals().length > 0 ? 'claim' : 'finalizeBatch'
    if (['claim', 'claimBase'].includes(name) && finals().length === 0) return possible('finalizeBatch', pick)
    if (name === 'finalizeBatch' && over().length === 0) return 'settleBatch'
    const poor = actors.every((actor) => credits.field(h.store, 'wei', actor) === 0n)
    return poor && ['withdraw', 'withdrawTo', 'sweepFor'].includes(name) ? 'settleBatch' : name
  }

  const makers: Readonly<Record<ActName, (pick: Pick) => Made>> = {
    openChannel(pick) {
      const model = [...registered.models, ...registered.models, unknown][pick(7)]!
      const provider = [...registered.agents, registered.agents[0]!, unknown][pick(pick(8) === 0 ? 4 : 3)]!
      const sessionKey = pick(25) === 0 ? zeroAddress : sessionAddresses[pick(sessionAddresses.length)]!
      const lives = [0n, 5n, 100n, 1_000n, 10_000n, 10_000n, 100_000n, 2n ** 40n - 1n - h.now]
      const expiry = h.now + lives[pick(lives.length)]!
      const value = [ether / 100n - 1n, ether / 100n, ether, 30n * ether, 1_000n * ether][pick(5)]!
      return {
        args: { model, provider, sessionKey, isPrivate: pick(4) === 0, expiry },
        from: actors[pick(actors.length)]!,
        value,
      }
    },
    topUp(pick) {
      const channel = someChannel(pick)
      return { args: { channel }, from: payerOf(channel), value: [0n, 1n, ether, 77n * ether][pick(4)]! }
    },
    closeChannel(pick) {
      const channel = someChannel(pick)
      return { args: { channel }, from: payerOf(channel) }
    },
    reclaim(pick) {
      const ended = allChannels().filter((channel) => channelEnd(channels.get(h.store, channel)) < h.now)
      const channel = ended.length > 0 && pick(4) > 0 ? ended[pick(ended.length)]! : someChannel(pick)
      return { args: { channel }, from: actors[pick(actors.length)]! }
    },
    settleBatch: (pick) => makeBatch(pick),
    finalizeBatch(pick) {
      return { args: { batch: someBatch(pick, over()) }, from: actors[pick(actors.length)]! }
    },
    claim(pick) {
      const claims = Array.from({ length: 1 + (pick(3) === 0 ? pick(3) : 0) }, () => makeClaim(pick))
      return { args: { claims }, from: actors[pick(actors.length)]! }
    },
    claimBase(pick) {
      const { version, docTree, documents } = published[pick(published.length)]!
      const { entry, next = absent } = openDocument(docTree, pick(documents.length))
      const args = {
        version: pick(20) === 0 ? unknown : version,
        document: spoil(pick, entry),
        next: spoil(pick, next),
      }
      return { args, from: actors[pick(actors.length)]! }
    },
    expireBatch(pick) {
      return { args: { batch: someBatch(pick, old()) }, from: actors[pick(actors.length)]! }
    },
    withdraw(pick) {
      return { args: {}, from: someCreditor(pick) }
    },
    withdrawTo(pick) {
      const from = someCreditor(pick)
      const credit = credits.field(h.store, 'wei', from)
      const targets = [from, actors[pick(actors.length)]!, sessionAddresses[0]!, zeroAddress, protocol.settlement]
      const to = targets[pick(pick(6) === 0 ? 5 : 3)]!
      const amount = [credit, credit / 2n, 1n, credit + 1n, 0n, 2n ** 96n][pick(pick(5) === 0 ? 6 : 3)]!
      return { args: { to, amount }, from }
    },
    sweepFor(pick) {
      const accounts = [someCreditor(pick), someCreditor(pick), validatorVault, sessionAddresses[0]!]
      return { args: { account: accounts[pick(accounts.length)]! }, from: actors[pick(actors.length)]! }
    },
    setSplit(pick) {
      const shares = [
        [5_000n, 2_500n, 1_000n, 500n, 500n, 500n],
        [7_000n, 1_000n, 500n, 0n, 1_000n, 500n],
        [3_000n, 4_000n, 2_000n, 300n, 200n, 500n],
        [3_333n, 3_001n, 1_111n, 999n, 777n, 779n],
        [7_000n, 1_000n, 500n, 0n, 1_000n, 501n],
        [2_999n, 4_000n, 2_000n, 301n, 200n, 500n],
      ][pick(6)]!
      const [data, owner, validators, treasury, insurance, burn] = shares
      return { args: { split: { data, owner, validators, treasury, insurance, burn } }, from: timelock }
    },
  }

  function makeBatch(pick: Pick): Made {
    const { provider, model } = channels.get(h.store, someChannel(pick))
    const chosen = chooseChannels(pick, provider, model)
    const { marginBps, corpusSize } = models.get(h.store, model)
    let [receipts, margin] = [0n, 0n]
    const fault = pick(3) === 0 ? pick(12) : undefined
    const faulty = pick(Math.max(1, chosen.length))
    const updates = chosen.map((channel, index) => {
      const wrong = index === faulty ? fault : undefined
      const { sequence, cumulative, deposit, sessionKey } = channels.get(h.store, channel)
      const left = deposit > cumulative ? deposit - cumulative : 0n
      const falls = cumulative > 0n && pick(12) === 0
      const wei = wrong === 0 ? left + 1n : falls ? -1n : [left / 2n, left / 3n, 0n, 1n, left][pick(5)]!
      const count = wrong === 2 ? 0n : BigInt(1 + pick(3))
      const after = cumulative + wei
      receipts += count
      margin += marginOf(cumulative, after, marginBps)
      const voucher = { channel, sequence: sequence + count, cumulative: after, head: hashOf(channel, pick(3)) }
      const key = wrong === 3 ? pick(3) : Math.max(0, sessionAddresses.indexOf(sessionKey))
      const signed = packSignature(sign(hexToBytes(voucherDigest(domain, voucher)), sessionKeys[key]!))
      return { ...voucher, signature: wrong === 4 ? malleated(signed) : signed }
    })
    const { data } = currentShares()
    const specific = margin > 0n && corpusSize > 0n ? specificPart(margin, data, 5_000n) : 0n
    const ledger = makeLedger(pick, specific)
    const header = {
      provider: fault === 5 ? unknown : provider,
      model: fault === 6 ? unknown : model,
      receiptsRoot: hashOf(1n, pick(100)),
      ledgerRoot: ledger.trees.ledger.root,
      receipts: fault === 7 ? receipts + 1n : receipts,
      entries: BigInt(ledger.entries.length),
      credit: fault === 8 ? specific + 1n : fault === 9 ? ledger.credit / 2n : ledger.credit,
    }
    const packed = concatBytes(...updates.map(packUpdate))
    const cut = fault === 10 ? pick(Math.max(1, packed.length)) : packed.length
    const { owner, controller } = agents.get(h.store, provider)
    const operator = pick(2) === 0 ? owner : controller
    return {
      args: { header, updates: packed.subarray(0, cut) },
      from: actors.includes(operator) ? operator : actors[0]!,
      done({ ok, data }) {
        if (!ok) return
        const batch = bytesToHash(data)
        if (!ledgers.has(batch)) batchIds.push(batch)
        ledgers.set(batch, ledger)
      },
    }
  }

  function chooseChannels(pick: Pick, provider: Hash, model: Hash): readonly bigint[] {
    const own = allChannels().filter((channel) => {
      const value = channels.get(h.store, channel)
      return value.provider === provider && value.model === model && value.deposit > value.cumulative
    })
    const chosen = own.filter(() => pick(3) > 0)
    if (pick(20) === 0) chosen.push(someChannel(pick))
    if (pick(20) > 0) chosen.sort((a, b) => (a < b ? -1 : 1))
    return chosen
  }

  /** Entries of these contributions, whose wei sum up to the credit; sometimes to more, or with falling sums. */
  function makeLedger(pick: Pick, specific: bigint): Ledger & { readonly credit: bigint } {
    const count = pick(6)
    const credit = count === 0 ? 0n : (specific * BigInt(pick(11))) / 10n
    const parts = splitAmount(
      credit,
      Array.from({ length: count }, () => BigInt(1 + pick(9))),
    )
    const ids = registered.contributions
    const lie = pick(15)
    let prefix = 0n
    const entries = parts
      .map((wei, receipt) => ({ contribution: ids[pick(ids.length)]!, receipt, tile: pick(3), wei }))
      .sort(compareEntries)
      .map((entry) => {
        const before = prefix
        prefix += entry.wei + (lie === 0 ? 10n ** 18n : 0n)
        return { ...entry, prefix: lie === 1 ? credit - before : before }
      })
    return { entries, trees: { ledger: createTree(entries.map(encodeEntry)) }, credit }
  }

  function makeClaim(pick: Pick): Args {
    const batch = someBatch(pick, finals())
    const ledger = ledgers.get(batch)
    const listed = ledger?.entries.map(({ contribution }) => contribution) ?? []
    const ids = listed.length > 0 && pick(10) > 0 ? listed : registered.contributions
    const built = ledger && buildClaim(ledger, ids[pick(ids.length)]!)
    if (built === undefined) return { batch, previous: absent, first: absent, last: absent, next: absent }
    const { previous = absent, first, last, next = absent } = built.openings
    const openings = { previous, first, last, next }
    const name = (['previous', 'first', 'last', 'next'] as const)[pick(4)]!
    return { batch, ...openings, [name]: spoil(pick, openings[name]) }
  }

  function currentShares() {
    const set = splits.get(h.store)
    return set.data === 0n ? { data: shareBounds.data.value } : set
  }

  return ({ name: wanted, picks }) => {
    const pick = pickerOf(picks)
    const name = possible(wanted, pick)
    const { args, from, value = 0n, done } = makers[name](pick)
    return { name, data: inputOf(name, args).input, from, value, done }
  }
}

/** One opening in twelve is false: another leaf, an index off by one, a step too many, a step too few. */
function spoil(pick: Pick, opening: Opening): Opening {
  const { index, data, path } = opening
  switch (pick(48)) {
    case 0:
      return { index, data: data.map((byte) => byte ^ 1), path }
    case 1:
      return { index: index + 1n, data, path }
    case 2:
      return { index, data, path: [...path, unknown] }
    case 3:
      return { index, data, path: path.slice(1) }
    default:
      return opening
  }
}

/** A reproducible sequence of choices from a few numbers. */
function pickerOf(picks: readonly number[]): Pick {
  let state = concatBytes(...picks.map((pick) => bigintToFixed(BigInt(pick), 4)))
  return (limit) => {
    state = keccak256(state)
    return new DataView(state.buffer, state.byteOffset).getUint32(0) % limit
  }
}

function packUpdate(update: {
  readonly channel: bigint
  readonly sequence: bigint
  readonly cumulative: bigint
  readonly head: Hash
  readonly signature: Uint8Array
}): Uint8Array {
  const { channel, sequence, cumulative, head, signature } = update
  return concatBytes(
    bigintToFixed(channel, 6),
    bigintToFixed(sequence, 5),
    bigintToFixed(cumulative, 12),
    hexToBytes(head),
    signature,
  )
}

/** The same signature with the other s, which Ethereum's contracts refuse. */
function malleated(signature: Uint8Array): Uint8Array {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  const tail = BigInt(`0x${Buffer.from(signature.subarray(32)).toString('hex')}`)
  const s = order - (tail & (2n ** 255n - 1n))
  return concatBytes(signature.subarray(0, 32), bigintToFixed(s, 32))
}

function hashOf(...parts: readonly (bigint | number)[]): Hash {
  return keccakHash(concatBytes(...parts.map((part) => bigintToFixed(BigInt(part), 8))))
}
