import { buildClaim, createDocTree, openDocument } from '../../../attribution/kernel/claims.ts'
import { encodeEntry } from '../../../attribution/kernel/leaves.ts'
import { createTree } from '../../../attribution/kernel/merkle.ts'
import { batchStatus } from '../../../attribution/storage/settlement.ts'
import { NodeError } from '../../../core/errors.ts'
import type { Hash, Hex } from '../../../core/hex.ts'
import { batchIdOf } from '../../../sdk/batch.ts'
import { protocolError } from '../../../sdk/errors.ts'
import { eventOf, protocolEvents } from '../../../sdk/events.ts'
import { orNone } from '../../../sdk/openings.ts'
import { exitCodes } from '../exit.ts'
import { openText } from '../openText.ts'
import type { Context } from '../verb.ts'
import { batchStatusText, findBatch, readBatchFile } from './batch.ts'
import { refused, usage } from './failure.ts'
import { parseAccount, parseId, parseOpen } from './parse.ts'
import { type Session, withChain } from './session.ts'
import { countText, factsText, reportTransaction, whenText } from './text.ts'
import { readVersionFile } from './version.ts'

/** Claims of one transaction. */
const claimsAtOnce = 32

/** `openledger claim specific`: credits the contributors of a final batch with what their passages earned. */
export async function claimSpecific(context: Context): Promise<number> {
  const { args, own, out } = context
  const file = readBatchFile(args[0]!)
  const only = typeof own.contribution === 'string' ? parseId('--contribution', own.contribution) : undefined
  const batch = batchIdOf(file)
  const ledger = createTree(file.ledger.map(encodeEntry))
  return await withChain(context, async (session) => {
    const { reader, wallet, mined } = session
    const ledgerRoot = await finalLedger(session, batch, args[0]!)
    if (ledgerRoot !== ledger.root)
      throw refused('the ledger of the file is not that of the batch', 'get the file of whoever repaired the batch')
    const contributions = [...new Set(file.ledger.map(({ contribution }) => contribution))]
    if (contributions.length === 0) throw refused('no passages were attributed in this batch', usualClaimFix)
    const wanted = contributions.filter((each) => only === undefined || each === only)
    if (wanted.length === 0) throw refused(`the batch attributes no passage to contribution ${only}`, usualClaimFix)
    const claims = []
    for (const contribution of wanted) {
      const { previous, first, last, next } = buildClaim(
        { entries: file.ledger, trees: { ledger } },
        contribution,
      )!.openings
      if (await reader.isClaimed({ batch, entry: first.index })) continue
      claims.push({ batch, previous: orNone(previous), first, last, next: orNone(next) })
    }
    if (claims.length === 0) throw refused('all of it is claimed already', withdrawFix)
    const now = claims.slice(0, claimsAtOnce)
    const receipt = await mined(await (await wallet()).claim({ claims: now }))
    const paid = protocolEvents(receipt).flatMap((event) => (event.name === 'SpecificClaimed' ? [event.args] : []))
    const rest = claims.length - now.length
    const lines = factsText(paid.map(({ owner, amount }) => [owner, openText(amount)]))
    const more = rest === 0 ? '' : `\n${rest} more wait: run it again`
    const text = `Credited ${countText(paid.length, 'contribution')}; ${withdrawFix}\n${lines}${more}`
    reportTransaction(out, receipt, text, { id: batch, batch, paid, rest })
    return exitCodes.ok
  })
}

/** `openledger claim base`: credits the contributors of a version with what its bytes have earned. */
export async function claimBase(context: Context): Promise<number> {
  const { args, own, out } = context
  const { version, documents, docRoot } = readVersionFile(args[0]!)
  const only = typeof own.contribution === 'string' ? parseId('--contribution', own.contribution) : undefined
  const tree = createDocTree(documents)
  if (tree.root !== docRoot) throw refused('the documents of the file are not those of its root', 'get the file again')
  if (only !== undefined && documents.every(({ contribution }) => contribution !== only))
    throw refused(`contribution ${only} is not in this version`, '`openledger datanet show` has the version of a file')
  return await withChain(context, async (session) => {
    const caller = await session.wallet()
    const paid = []
    for (const [index, { contribution }] of documents.entries()) {
      if (only !== undefined && contribution !== only) continue
      const { entry, next } = openDocument(tree, index)
      const claim = caller.claimBase({ version, document: entry, next: orNone(next) })
      const hash = await unlessClaimed(claim)
      if (hash !== undefined) paid.push(await paidBy(session, hash))
    }
    if (paid.length === 0) {
      const { perByte } = await session.reader.basePool({ version })
      throw perByte === 0n
        ? refused('the bytes of this version have earned nothing yet', usualClaimFix)
        : refused('all that its bytes earned is claimed already', withdrawFix)
    }
    const lines = paid.map(
      ({ owner, amount, transaction }) => [owner, `${openText(amount)}, transaction ${transaction}`] as const,
    )
    out.result(`Credited ${countText(paid.length, 'contribution')}; ${withdrawFix}\n${factsText(lines)}`, {
      id: version,
      version,
      paid,
    })
    return exitCodes.ok
  })
}

/** `openledger claim withdraw`: pays credit out. */
export async function claimWithdraw(context: Context): Promise<number> {
  const { own, out } = context
  const given = typeof own.amount === 'string' ? parseOpen('--amount', own.amount) : undefined
  const to = typeof own.to === 'string' ? parseAccount('--to', own.to) : undefined
  return await withChain(context, async ({ reader, wallet, mined }) => {
    const owner = await wallet()
    const { address } = owner.account
    const credit = await reader.creditOf({ account: address })
    if (credit === 0n) throw refused(`${address} has no credit`, '`openledger claim specific` and `base` make it')
    const amount = given ?? credit
    if (amount > credit)
      throw refused(
        `${openText(amount)} are more than the credit of ${address}`,
        `${openText(credit)} can be withdrawn`,
      )
    const receipt = await mined(await owner.withdrawTo({ to: to ?? address, amount }))
    reportTransaction(out, receipt, `Paid ${openText(amount)} to ${to ?? address}`, { to: to ?? address, amount })
    return exitCodes.ok
  })
}

/** `openledger claim show`: what an account can withdraw. */
export async function claimShow(context: Context): Promise<number> {
  const given = context.args[0]
  return await withChain(context, async ({ reader, wallet }) => {
    const account = given === undefined ? (await ownWallet(wallet)).account.address : parseAccount('[account]', given)
    const credit = await reader.creditOf({ account })
    context.out.result(`${account} can withdraw ${openText(credit)}`, { id: account, account, credit })
    return exitCodes.ok
  })
}

async function unlessClaimed(sending: Promise<Hex>): Promise<Hex | undefined> {
  try {
    return await sending
  } catch (thrown) {
    if (protocolError(thrown)?.name === 'AlreadyClaimed') return undefined
    throw thrown
  }
}

async function paidBy({ mined }: Session, hash: Hex) {
  const { owner, contribution, amount } = eventOf(await mined(hash), 'BaseClaimed')
  return { owner, contribution, amount, transaction: hash }
}

const usualClaimFix = 'batches after it may earn more: claim those, or `openledger claim base` for bytes'
const withdrawFix = '`openledger claim withdraw` pays what was credited'

/** The ledger root of a batch, once it can be claimed from. */
async function finalLedger(session: Session, batch: Hash, path: string): Promise<Hash> {
  const found = await findBatch(session, batch)
  if (found === undefined)
    throw refused(`${path} is not settled yet (batch ${batch})`, `\`openledger settle batch ${path}\``)
  if (BigInt(found.status) === batchStatus.final) return found.ledgerRoot
  const status = batchStatusText(found.status)
  const when = whenText(found.deadline, await session.now())
  throw refused(
    `batch ${batch} is not final, it is ${status}`,
    `\`openledger settle finalize ${batch}\` after its deadline, ${when}`,
  )
}

/** A view needs no key where the address is given. */
async function ownWallet(wallet: Session['wallet']) {
  try {
    return await wallet()
  } catch (thrown) {
    if (!(thrown instanceof NodeError) || thrown.code !== 'usage') throw thrown
    const fix = 'give the address, `openledger claim show 0x…`, or --dev 1 on a development chain'
    throw usage(thrown.message, fix)
  }
}
