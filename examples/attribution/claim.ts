// A batch nobody refuted becomes final; contributors claim what their passages and their bytes earned, and withdraw it.
//   npx node examples/attribution/claim.ts [http://127.0.0.1:8545]
import { buildClaim, createDocTree, openDocument } from '../../attribution/kernel/claims.ts'
import type { Hash } from '../../core/hex.ts'
import { eventOf, protocolEvents } from '../../sdk/events.ts'
import { orNone } from '../../sdk/openings.ts'
import { nodeUrl } from '../connect.ts'
import { type Sale, sell, settle } from './channel.ts'
import { type Example, open, openExample } from './setup.ts'

/** The people of the examples, by account. */
export const roles = [
  'curator',
  'contributor 1',
  'contributor 2',
  'contributor 3',
  "parent's owner",
  "model's owner",
  'provider',
  'payer',
  'challenger',
  'repairer',
] as const

export async function claimAll(example: Example, sale: Sale, batch: Hash): Promise<void> {
  await finalize(example, batch)
  await claimPassages(example, sale, batch)
  await claimBytes(example, sale)
  await withdrawAll(example)
}

/** After the deadline anyone may split the margin. */
export async function finalize({ wallet, reader, mined, until, say }: Example, batch: Hash): Promise<void> {
  const { deadline } = await reader.getBatch({ batch })
  await until(deadline + 1)
  const { specific, base, owner } = eventOf(await mined(await wallet(9).finalizeBatch({ batch })), 'BatchFinalized')
  say(`final: ${open(specific)} for passages, ${open(base)} for bytes, ${open(owner)} for model owners`)
}

/** For passages: a contribution's entries lie side by side in the ledger, so four openings show all of them. */
export async function claimPassages({ wallet, mined, say }: Example, sale: Sale, batch: Hash): Promise<void> {
  const claims = sale.version.documents.flatMap(({ contribution }) => {
    const built = buildClaim(sale.body, contribution)
    if (built === undefined) return []
    const { previous, first, last, next } = built.openings
    return [{ batch, previous: orNone(previous), first, last, next: orNone(next) }]
  })
  const receipt = await mined(await wallet(9).claim({ claims }))
  for (const event of protocolEvents(receipt)) {
    if (event.name === 'SpecificClaimed') say(`${event.args.owner} earned ${open(event.args.amount)} by passages`)
  }
}

/** For bytes: every document of the version, whether it was quoted or not. */
export async function claimBytes({ wallet, mined, say }: Example, { version }: Sale): Promise<void> {
  const tree = createDocTree(version.documents)
  for (const index of version.documents.keys()) {
    const { entry, next } = openDocument(tree, index)
    const openings = { version: version.version, document: entry, next: orNone(next) }
    const { owner, amount } = eventOf(await mined(await wallet(9).claimBase(openings)), 'BaseClaimed')
    say(`${owner} earned ${open(amount)} by bytes`)
  }
}

/** On a chain that was used before: takes out older credit, so that what is withdrawn later was earned in this example. */
export async function clearCredit(example: Example): Promise<void> {
  await withdrawAll({ ...example, say: () => {} })
}

/** Everybody who has credit takes it out. */
export async function withdrawAll({ wallet, reader, mined, say }: Example): Promise<void> {
  for (const [index, role] of roles.entries()) {
    const owner = wallet(index)
    if ((await reader.creditOf({ account: owner.account.address })) === 0n) continue
    const { amount } = eventOf(await mined(await owner.withdraw()), 'Withdrawn')
    say(`the ${role} withdrew ${open(amount)}`)
  }
}

if (import.meta.main) {
  const example = openExample(await nodeUrl())
  await clearCredit(example)
  const sale = await sell(example)
  await claimAll(example, sale, await settle(example, sale))
}
