import { versions } from '../../../attribution/storage/datanets.ts'
import type { Hash } from '../../../core/hex.ts'
import { keccakHash } from '../../../core/keccak.ts'
import { privateKeyToAddress } from '../../../core/secp256k1.ts'
import { ether, keys, senders } from '../../state/testChain.ts'
import { bytesOf, contribute, createDatanet, type Published, publish } from '../datasets.ts'
import { court, createHarness, type Harness, timelock } from '../harness.ts'
import { createModel } from '../settlementMarket.ts'
import { pay, plantTrees } from './evmWorld.ts'
import type { Registered } from './reference.ts'

/** Accounts with the contract Tree at them. The last is the timelock's, which may set the split. */
const accounts = senders.slice(10, 15)
export const [curator, providerOwner, controller, modelOwner, payer] = accounts as [
  (typeof accounts)[0],
  (typeof accounts)[0],
  (typeof accounts)[0],
  (typeof accounts)[0],
  (typeof accounts)[0],
]
export const actors = [...accounts, timelock]
/** Keys that vouchers are signed with. */
export const sessionKeys = keys.slice(50, 53)

/** Two providers, three models over two datanets, everything that the reference has to know of. */
export type Shop = {
  readonly h: Harness
  readonly registered: Registered
  readonly published: readonly Published[]
}

/** The same at every call. */
export function createShop(): Shop {
  const h = createHarness()
  const datanets = [1_000n, 0n, 500n].map((curatorBps) => createDatanet(h, curator, { curatorBps }))
  const texts = [
    ['a text of some length that somebody wrote', 'another one'],
    ['the third', 'the fourth, which is longer than the third', 'x'],
    ['what turns out to be false'],
  ]
  const contents = datanets.map((datanet, at) =>
    texts[at]!.map((text, index) => contribute(h, actors[(at + index) % actors.length]!, datanet, text)),
  )
  h.pass(10n)
  const published = datanets.map((datanet, at) => publish(h, curator, datanet, contents[at]!))
  const staked = (controlledBy: typeof controller, stake: bigint) =>
    h.ok(providerOwner, 'registerAgent', { controller: controlledBy, metadataHash: label('m') }, { value: stake })
      .agent!
  const agents: Hash[] = [staked(controller, 5_000n * ether), staked(providerOwner, 150n * ether)]
  const first = createModel(h, published.slice(0, 2), { label: 'first', from: modelOwner, marginBps: 3_337n })
  const second = createModel(h, [published[1]!], {
    label: 'second',
    from: payer,
    kind: 7n,
    parents: [{ model: first, share: 123_456_789n }],
    providers: [agents[0]!],
    marginBps: 10_000n,
  })
  const third = createModel(h, [], { label: 'third', from: curator, marginBps: 1_000n })
  plantTrees(h, actors)
  pay(h, payer, -200_000n * ether)
  pay(h, timelock, 200_000n * ether)
  const fourth = createModel(h, [published[0]!, published[2]!], { label: 'fourth', from: modelOwner })
  const models = [first, second, third, fourth]
  for (const [index, from] of [...actors, ...actors].entries()) {
    const sessionKey = privateKeyToAddress(sessionKeys[index % sessionKeys.length]!)
    const small = index % 4 === 0
    const offer = { model: models[index % 4]!, provider: agents[small ? 1 : 0]! }
    const args = { ...offer, sessionKey, isPrivate: index % 5 === 0, expiry: h.now + 5_000n + BigInt(index) * 3_000n }
    h.ok(from, 'openChannel', args, { value: BigInt(1 + index) * (small ? 70n : 9n) * ether })
  }
  // Running channels go on, new ones are refused: of a retired model, and of one over a version proven false.
  h.ok(curator, 'retireModel', { model: third })
  versions.set(h.store, { refuted: true }, published[2]!.version)
  h.ok(court, 'quarantineContribution', { contribution: contents[1]![2]!.contribution })
  const contributions = contents.flat().map(({ contribution }) => contribution)
  const ids = published.map(({ version }) => version)
  return { h, published, registered: { agents, models, datanets, versions: ids, contributions } }
}

function label(text: string): Hash {
  return keccakHash(bytesOf(text))
}
