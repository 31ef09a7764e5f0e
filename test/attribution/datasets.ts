import type { RecordedContents } from '../../attribution/kernel/build/contents.ts'
import { createDocTree } from '../../attribution/kernel/claims.ts'
import type { DocLeaf } from '../../attribution/kernel/leaves.ts'
import type { Tree } from '../../attribution/kernel/merkle.ts'
import { createTextTree, joinDocuments } from '../../attribution/kernel/text.ts'
import { contributionStatus, contributions } from '../../attribution/storage/datanets.ts'
import { type Address, concatBytes, type Hash, hexToBytes, zeroHash } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { ether, senders } from '../state/testChain.ts'
import type { Harness } from './harness.ts'

/** Accounts with OPEN. */
export const [alice, bob, carol, dave] = senders as [Address, Address, Address, Address]

/** Everything that can be done with data, for ever. */
export const openConsent = { consent: 15n, consentUntil: 0n } as const

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** A datanet that allows everything and asks for no bond, unless said otherwise. */
export function createDatanet(h: Harness, curator: Address, terms: Readonly<Record<string, unknown>> = {}): Hash {
  const defaults = {
    uri: bytesOf('ipfs://x'),
    metadataHash: zeroHash,
    licence: zeroHash,
    bondPerKb: 0n,
    curatorBps: 0n,
  }
  return h.ok(curator, 'createDatanet', { ...defaults, ...openConsent, ...terms }).datanet!
}

/** A contribution with what its reveal needs. */
export type Committed = {
  readonly contribution: Hash
  readonly order: bigint
  readonly text: Uint8Array
  readonly contentRoot: Hash
  readonly reveal: Readonly<Record<string, unknown>>
}

/** Commits a text. */
export function commit(
  h: Harness,
  owner: Address,
  datanet: Hash,
  content: { readonly text: string; readonly bond?: bigint } & Readonly<Record<string, unknown>>,
): Committed {
  const { text: words, bond = 0n, ...terms } = content
  const text = bytesOf(words)
  const { root: contentRoot, top } = createTextTree(text)
  const salt = keccakHash(bytesOf(`salt of ${words}`))
  const commitment = keccakHash(concatBytes(hexToBytes(contentRoot), hexToBytes(salt), hexToBytes(owner)))
  const contribution: Hash = h.ok(owner, 'commitContribution', { datanet, commitment }, { value: bond }).contribution!
  const { order } = h.ok(owner, 'getContribution', { contribution }).value as unknown as { order: bigint }
  const byteLength = BigInt(text.length)
  const reveal = { contribution, salt, top, byteLength, licence: zeroHash, ...openConsent, ...terms }
  return { contribution, order, text, contentRoot, reveal }
}

/** Commits and reveals a text in the same second. */
export function contribute(h: Harness, owner: Address, datanet: Hash, text: string, bond = 0n): Committed {
  const committed = commit(h, owner, datanet, { text, bond })
  h.ok(owner, 'revealContribution', committed.reveal)
  return committed
}

/** What the chain records of contributions' contents. */
export function recordedContents(h: Harness): RecordedContents {
  return (contribution) => {
    const { order, contentRoot, status } = contributions.get(h.store, contribution)
    return { order, contentRoot, isActive: status === contributionStatus.active }
  }
}

/** A published version with everything that can be opened of it. */
export type Published = {
  readonly version: Hash
  readonly text: Uint8Array
  readonly textTree: Tree
  readonly documents: readonly DocLeaf[]
  readonly docTree: Tree
}

/** Publishes these contributions as the next version, 10 OPEN bonded. */
export function publish(h: Harness, curator: Address, datanet: Hash, contents: readonly Committed[]): Published {
  const { text, starts } = joinDocuments(contents.map(({ text }) => text))
  const documents = contents.map(({ contribution, order }, at) => ({ start: starts[at]!, contribution, order }))
  const textTree = createTextTree(text)
  const docTree = createDocTree(documents)
  const { versions } = h.ok(curator, 'getDatanet', { datanet }).value as unknown as { versions: bigint }
  const roots = { textRoot: textTree.root, docRoot: docTree.root }
  const lengths = { byteLength: BigInt(text.length), documents: BigInt(documents.length) }
  const args = { datanet, sequence: versions + 1n, ...roots, ...lengths }
  const version: Hash = h.ok(curator, 'publishVersion', args, { value: 10n * ether }).version!
  return { version, text, textTree, documents, docTree }
}
