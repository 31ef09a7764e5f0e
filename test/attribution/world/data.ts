import { headOf, type KnownVersion, openVersion, type VersionHead } from '../../../attribution/kernel/build/corpus.ts'
import type { DocLeaf } from '../../../attribution/kernel/leaves.ts'
import { createTextTree, joinDocuments } from '../../../attribution/kernel/text.ts'
import { type Address, bytesToHash, concatBytes, type Hash, hexToBytes, zeroHash } from '../../../core/hex.ts'
import { keccakHash } from '../../../core/keccak.ts'
import { ether } from '../../state/testChain.ts'
import type { Harness } from '../harness.ts'

/** Every use, for ever. */
export const allConsent = { consent: 15n, consentUntil: 0n } as const
const licence = keccakHash(new TextEncoder().encode('CC-BY-4.0'))

export type TestDatanet = { readonly datanet: Hash; readonly curator: Address }
export type TestContribution = {
  readonly contribution: Hash
  readonly order: bigint
  readonly datanet: Hash
  readonly owner: Address
  readonly content: Uint8Array
}
/** A published version with all that opens it. */
export type TestVersion = {
  readonly version: Hash
  readonly datanet: Hash
  readonly sequence: bigint
  readonly head: VersionHead
  readonly content: NonNullable<KnownVersion['content']>
}

export function createDatanet(
  h: Harness,
  curator: Address,
  { bondPerKb = 0n, curatorBps = 0n, consentUntil = 0n } = {},
): TestDatanet {
  const { datanet } = h.ok(curator, 'createDatanet', {
    uri: new TextEncoder().encode('ipfs://croissant'),
    metadataHash: zeroHash,
    licence,
    ...allConsent,
    consentUntil,
    bondPerKb,
    curatorBps,
  }) as unknown as { datanet: Hash }
  return { datanet, curator }
}

/** What somebody gives to a datanet: not empty, and no content twice in one datanet. */
export type Gift = {
  readonly datanet: Hash
  readonly owner: Address
  readonly content: Uint8Array
  readonly bond?: bigint
  /** Seconds; for ever by default. Has to cover the datanet's policy. */
  readonly consentUntil?: bigint
}

/** Commits and reveals contents in this order, which is that of their orders, and waits until they are active. */
export function contribute(h: Harness, gifts: readonly Gift[]): readonly TestContribution[] {
  const revealed = commitAndReveal(h, gifts)
  h.pass(5n)
  return revealed
}

/** The same without waiting: active five seconds later. */
export function commitAndReveal(h: Harness, gifts: readonly Gift[]): readonly TestContribution[] {
  const committed = gifts.map(({ datanet, owner, content, bond = 0n, consentUntil = 0n }, index) => {
    const { root, top } = createTextTree(content)
    const salt = bytesToHash(new Uint8Array(32).fill(index + 1))
    const commitment = keccakHash(concatBytes(hexToBytes(root), hexToBytes(salt), hexToBytes(owner)))
    const { contribution } = h.ok(owner, 'commitContribution', { datanet, commitment }, { value: bond }) as unknown as {
      contribution: Hash
    }
    return { contribution, datanet, owner, content, salt, top, consentUntil }
  })
  return committed.map(({ contribution, datanet, owner, content, salt, top, consentUntil }): TestContribution => {
    const byteLength = BigInt(content.length)
    h.ok(owner, 'revealContribution', { contribution, salt, top, byteLength, licence, ...allConsent, consentUntil })
    const { value } = h.ok(owner, 'getContribution', { contribution }) as unknown as { value: { order: bigint } }
    return { contribution, order: value.order, datanet, owner, content }
  })
}

/** Publishes the next version of a datanet with these contributions, in this order. */
export function publishVersion(
  h: Harness,
  { datanet, curator }: TestDatanet,
  contributions: readonly Pick<TestContribution, 'contribution' | 'order' | 'content'>[],
): TestVersion {
  const { text, starts } = joinDocuments(contributions.map(({ content }) => content))
  const documents = contributions.map(({ contribution, order }, at) => ({ start: starts[at]!, contribution, order }))
  return publishFalseVersion(h, { datanet, curator }, documents, text)
}

/** Publishes any documents over any text: nobody checks them. */
export function publishFalseVersion(
  h: Harness,
  { datanet, curator }: TestDatanet,
  documents: readonly DocLeaf[],
  text: Uint8Array,
): TestVersion {
  const draft = openVersion({ version: zeroHash, text, documents })
  const { textRoot, docRoot, byteLength, documentCount } = headOf(draft)
  const published = publishRoots(h, { datanet, curator }, { textRoot, docRoot, byteLength, documents: documentCount })
  const content = { ...draft, version: published.version }
  return { ...published, datanet, head: headOf(content), content }
}

/** Publishes any roots. */
export function publishRoots(
  h: Harness,
  { datanet, curator }: TestDatanet,
  roots: {
    readonly textRoot: Hash
    readonly docRoot: Hash
    readonly byteLength: bigint
    readonly documents: bigint
  },
): { readonly version: Hash; readonly sequence: bigint } {
  const { value } = h.ok(curator, 'getDatanet', { datanet }) as unknown as { value: { versions: bigint } }
  const sequence = value.versions + 1n
  const { version } = h.ok(
    curator,
    'publishVersion',
    { datanet, sequence, ...roots },
    { value: 10n * ether },
  ) as unknown as { version: Hash }
  return { version, sequence }
}
