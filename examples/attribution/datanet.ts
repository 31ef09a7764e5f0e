// Three people contribute texts to a datanet; its curator publishes the first version of it.
//   npx node examples/attribution/datanet.ts [http://127.0.0.1:8545]
import type { Contribution, CorpusVersion } from '../../attribution/kernel/span/corpus.ts'
import { type Hash, zeroHash } from '../../core/hex.ts'
import { paramNumbers } from '../../sdk/contracts.ts'
import { contentRoots, contributionCommitment, licenceId, versionRoots } from '../../sdk/corpus.ts'
import { eventOf } from '../../sdk/events.ts'
import { nodeUrl } from '../connect.ts'
import { type Example, open, openExample, secret } from './setup.ts'

/** Whoever contributes first is paid for what it wrote: accounts 1 to 3. */
const texts = [
  'A suffix array lists the starts of all suffixes of a text in the order in which a dictionary would have them.',
  'The tide pools below the lighthouse hold more colours in one afternoon than the whole town does in a winter.',
  'To proof bread in a cold kitchen, set the bowl on a warm radiator and cover it with a damp cloth for two hours.',
]

/** What the chain says about the licence is only recorded. */
const licence = licenceId('CC-BY-4.0')
const consent = { consent: 1 + 2 + 4 + 8, consentUntil: 0 } // train, retrieve, evaluate, commercial; for ever

export type Dataset = { readonly datanet: Hash; readonly version: CorpusVersion }

export async function publishTexts(example: Example): Promise<Dataset> {
  const { wallet, reader, mined, pass, say } = example
  const curator = wallet(0)
  const terms = { uri: 'https://example.org/texts.json', metadataHash: zeroHash, licence, ...consent }
  const created = await curator.createDatanet({ ...terms, bondPerKb: 10n ** 15n, curatorBps: 500 })
  const { datanet } = eventOf(await mined(created), 'DatanetCreated')
  say(`datanet ${datanet}, its curator takes 5 % of what is paid by bytes`)

  const contributions: Contribution[] = []
  for (const [index, text] of texts.entries()) {
    contributions.push(await contribute(example, datanet, index + 1, new TextEncoder().encode(text)))
  }
  // One reveal window later nothing older can appear: the contributions are active.
  const { value: revealSec } = await reader.paramNow({ param: paramNumbers.revealSec })
  await pass(Number(revealSec))

  const { roots, content } = versionRoots(contributions)
  const bond = (await reader.paramNow({ param: paramNumbers.versionBond })).value
  const published = await curator.publishVersion({ datanet, sequence: 1n, ...roots, value: bond })
  const { version } = eventOf(await mined(published), 'VersionPublished')
  say(`version 1: ${roots.documents} documents, ${roots.byteLength} bytes, bonded with ${open(bond)}`)
  return { datanet, version: { version, ...content } }
}

/** First the commitment takes the place in the order, then the reveal says what it is: so nobody can be copied ahead of. */
async function contribute(
  { wallet, mined, say }: Example,
  datanet: Hash,
  account: number,
  content: Uint8Array,
): Promise<Contribution> {
  const owner = wallet(account)
  const { contentRoot, top, byteLength } = contentRoots(content)
  const salt = secret()
  const commitment = contributionCommitment(contentRoot, salt, owner.account.address)
  const committed = await mined(await owner.commitContribution({ datanet, commitment, value: 10n ** 15n }))
  const { contribution, order } = eventOf(committed, 'ContributionCommitted')
  await mined(await owner.revealContribution({ contribution, salt, top, byteLength, licence, ...consent }))
  say(`contribution ${order}: ${byteLength} bytes of account ${account}`)
  return { contribution, order, content }
}

if (import.meta.main) await publishTexts(openExample(await nodeUrl()))
