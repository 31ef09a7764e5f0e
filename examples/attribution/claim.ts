// A batch nobody refuted becomes final; contributors claim what their passages and their bytes earned, and withdraw it.
//   npx node examples/attribution/claim.ts [http://127.0.0.1:8545]
import { buildClaim, createDocTree, openDocument } from '../../attribution/kernel/claims.ts'
import type { Hash } from '../../core/hex.ts'
import { eventOf, protocolEvents } from '../../sdk/events.ts'
import { orNone } from '../../sdk/openings.ts'
import { nodeUrl } from '../connect.ts'
import { type Sale, sell, settle } from './channel.ts'
import { type Example, open, openExample } from './setup.ts'

export async function claimAll(example: Example, sale: Sale, batch: Hash): Promise<void> {
  const { wallet, reader, mined, pass, now, say } = example
  const anyone = wallet(9)
  const { deadline } = await reader.getBatch({ batch })
  await pass(Math.max(0, deadline - (await now()) + 1))
  const { specific, base, owner } = eventOf(await mined(await anyone.finalizeBatch({ batch })), 'BatchFinalized')
  say(`final: ${open(specific)} for passages, ${open(base)} for bytes, ${open(owner)} for model owners`)

  // For passages: a contribution's entries lie side by side in the ledger, so four openings show all of them.
  const { documents, version } = sale.input.corpus[0]!
  const claims = documents.flatMap(({ contribution }) => {
    const built = buildClaim(sale.body, contribution)
    if (built === undefined) return []
    const { previous, first, last, next } = built.openings
    return [{ batch, previous: orNone(previous), first, last, next: orNone(next) }]
  })
  const receipt = await mined(await anyone.claim({ claims }))
  for (const event of protocolEvents(receipt)) {
    if (event.name === 'SpecificClaimed') say(`${event.args.owner} earned ${open(event.args.amount)} by passages`)
  }

  // For bytes: every document of the version, whether it was quoted or not.
  const tree = createDocTree(documents)
  for (const index of documents.keys()) {
    const { entry, next } = openDocument(tree, index)
    const claimed = await mined(await anyone.claimBase({ version, document: entry, next: orNone(next) }))
    const { owner: contributor, amount } = eventOf(claimed, 'BaseClaimed')
    say(`${contributor} earned ${open(amount)} by bytes`)
  }

  for (const [account, role] of [
    [1, 'contributor'],
    [4, "parent's owner"],
    [5, "model's owner"],
    [6, 'provider'],
  ] as const) {
    const { amount } = eventOf(await mined(await wallet(account).withdraw()), 'Withdrawn')
    say(`the ${role} withdrew ${open(amount)}`)
  }
}

if (import.meta.main) {
  const example = openExample(await nodeUrl())
  const sale = await sell(example)
  await claimAll(example, sale, await settle(example, sale))
}
