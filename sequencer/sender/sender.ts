import { createAlarm } from '../alarm.ts'
import { createSerial } from '../production/serial.ts'
import { createAttempts } from './attempts.ts'
import { cancelRequest } from './cancel.ts'
import type { Entry } from './entry.ts'
import { type BeginRefusal, type Flight, type Sender, type SenderOptions, senderTroubles } from './flight.ts'
import { createMemoryJournal, openSendJournal, type SendJournal } from './journal.ts'
import { choosePrice } from './price.ts'
import { createReconciler } from './reconcile.ts'
import type { Load, SendRequest, TxKind } from './request.ts'

export type { BeginRefusal, Flight, Sender, SenderOptions, SenderStatus, SenderTrouble } from './flight.ts'

/** Opens the journal and goes on where it ends. Throws the fatal NodeErrors of the journal. */
export async function openSender(options: SenderOptions): Promise<Sender> {
  const { sign, l1ChainId, journalPath, log } = options
  if (options.journal !== undefined) return createSender(options, options.journal)
  if (journalPath === undefined) return createSender(options, createMemoryJournal())
  const { journal, damaged } = await openSendJournal(journalPath, { chainId: l1ChainId, address: sign.address })
  if (damaged > 0) log.warn({ path: journalPath, damaged }, 'damaged journal of sent L1 transactions put aside')
  return createSender(options, journal)
}

/** A price that L1 refuses is raised after this, not only after `resubmitMs`. */
const hurryMs = 5_000

/** About one nonce, since when. */
type Since = { readonly nonce: bigint; readonly sinceMs: number }

function createSender(options: SenderOptions, journal: SendJournal): Sender {
  const { wallet, sign, sidecars: form, clock, log, limits } = options
  const { address } = sign
  const alarm = createAlarm(senderTroubles, { clock, log })
  const serial = createSerial()
  const { reconcile, prune, counts: landings } = createReconciler(options, journal)
  const { first, replace, offer, offered, counts } = createAttempts(options, { journal, alarm, balance })
  let balanceWei: bigint | undefined
  /** What one answer of a provider that may lag is not enough for. */
  let doubt: Since | undefined
  let foreign: Since | undefined
  let displaced: bigint | undefined

  /** The lowest nonce whose outcome is not known or not dealt with. */
  const current = () => journal.entries().find(({ landed, acknowledged }) => landed === undefined || !acknowledged)
  const elapsed = (sinceMs: number) => clock.nowMs() - sinceMs
  const cancellation = (kind: TxKind, { attempts }: Entry) => ({
    request: cancelRequest(kind, { self: address, form, memo: attempts.at(-1)!.memo }),
    isRequest: false,
  })

  async function balance(): Promise<bigint> {
    balanceWei = await wallet.balance(address)
    return balanceWei
  }

  /** Whether L1 has told for long enough that this is the account's next nonce. */
  function isSure(nonce: bigint): boolean {
    if (doubt?.nonce !== nonce) doubt = { nonce, sinceMs: clock.nowMs() }
    return elapsed(doubt.sinceMs) >= limits.disbeliefMs
  }

  /** What has the account's next nonce: offers it again, or bids more, or gives it up. */
  async function push(entry: Entry): Promise<void> {
    const { nonce, content, attempts, attemptMs, startedMs } = entry
    const { hash, isRequest } = attempts.at(-1)!
    const last = offered(entry)
    if (last === undefined) return alarm.set(await offer(entry), { nonce, hash })

    let refusal: BeginRefusal | undefined
    if (last.refused === 'other_kind_pending') {
      // Something from elsewhere blocks this kind; only one of its own kind gets it out of the way.
      if (elapsed(attemptMs) >= limits.foreignMs) {
        refusal = await replace(entry, cancellation(content.kind === 'call' ? 'blobs' : 'call', entry))
        if (refusal === undefined) return
      }
    } else if (elapsed(attemptMs) >= patience(last.refused)) {
      refusal = await replace(entry)
      if (refusal === undefined) return
      const isLate = isRequest && elapsed(startedMs) >= limits.cancelAfterMs
      if (isLate && (await replace(entry, cancellation(content.kind, entry))) === undefined) return
    }
    const trouble = elapsed(last.atMs) >= limits.rebroadcastMs ? await offer(entry) : last.refused
    alarm.set(isPrice(refusal) ? refusal : (trouble ?? pricing()), { nonce, hash, balanceWei })
  }

  function patience(refused: string | undefined): number {
    const wantsMore = refused === 'underpriced' || refused === 'replacement_underpriced'
    return wantsMore ? hurryMs : limits.resubmitMs
  }

  /** What the last replacement failed for, until one succeeds. */
  function pricing(): 'fee_cap' | 'insufficient_funds' | undefined {
    const code = alarm.current()
    return isPrice(code) ? code : undefined
  }

  function describe(entry: Entry): Flight {
    const { content, landed, startedMs: sinceMs } = entry
    const { kind } = content
    const { isRequest, memo, hash } = entry.attempts.find((one) => one.hash === landed?.hash) ?? entry.attempts.at(-1)!
    if (landed !== undefined) return { state: 'landed', kind, isRequest, memo, hash, receipt: landed.receipt }
    if (entry.nonce === displaced) return { state: 'displaced', memo }
    return { state: 'pending', kind, isRequest, memo, sinceMs }
  }

  async function poll(): Promise<Flight> {
    await prune()
    if (journal.entries().length === 0) return { state: 'idle' }
    const next = await wallet.nonce(address, 'latest')
    await reconcile(next)
    const entry = current()
    if (entry === undefined) return { state: 'idle' }
    if (entry.landed !== undefined) {
      doubt = undefined
      alarm.set(undefined)
      return describe(entry)
    }
    if (entry.nonce === next) {
      doubt = undefined
      displaced = undefined
      await push(entry)
    } else if (isSure(next)) {
      displaced = entry.nonce
      alarm.set(entry.nonce > next ? 'nonce_gap' : 'displaced', { nonce: entry.nonce, next })
    } else displaced = undefined
    return describe(current()!)
  }

  /** The account's next nonce, if a transaction of this kind may take it. */
  async function nextNonce(kind: TxKind): Promise<bigint | BeginRefusal> {
    const [next, pending] = await Promise.all([wallet.nonce(address, 'latest'), wallet.nonce(address, 'pending')])
    const retained = journal.entries()
    if (retained.some(({ nonce }) => nonce >= next)) return 'l1_behind'
    const isOther = retained.some(
      ({ content, landed }) => content.kind !== kind && elapsed(landed!.atMs) < limits.settleMs,
    )
    if (isOther) return 'settling'
    if (pending <= next) {
      foreign = undefined
      if (alarm.current() === 'foreign_pending') alarm.set(undefined)
      return next
    }
    if (foreign?.nonce !== next) foreign = { nonce: next, sinceMs: clock.nowMs() }
    if (elapsed(foreign.sinceMs) >= limits.foreignMs) return next
    alarm.set('foreign_pending', { next, pending })
    return 'foreign_pending'
  }

  async function begin(request: SendRequest): Promise<BeginRefusal | undefined> {
    if (current() !== undefined) return 'busy'
    const nonce = await nextNonce(request.kind)
    if (typeof nonce === 'string') return nonce
    const refusal = await first(nonce, { request, isRequest: true })
    if (isPrice(refusal)) alarm.set(refusal, { balanceWei })
    return refusal
  }

  async function check(load: Load): Promise<BeginRefusal | undefined> {
    if (current() !== undefined) return 'busy'
    const nonce = await nextNonce(load.kind)
    if (typeof nonce === 'string') return nonce
    const [fees, funds] = await Promise.all([wallet.fees(), balance()])
    const price = choosePrice({ load, fees, previous: undefined, balance: funds, limits })
    if (typeof price !== 'string') return undefined
    alarm.set(price, { balanceWei })
    return price
  }

  async function supersede(request: SendRequest | undefined): Promise<BeginRefusal | undefined> {
    const entry = current()
    if (entry === undefined || entry.landed !== undefined) return 'busy'
    const { kind } = entry.content
    if (request === undefined) return replace(entry, cancellation(kind, entry))
    return request.kind === kind ? replace(entry, { request, isRequest: true }) : 'busy'
  }

  async function acknowledge(): Promise<void> {
    const entry = current()
    if (entry?.landed !== undefined) return journal.put({ ...entry, acknowledged: true })
    if (entry === undefined || entry.nonce !== displaced) return
    displaced = undefined
    await journal.remove(entry.nonce)
  }

  return {
    address,
    check: (load) => serial(() => check(load)),
    begin: (request) => serial(() => begin(request)),
    poll: () => serial(poll),
    supersede: (request) => serial(() => supersede(request)),
    cancel: () => serial(() => supersede(undefined)),
    acknowledge: () => serial(acknowledge),
    balance: () => serial(balance),
    status() {
      const entry = current()
      const isPending = entry !== undefined && entry.landed === undefined
      const { attempts = [], nonce = 0n, startedMs: sinceMs = 0 } = entry ?? {}
      const flight = { nonce, attempts: attempts.length, sinceMs }
      const inFlight = isPending ? { ...flight, kind: entry.content.kind, hash: attempts.at(-1)!.hash } : undefined
      return { address, balanceWei, trouble: alarm.current(), inFlight, ...counts(), ...landings() }
    },
  }
}

function isPrice(code: string | undefined): code is 'fee_cap' | 'insufficient_funds' {
  return code === 'fee_cap' || code === 'insufficient_funds'
}
