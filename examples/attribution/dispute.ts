// A provider hides attributions. A challenger finds the one call that proves it, an honest agent repairs the batch.
//   npx node examples/attribution/dispute.ts [http://127.0.0.1:8545]
import { parseEther } from 'viem'
import { type Body, buildBody } from '../../attribution/kernel/body.ts'
import { claimBody, factsOf } from '../../attribution/kernel/build/claimed.ts'
import { headOf, knowCorpus, openVersion } from '../../attribution/kernel/build/corpus.ts'
import { answerReceipt } from '../../attribution/kernel/build/demand.ts'
import { findFault, isFault } from '../../attribution/kernel/build/refute.ts'
import type { Hash } from '../../core/hex.ts'
import { paramNumbers } from '../../sdk/contracts.ts'
import { eventOf } from '../../sdk/events.ts'
import { prepareRefutation } from '../../sdk/refutation.ts'
import { nodeUrl } from '../connect.ts'
import { registerAgent } from './agent.ts'
import { type Sale, sell, settle } from './channel.ts'
import { claimAll, clearCredit } from './claim.ts'
import { type Example, open, openExample, secret } from './setup.ts'

export async function dispute(example: Example): Promise<void> {
  await clearCredit(example)
  const sale = await sell(example)
  const { batch, hidden } = await settleHidden(example, sale)
  await demand(example, batch, hidden)
  await refute(example, sale, batch, hidden)
  await repair(example, sale, batch)
  await claimAll(example, sale, batch)
}

/** The same receipts, but a tracer that finds nothing: contributors would get no more than their base. */
export async function settleHidden(
  example: Example,
  sale: Sale,
): Promise<{ readonly batch: Hash; readonly hidden: Body }> {
  const hidden = buildBody({ ...sale.input, trace: () => [] })
  return { batch: await settle(example, { ...sale, body: hidden }), hidden }
}

/**
 * Another agent gives the right roots. Before, others may prove more until `answerSec` is over; then the earliest
 * commitment is paid.
 */
export async function repair(example: Example, sale: Sale, batch: Hash): Promise<void> {
  const { wallet, reader, mined, pass, say } = example
  await pass(Number((await reader.paramNow({ param: paramNumbers.answerSec })).value) + 1)
  const agent = await registerAgent(example, 9, parseEther('200'))
  const { receiptsRoot, ledgerRoot, ledgerCount: entries, credit } = sale.body.header
  const repaired = await wallet(9).repairBatch({ batch, agent, receiptsRoot, ledgerRoot, entries, credit })
  const { amount } = eventOf(await mined(repaired), 'RefuterPaid')
  say(`the challenger earned ${open(amount)}, and another agent gave the right roots`)
}

/** Whatever a provider does not show has to be shown on demand, or the batch ends as if it were refuted. */
async function demand({ wallet, reader, mined, say }: Example, batch: Hash, body: Body): Promise<void> {
  const { baseFeePerGas } = await reader.getBlock()
  const bond = 40_000n * 40n * (baseFeePerGas ?? 0n)
  // The base fee may rise until the call is included; what is too much is credited back.
  const asked = await wallet(8).demandReceipt({ batch, receipt: 0, value: 2n * bond })
  const { bond: taken } = eventOf(await mined(asked), 'Demanded')
  await mined(await wallet(6).answerReceipt({ batch, ...answerReceipt(body, 0) }))
  say(`a demand, bonded with ${open(taken)}, was answered: the receipt, its output and its traces are on the chain`)
}

/** The challenger needs the texts of the corpus and what the provider shows of the batch; it finds the call by itself. */
export async function refute({ wallet, mined, say }: Example, sale: Sale, batch: Hash, shown: Body): Promise<void> {
  const contents = [openVersion(sale.version)]
  const corpus = knowCorpus(contents.map(headOf), contents)
  const facts = factsOf(shown, { ...sale.input, isPrivate: () => false })
  const finding = findFault(claimBody(shown), corpus, facts)
  if (finding === undefined || !isFault(finding)) throw new Error('nothing false was found')

  // The commitment keeps others from copying the proof out of its transaction.
  const challenger = wallet(8)
  const refuter = challenger.account.address
  const { commitment, call } = prepareRefutation(finding, { subject: batch, refuter, salt: secret() })
  await mined(await challenger.commitRefutation({ commitment }))
  const receipt = await mined(await challenger.sendTransaction(call))
  const { taken } = eventOf(receipt, 'AuthorSlashed')
  say(
    `${finding.name} proves it with ${(call.data.length - 2) / 2} bytes and ${receipt.gasUsed} gas: ${open(taken)} slashed`,
  )
}

if (import.meta.main) await dispute(openExample(await nodeUrl()))
