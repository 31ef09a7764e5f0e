// Sells answers on a channel that the command line opened: the provider is account 6, the payer account 7. Writes batch.json.
//   npx node examples/attribution/seller.ts <channel> <version file> <answer file…>
import { readFileSync } from 'node:fs'
import { argv, env } from 'node:process'
import { corpusVersionOf, parseVersionFile } from '../../sdk/selling.ts'
import { nodeUrl, usualUrl } from '../connect.ts'
import { type Exchange, serve, writeBatch } from './channel.ts'
import { type Example, openExample } from './setup.ts'

/** What a sale starts from: a channel, the file of the version that the model was made from, files with answers. */
export type Order = { readonly channel: bigint; readonly versionFile: string; readonly answers: readonly string[] }

export async function sellAnswers(
  example: Example,
  { channel, versionFile, answers }: Order,
  path: string,
): Promise<void> {
  const file = parseVersionFile(readFileSync(versionFile, 'utf8'))
  const version =
    file &&
    corpusVersionOf(
      file,
      file.documents.map((document) => readFileSync(document.file)),
    )
  if (version === undefined) throw new Error(`${versionFile} is no version file, or its contents have changed`)
  const { provider, model } = await example.reader.getChannel({ channel })
  // `channel open` made the payer's own key the session key.
  const session = example.wallet(7).account
  const exchanges = answers.map((answer): Exchange => ['Say it again', readFileSync(answer, 'utf8')])
  const sale = await serve(example, { provider, model, channel, version, session }, exchanges)
  writeBatch(example, sale, path)
}

if (import.meta.main) {
  const [, , channel, versionFile, ...answers] = argv
  if (channel === undefined || versionFile === undefined || answers.length === 0)
    throw new Error('give the channel, the version file and files with answers')
  const example = openExample(await nodeUrl(env.ETH_RPC_URL ?? usualUrl))
  await sellAnswers(example, { channel: BigInt(channel), versionFile, answers }, 'batch.json')
}
