// A model made from a dataset, and one made from that model: the second owes the first a share of its owner's income.
//   npx node examples/attribution/model.ts [http://127.0.0.1:8545]
import { parseEther } from 'viem'
import type { CorpusVersion } from '../../attribution/kernel/span/corpus.ts'
import { type Hash, zeroHash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { paramNumbers } from '../../sdk/contracts.ts'
import { eventOf } from '../../sdk/events.ts'
import { nodeUrl } from '../connect.ts'
import { publishTexts } from './datanet.ts'
import { type Example, openExample, secret } from './setup.ts'

const terms = {
  metadataHash: zeroHash,
  method: keccakHash(new TextEncoder().encode('span-v1')),
  class: 1, // EXACT: whoever has the corpus can check every attribution
  priceIn: parseEther('0.01'), // per 1,000 tokens
  priceOut: parseEther('0.03'),
  marginBps: 6_000, // 60 % of what is paid is split, 40 % is the provider's for computing
  minChildShare: 100_000_000, // who builds on it gives it at least 10 % (in 1e-9)
  providers: [], // anyone with stake
}

/** Account 4 has the base model, account 5 the child. */
export async function registerModels(
  { wallet, reader, mined, say }: Example,
  { version }: CorpusVersion,
): Promise<{ readonly parent: Hash; readonly child: Hash }> {
  const bond = (await reader.paramNow({ param: paramNumbers.modelBond })).value
  const base = { ...terms, weightsHash: secret(), kind: 1, parents: [], versions: [version] }
  const first = await mined(await wallet(4).registerModel({ spec: base, value: bond }))
  const { model: parent } = eventOf(first, 'ModelRegistered')

  const parents = [{ model: parent, share: 200_000_000 }]
  const tuned = { ...terms, weightsHash: secret(), kind: 2, parents, versions: [] }
  const second = await mined(await wallet(5).registerModel({ spec: tuned, value: bond }))
  const { model: child } = eventOf(second, 'ModelRegistered')

  const [ancestor] = await reader.getAncestors({ model: child })
  const corpus = await reader.getCorpus({ model: child })
  say(
    `model ${child} owes ${Number(ancestor?.share) / 1e7} % to ${parent} and has its corpus: ${corpus[0] === version}`,
  )
  return { parent, child }
}

if (import.meta.main) {
  const example = openExample(await nodeUrl())
  const { version } = await publishTexts(example)
  await registerModels(example, version)
}
