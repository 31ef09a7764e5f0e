import type { Hash } from '../../core/hex.ts'
import type { Kv, KvOp } from '../../core/ports/kv.ts'
import { entryDamaged, getSealed, putSealed, unseal } from '../../state/store/entry.ts'
import { hashIn, keyOf, numberIn, wholeTable } from '../../state/store/tables.ts'
import { type FindingKind, findingKinds } from './finding.ts'

/** A stored bundle: what it is about and the L2 block number, kept since `timeMs` (Unix milliseconds). */
export type EvidenceEntry = {
  readonly id: Hash
  readonly kind: FindingKind
  readonly timeMs: number
  readonly number: bigint
  /** Characters of the bundle. */
  readonly size: number
}

/** Reads of what a node keeps of evidence, from any thread. A damaged entry throws a fatal NodeError. */
export type EvidenceReads = {
  /** Oldest first. */
  list(): Promise<readonly EvidenceEntry[]>
  /** A bundle as JSON; undefined if there is none of this id. */
  bundle(id: Hash): Promise<unknown>
}

const utf8 = new TextEncoder()

/** The write that keeps a bundle: a line of what it is about, then its JSON. */
export function evidenceOp({ id, kind, timeMs, number }: Omit<EvidenceEntry, 'size'>, json: string): KvOp {
  const title = JSON.stringify({ kind, number: String(number) })
  return putSealed(keyOf('evidence', BigInt(timeMs), id), utf8.encode(`${title}\n${json}`))
}

/** The evidence in a database. */
export function readEvidence(kv: Pick<Kv, 'get' | 'entries'>): EvidenceReads {
  async function list(): Promise<readonly EvidenceEntry[]> {
    const found: EvidenceEntry[] = []
    for await (const [key, sealed] of kv.entries(wholeTable('evidence'))) {
      const value = unseal(key, sealed)
      const title = value && titleOf(value)
      if (value === undefined || title === undefined) throw entryDamaged(key)
      const { kind, number, end } = title
      found.push({ id: hashIn(key), kind, timeMs: Number(numberIn(key)), number, size: value.length - end })
    }
    return found
  }

  return {
    list,
    async bundle(id) {
      const entry = (await list()).find((other) => other.id === id)
      if (entry === undefined) return undefined
      const key = keyOf('evidence', BigInt(entry.timeMs), id)
      const value = getSealed(kv, key)
      const title = value && titleOf(value)
      if (value === undefined || title === undefined) return undefined
      return JSON.parse(new TextDecoder().decode(value.subarray(title.end)))
    },
  }
}

function titleOf(value: Uint8Array): { kind: FindingKind; number: bigint; end: number } | undefined {
  const end = value.indexOf(0x0a) + 1
  const text = new TextDecoder().decode(value.subarray(0, end))
  const [, kind, number] = /^\{"kind":"([a-z_]+)","number":"([0-9]+)"\}\n$/.exec(text) ?? []
  const known = findingKinds.find((name) => name === kind)
  return known === undefined || number === undefined ? undefined : { kind: known, number: BigInt(number), end }
}
