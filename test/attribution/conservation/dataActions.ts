import { headOf, openVersion } from '../../../attribution/kernel/build/corpus.ts'
import { createTextTree, joinDocuments } from '../../../attribution/kernel/text.ts'
import { contributionStatus, contributions, datanets, versions } from '../../../attribution/storage/datanets.ts'
import { models } from '../../../attribution/storage/models.ts'
import { type Address, concatBytes, type Hash, hexToBytes, zeroHash } from '../../../core/hex.ts'
import { keccakHash } from '../../../core/keccak.ts'
import { ether } from '../../state/testChain.ts'
import { court } from '../harness.ts'
import type { Random } from '../world/random.ts'
import {
  type Action,
  hashOf,
  type KnownGift,
  knowModel,
  type Model,
  phrases,
  pickFitting,
  pickOf,
  someone,
} from './model.ts'

const stored = ({ h }: Model, { contribution }: KnownGift) => contributions.get(h.store, contribution)
const curatorOf = ({ h }: Model, datanet: Hash) => datanets.field(h.store, 'curator', datanet)
const isActive = ({ status }: { readonly status: bigint }) => status === contributionStatus.active

/** A gift whose contribution is in such a state. */
function gift(
  model: Model,
  random: Random,
  fits: (value: ReturnType<typeof stored>) => boolean,
): { readonly id: { readonly contribution: Hash }; readonly owner: Address; readonly gift: KnownGift } | undefined {
  const found = pickFitting(random, model.gifts, (each) => fits(stored(model, each)))
  if (found === undefined) return undefined
  const { owner } = stored(model, found)
  return { id: { contribution: found.contribution }, owner: someone(model, random, owner), gift: found }
}

/** What happens to datanets, contributions, versions and models. */
export const dataActions: Readonly<Record<string, Action>> = {
  createDatanet(model, random) {
    const args = {
      uri: new TextEncoder().encode('ipfs://x'),
      metadataHash: hashOf(random),
      licence: zeroHash,
      consent: random.pick([15n, 15n, 15n, 3n, 2n]),
      consentUntil: random.pick([0n, 0n, model.h.now + 900n]),
      bondPerKb: random.pick([0n, ether, 7n]),
      curatorBps: random.pick([0n, 333n, 1_000n, 1_001n]),
    }
    return {
      from: someone(model, random),
      name: 'createDatanet',
      args,
      done: ({ datanet }) => void model.datanets.push(datanet!),
    }
  },
  setPolicy(model, random) {
    const datanet = random.pick(model.datanets)
    const { consent, consentUntil } = datanets.get(model.h.store, datanet)
    const narrower = { consent: consent & random.pick([15n, 15n, 14n, 11n]), consentUntil }
    const args = { datanet, ...narrower, ...(random.chance(0.1) ? { consentUntil: model.h.now + 500n } : {}) }
    return { from: someone(model, random, curatorOf(model, datanet)), name: 'setPolicy', args }
  },
  transferDatanet(model, random) {
    const datanet = random.pick(model.datanets)
    const args = { datanet, to: random.pick(model.people).address }
    return { from: someone(model, random, curatorOf(model, datanet)), name: 'transferDatanet', args }
  },
  retireDatanet(model, random) {
    // Few: nothing new comes from a datanet that ended.
    const found = random.chance(0.1) ? pickOf(random, model.datanets.slice(2)) : undefined
    return (
      found && {
        from: someone(model, random, curatorOf(model, found)),
        name: 'retireDatanet',
        args: { datanet: found },
        next: [{ action: 'releaseVersionBond', wait: 61 }],
      }
    )
  },
  commitContribution(model, random) {
    const datanet = random.pick(model.datanets)
    const owner = random.pick(model.people).address
    const own = new TextEncoder().encode(random.chance(0.3) ? '' : `number ${model.gifts.length}`)
    const content = concatBytes(...Array.from({ length: random.between(1, 3) }, () => random.pick(phrases)), own)
    const { root, top } = createTextTree(content)
    const salt = hashOf(random)
    const commitment = keccakHash(concatBytes(hexToBytes(root), hexToBytes(salt), hexToBytes(owner)))
    const policy = datanets.pick(model.h.store, ['consent', 'consentUntil', 'bondPerKb'], datanet)
    const terms = { salt, top, byteLength: BigInt(content.length), licence: zeroHash }
    return {
      from: owner,
      name: 'commitContribution',
      args: { datanet, commitment },
      value: random.chance(0.9) ? policy.bondPerKb : 0n,
      done({ contribution }) {
        const order = contributions.field(model.h.store, 'order', contribution!)
        const reveal = { contribution, ...terms, consent: policy.consent, consentUntil: policy.consentUntil }
        model.gifts.push({ contribution: contribution!, order, datanet, owner, content, reveal })
      },
      next: [{ action: 'revealContribution', wait: 0 }],
    }
  },
  revealContribution(model, random) {
    const found = gift(model, random, ({ status, activeFrom }) => status === 1n && model.h.now < activeFrom)
    return found && { from: found.owner, name: 'revealContribution', args: { ...found.id, ...found.gift.reveal } }
  },
  expireCommit(model, random) {
    const found = gift(model, random, ({ status, activeFrom }) => status === 1n && model.h.now >= activeFrom)
    return found && { from: someone(model, random), name: 'expireCommit', args: found.id }
  },
  transferContribution(model, random) {
    const found = gift(model, random, isActive)
    const to = random.pick(model.people).address
    return found && { from: found.owner, name: 'transferContribution', args: { ...found.id, to } }
  },
  revokeConsent(model, random) {
    const found = gift(model, random, (value) => isActive(value) && value.revokedAt === 0n)
    return (
      found && {
        from: found.owner,
        name: 'revokeConsent',
        args: found.id,
        next: [
          { action: 'closeVersion', wait: 0 },
          { action: 'releaseContributionBond', wait: 61 },
        ],
      }
    )
  },
  releaseContributionBond(model, random) {
    const found = gift(model, random, ({ revokedAt, bond }) => revokedAt > 0n && bond > 0n)
    return found && { from: someone(model, random), name: 'releaseContributionBond', args: found.id }
  },
  reassignContribution(model, random) {
    const found = gift(model, random, isActive)
    const to = random.pick(model.people).address
    return found && { from: someone(model, random, court), name: 'reassignContribution', args: { ...found.id, to } }
  },
  quarantineContribution(model, random) {
    const found = gift(model, random, (value) => isActive(value) && value.quarantinedAt === 0n)
    return found && { from: someone(model, random, court), name: 'quarantineContribution', args: found.id }
  },
  liftQuarantine(model, random) {
    const found = gift(model, random, (value) => isActive(value) && value.quarantinedAt > 0n)
    return found && { from: someone(model, random, court), name: 'liftQuarantine', args: found.id }
  },
  publishVersion: publish,
  closeVersion(model, random) {
    const isRevoked = (contribution: Hash) => contributions.field(model.h.store, 'revokedAt', contribution) > 0n
    const found = pickFitting(
      random,
      model.versions.flatMap(({ version, content }) =>
        content.documents.map((doc, index) => ({ version, content, doc, index })),
      ),
      ({ version, doc }) => isRevoked(doc.contribution) && !versions.field(model.h.store, 'closed', version),
    )
    if (found === undefined) return undefined
    const args = { version: found.version, document: found.content.docTree.open(found.index) }
    return { from: someone(model, random), name: 'closeVersion', args }
  },
  releaseVersionBond(model, random) {
    const found = pickFitting(random, model.versions, ({ version }) => {
      const { supersededAt, bond } = versions.get(model.h.store, version)
      return supersededAt > 0n && bond > 0n
    })
    return found && { from: someone(model, random), name: 'releaseVersionBond', args: { version: found.version } }
  },
  registerModel(model, random) {
    const marginBps = BigInt(random.between(1_000, 10_000))
    const usable = model.versions.filter(({ version }) => {
      const { closed, refuted } = versions.get(model.h.store, version)
      return !closed && !refuted
    })
    const listed = random
      .shuffle(usable)
      .filter(({ datanet }, at, all) => all.findIndex((other) => other.datanet === datanet) === at)
    const parents = random.shuffle(model.models).slice(0, random.below(3))
    const spec = {
      weightsHash: hashOf(random),
      metadataHash: zeroHash,
      method: zeroHash,
      kind: random.pick([1n, 2n, 6n, 7n, 7n]),
      class: 1n,
      priceIn: random.pick([0n, 5n]),
      priceOut: 0n,
      marginBps,
      minChildShare: random.pick([0n, 100_000_000n]),
      parents: parents.map((parent) => ({ model: parent.model, share: BigInt(random.between(1, 240_000_000)) })),
      versions: listed.slice(0, random.below(4)).map(({ version }) => version),
      providers: random.chance(0.15) ? [random.pick(model.agents)] : [],
    }
    return {
      from: someone(model, random),
      name: 'registerModel',
      args: { spec },
      value: random.pick([10n * ether, 13n * ether]),
      done: ({ model: id }) => knowModel(model, { model: id!, marginBps }),
    }
  },
  transferModel(model, random) {
    const { model: id } = random.pick(model.models)
    const owner = models.field(model.h.store, 'owner', id)
    const args = { model: id, to: random.pick(model.people).address }
    return { from: someone(model, random, owner), name: 'transferModel', args }
  },
  retireModel(model, random) {
    const found = pickOf(random, model.models.slice(2))
    if (found === undefined) return undefined
    const owner = models.field(model.h.store, 'owner', found.model)
    return { from: someone(model, random, owner), name: 'retireModel', args: { model: found.model } }
  },
  releaseModelBond(model, random) {
    const found = pickFitting(random, model.models, (each) => {
      const { retiredAt, bond } = models.get(model.h.store, each.model)
      return retiredAt > 0n && bond > 0n
    })
    return found && { from: someone(model, random), name: 'releaseModelBond', args: { model: found.model } }
  },
}

/** A version of contributions that may be in it; one in four is false in some way. */
function publish(model: Model, random: Random): ReturnType<Action> {
  const { now } = model.h
  const datanet = pickFitting(random, model.datanets, (id) => model.gifts.some((each) => each.datanet === id))
  if (datanet === undefined) return undefined
  const good = model.gifts.filter((each) => {
    const value = stored(model, each)
    const standing = isActive(value) && value.revokedAt === 0n && value.quarantinedAt === 0n
    return each.datanet === datanet && standing && value.activeFrom <= now
  })
  const chosen = random.shuffle(good).slice(0, random.between(1, 4))
  if (chosen.length === 0) return undefined
  const { text, starts } = joinDocuments(chosen.map(({ content }) => content))
  const documents = chosen.map(({ contribution, order }, at) => ({ start: starts[at]!, contribution, order }))
  const kind = random.below(16)
  const at = random.below(documents.length)
  if (kind === 0) documents[at] = { ...documents[at]!, order: documents[at]!.order + 1n }
  if (kind === 1) documents.push({ ...documents[at]!, start: text.length })
  if (kind === 2) text[random.below(text.length)]! ^= 1
  if (kind === 3 && at > 0) text[documents[at]!.start - 1] = 0x20
  const draft = openVersion({ version: zeroHash, text, documents })
  const { textRoot, docRoot, byteLength, documentCount } = headOf(draft)
  const sequence = datanets.field(model.h.store, 'versions', datanet) + 1n
  return {
    from: someone(model, random, curatorOf(model, datanet)),
    name: 'publishVersion',
    args: { datanet, sequence, textRoot, docRoot, byteLength, documents: documentCount },
    value: random.pick([10n * ether, 10n * ether, 9n * ether]),
    done({ version }) {
      const content = { ...draft, version: version! as Hash }
      model.versions.push({ version: version!, datanet, sequence, head: headOf(content), content })
    },
    ...(kind < 4 ? { next: [{ action: 'challengeVersion', wait: 0 }] } : {}),
  }
}
