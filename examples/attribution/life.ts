// The whole life of a dataset and a model: three contributors, a model with a parent, a staked agent, a channel, an
// honest batch, a false one that is refuted and repaired, claims, withdrawals. At the end: where each OPEN went.
//   npx node examples/attribution/life.ts [http://127.0.0.1:8545]
import type { Address } from 'viem'
import { protocol } from '../../attribution/native/addresses.ts'
import { predeploys } from '../../core/predeploys.ts'
import { paramNumbers } from '../../sdk/contracts.ts'
import { eventOf, type ProtocolEvent, protocolEvents } from '../../sdk/events.ts'
import { nodeUrl } from '../connect.ts'
import { openMarket, serve, settle } from './channel.ts'
import { claimBytes, claimPassages, clearCredit, finalize, roles, withdrawAll } from './claim.ts'
import { refute, repair, settleHidden } from './dispute.ts'
import { type Example, open, openExample } from './setup.ts'

export async function live(example: Example): Promise<void> {
  await clearCredit(example)
  const ledger = await openLedger(example)
  const { reader, pass, say } = ledger.example

  const market = await openMarket(ledger.example)
  const first = await serve(ledger.example, market)
  const honest = await settle(ledger.example, first)

  await pass(Number((await reader.paramNow({ param: paramNumbers.batchGapSec })).value))
  const second = await serve(ledger.example, market)
  const { batch: mended, hidden } = await settleHidden(ledger.example, second)
  await refute(ledger.example, second, mended, hidden)
  await repair(ledger.example, second, mended)

  for (const [batch, sale] of [
    [honest, first],
    [mended, second],
  ] as const) {
    await finalize(ledger.example, batch)
    await claimPassages(ledger.example, sale, batch)
  }
  await claimBytes(ledger.example, first)
  await takeBack(ledger.example, market.channel)
  await withdrawAll(ledger.example)

  say('')
  await ledger.print()
}

/** The payer gets what it did not spend: notice, then whatever is left of the deposit. */
async function takeBack({ wallet, mined, until, say }: Example, channel: bigint): Promise<void> {
  const { noticeEnd } = eventOf(await mined(await wallet(7).closeChannel({ channel })), 'ChannelNotice')
  await until(noticeEnd + 1)
  const { amount } = eventOf(await mined(await wallet(7).reclaim({ channel })), 'ChannelReclaimed')
  say(`the payer takes back ${open(amount)}`)
}

/** Watches all transactions of an example: what everybody had, paid for gas, and what moved inside the protocol. */
async function openLedger(example: Example) {
  const { reader, say, wallet } = example
  const people = roles.map((role, index) => ({ role, address: wallet(index).account.address }))
  const fees = new Map<Address, bigint>()
  const events: ProtocolEvent[] = []
  const watched: Example = {
    ...example,
    mined: async (hash) => {
      const receipt = await example.mined(hash)
      const payer = receipt.from.toLowerCase() as Address
      fees.set(payer, (fees.get(payer) ?? 0n) + receipt.gasUsed * receipt.effectiveGasPrice)
      events.push(...protocolEvents(receipt))
      return receipt
    },
  }
  // Nobody else is on this chain: all OPEN lies with the people, the protocol, or where gas is paid to.
  const holders = [protocol.settlement, predeploys.baseFeeVault, predeploys.sequencerFeeVault]
  const balanceOf = (address: Address) => reader.getBalance({ address })
  const total = async (addresses: readonly Address[]) => {
    let sum = 0n
    for (const address of addresses) sum += await balanceOf(address)
    return sum
  }
  const everywhere = () => total([...people.map(({ address }) => address), ...holders])
  const supply = await everywhere()
  const before = new Map<Address, bigint>()
  for (const { address } of people) before.set(address, await balanceOf(address))
  const { balance: held, ...heldFor } = await reader.invariants()

  async function print(): Promise<void> {
    say('who                gained or lost            of that gas')
    let sum = 0n
    for (const { role, address } of people) {
      const change = (await balanceOf(address)) - before.get(address)!
      const gas = fees.get(address.toLowerCase() as Address) ?? 0n
      sum += change
      say(`${role.padEnd(16)} ${amount(change)} ${amount(-gas)}`)
    }
    const kept = (await balanceOf(protocol.settlement)) - held
    const gas = [...fees.values()].reduce((all, wei) => all + wei, 0n)
    say(`${'the protocol'.padEnd(16)} ${amount(kept)}`)
    say(`${'gas'.padEnd(16)} ${amount(gas)}`)
    if (sum + kept + gas !== 0n) throw new Error(`${sum + kept + gas} wei are missing`)
    if ((await everywhere()) !== supply) throw new Error('the supply changed')
    say('it adds up to the wei')

    say('')
    say('what the protocol holds more than before')
    const { balance, ...buckets } = await reader.invariants()
    for (const [name, wei] of Object.entries(buckets))
      say(`${name.padEnd(16)} ${amount(wei - heldFor[name as keyof typeof heldFor])}`)
    const counted = Object.values(buckets).reduce((all, wei) => all + wei, 0n)
    if (counted !== balance) throw new Error('the counters do not sum to the balance')

    say('')
    say('how each OPEN went')
    for (const event of events) for (const line of await flowOf(reader, event)) say(line)
  }

  return { example: watched, print }
}

/** The movements of OPEN that an event tells of. */
async function flowOf(reader: Example['reader'], { name, args }: ProtocolEvent): Promise<readonly string[]> {
  switch (name) {
    case 'ContributionCommitted':
      return [flow(args.bond, 'contributor', 'bonds')]
    case 'VersionPublished':
      return [flow((await reader.getVersion({ version: args.version })).bond, 'curator', 'bonds')]
    case 'ModelRegistered':
      return [flow((await reader.getModel({ model: args.model })).bond, "model's owner", 'bonds')]
    case 'Staked':
      return [flow(args.amount, 'agent', 'stakes')]
    case 'ChannelOpened':
      return [flow(args.deposit, 'payer', 'deposits')]
    case 'BatchSettled':
      return [flow(args.compute, 'deposits', 'provider, for computing'), flow(args.margin, 'deposits', 'margins')]
    case 'BatchFinalized':
      return [
        flow(args.specific, 'margins', 'pool for passages'),
        flow(args.base, 'margins', 'pools for bytes, curators first'),
        flow(args.owner, 'margins', "the model's owner and its ancestors'"),
        flow(args.validators, 'margins', 'validators'),
        flow(args.treasury, 'margins', 'treasury'),
        flow(args.insurance, 'margins', 'insurance'),
        flow(args.burned, 'margins', 'burns'),
      ]
    case 'SpecificClaimed':
      return [flow(args.amount, 'pool for passages', args.owner)]
    case 'BaseClaimed':
      return [flow(args.amount, 'pools for bytes', args.owner)]
    case 'AuthorSlashed':
      return [flow(args.taken, 'stakes', 'bonds, slashed')]
    case 'RefuterPaid':
      return [flow(args.amount, 'bonds, slashed', 'the refuter; 5 % wait for the repairer, the rest is burned')]
    case 'ChannelReclaimed':
      return [flow(args.amount, 'deposits', 'payer')]
    case 'Withdrawn':
      return [flow(args.amount, 'credits', args.to)]
    default:
      return []
  }
}

function flow(wei: bigint, from: string, to: string): string {
  return `${amount(wei)}  ${from} -> ${to}`
}

function amount(wei: bigint): string {
  const sign = wei < 0n ? '-' : ''
  const digits = (wei < 0n ? -wei : wei).toString().padStart(19, '0')
  return `${sign}${digits.slice(0, -18)}.${digits.slice(-18)}`.padStart(24)
}

if (import.meta.main) await live(openExample(await nodeUrl()))
