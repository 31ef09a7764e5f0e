// A payer locks OPEN in a channel, a provider answers and is paid: receipts, one voucher for all of them, one batch.
//   npx node examples/attribution/channel.ts [http://127.0.0.1:8545]
import { writeFileSync } from 'node:fs'
import { parseEther } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { type Hash, hexToBytes } from '../../core/hex.ts'
import { paramNumbers } from '../../sdk/contracts.ts'
import { eventOf } from '../../sdk/events.ts'
import {
  type Body,
  type BodyInput,
  batchFileToJson,
  batchIdOf,
  buildBody,
  type ChannelState,
  type CorpusVersion,
  createBatchFile,
  createSaltedTree,
  type Output,
  type Receipt,
  type SignedVoucher,
  saltsOf,
  signReceipt,
  signVoucher,
} from '../../sdk/selling.ts'
import type { TypedDataSigner } from '../../sdk/signing.ts'
import { nodeUrl } from '../connect.ts'
import { registerAgent } from './agent.ts'
import { publishTexts } from './datanet.ts'
import { registerModels } from './model.ts'
import { dateOf, type Example, open, openExample, secret } from './setup.ts'

/** A prompt and what the model answers. */
export type Exchange = readonly [prompt: string, answer: string]

/** The first two answers repeat what contributors wrote. */
const samples: readonly Exchange[] = [
  ['What is a suffix array?', 'It lists the starts of all suffixes of a text in the order in which a dictionary has.'],
  ['Bread, in a cold kitchen?', 'Easy: set the bowl on a warm radiator and cover it with a damp cloth for two hours.'],
  ['And in summer?', 'Then any shelf will do.'],
]

const chainId = 31_337n

/** Who sells what to whom: account 6 provides, account 7 pays. */
export type Market = {
  readonly provider: Hash
  readonly model: Hash
  readonly channel: bigint
  readonly version: CorpusVersion
  /** Signs vouchers, so that the payer's own key can stay where it is. */
  readonly session: TypedDataSigner
}

/** What the provider has after answering, and what it makes of that to settle; nothing is settled yet. */
export type Sale = Market & {
  readonly input: BodyInput
  readonly body: Body
  readonly vouchers: readonly SignedVoucher[]
}

/** Everything up to a channel with money in it. */
export async function openMarket(example: Example): Promise<Market> {
  const { wallet, mined, now, say } = example
  const { version } = await publishTexts(example)
  const { child: model } = await registerModels(example, version)
  const provider = await registerAgent(example, 6, parseEther('300'))

  const session = privateKeyToAccount(generatePrivateKey())
  const expiry = (await now()) + 86_400
  const terms = { model, provider, sessionKey: session.address, isPrivate: false, expiry }
  const opened = await mined(await wallet(7).openChannel({ ...terms, value: parseEther('10') }))
  const { channel, deposit } = eventOf(opened, 'ChannelOpened')
  say(`channel ${channel} with ${open(deposit)}`)
  return { provider, model, channel: BigInt(channel), version, session }
}

/** Answers a few prompts on the channel; the payer signs one voucher for all of them. */
export async function serve(
  { wallet, reader, now, say }: Example,
  market: Market,
  exchanges: readonly Exchange[] = samples,
): Promise<Sale> {
  const { channel, model, session, version } = market
  const { sequence, cumulative, head } = await reader.getChannel({ channel })
  const before = { sequence: BigInt(sequence), cumulative, head }
  const receipts = answer(exchanges, channel, before, BigInt(await now()))
  // The payer keeps these: two receipts with one sequence number would cost the provider its stake.
  for (const { receipt } of receipts) await signReceipt(wallet(6).account, chainId, receipt)

  const { data } = await reader.splitNow()
  const { value: specificBps } = await reader.paramNow({ param: paramNumbers.specificBps })
  const { marginBps } = await reader.getModel({ model })
  const rates = { marginBps: BigInt(marginBps), dataBps: BigInt(data), specificBps }
  const channels = [{ channel, before, isPrivate: false, receipts }]
  const input = { ...rates, chainId, corpus: [version], channels }
  const body = buildBody(input)
  const { afterSequence, afterCumulative, afterHead } = body.updates[0]!
  const promise = { channel, sequence: afterSequence, cumulative: afterCumulative, head: afterHead }
  const voucher = await signVoucher(session, chainId, promise)
  const tiles = body.receipts.flatMap((each) => each.tiles).length
  say(`receipts over ${open(afterCumulative - cumulative)}: ${body.receipts.length}; attributed passages: ${tiles}`)
  return { ...market, input, body, vouchers: [voucher] }
}

/** A market and its first receipts. */
export async function sell(example: Example): Promise<Sale> {
  return await serve(example, await openMarket(example))
}

/** Receipts say what was asked, answered and charged, by roots only; the salts keep short texts from being guessed. */
function answer(
  exchanges: readonly Exchange[],
  channel: bigint,
  before: ChannelState,
  time: bigint,
): { readonly receipt: Receipt; readonly output: Output }[] {
  let { cumulative } = before
  return exchanges.map(([prompt, text], index) => {
    const price = parseEther('1')
    cumulative += price
    const output = salted(text)
    const receipt = {
      channel,
      sequence: before.sequence + BigInt(index) + 1n,
      promptRoot: rootOf(salted(prompt)),
      outputRoot: rootOf(output),
      outputLength: output.bytes.length,
      tokensIn: Math.ceil(prompt.length / 4),
      tokensOut: Math.ceil(text.length / 4),
      price,
      cumulative,
      time,
    }
    return { receipt, output }
  })
}

function salted(text: string): Output {
  const bytes = new TextEncoder().encode(text)
  return { bytes, salts: saltsOf(hexToBytes(secret()), bytes.length) }
}

function rootOf({ bytes, salts }: Output): Hash {
  return createSaltedTree(bytes, salts).root
}

/** Settles: compute is paid at once, the margin waits until nobody can say anymore that the attribution is false. */
export async function settle({ wallet, mined, say }: Example, sale: Sale): Promise<Hash> {
  const { settlement } = createBatchFile(sale.body, sale)
  const settled = await mined(await wallet(6).settleBatch(settlement))
  const { batch, margin, compute, deadline } = eventOf(settled, 'BatchSettled')
  say(`batch ${batch}: ${open(compute)} for compute, ${open(margin)} wait until ${dateOf(deadline)}`)
  return batch
}

/** Writes what is to be settled as a batch file, and says how the command line goes on from there. */
export function writeBatch({ say }: Pick<Example, 'say'>, sale: Sale, path: string): void {
  const file = createBatchFile(sale.body, sale)
  writeFileSync(path, batchFileToJson(file))
  say(`wrote ${path}; to settle it, and to be paid from it:`)
  say(`  npx openledger settle batch ${path} --dev 6`)
  say('  npx cast rpc evm_increaseTime 61 && npx cast rpc evm_mine      # or wait for the window of a minute')
  say(`  npx openledger settle finalize ${batchIdOf(file)} --dev 6`)
  say(`  npx openledger claim specific ${path} --dev 1`)
  say('  npx openledger claim withdraw --dev 1')
}

if (import.meta.main) {
  const example = openExample(await nodeUrl())
  writeBatch(example, await sell(example), 'batch.json')
}
