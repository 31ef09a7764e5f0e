import { bytesToHash } from '../../core/hex.ts'
import type { Kv } from '../../core/ports/kv.ts'
import { joinRlpList, splitRlpList } from '../../core/rlp.ts'
import type { Seal } from '../../core/seal.ts'
import { entryDamaged, getSealed } from '../../state/store/entry.ts'
import { keyOf } from '../../state/store/tables.ts'
import { readSeal } from './seals.ts'

/**
 * The canonical block at a height as RLP, with its seal if it has one; undefined above the head. For any thread: a block
 * that is forgotten while it is read is not there. Throws a fatal NodeError if an entry is damaged.
 */
export function blockAt(
  kv: Pick<Kv, 'get'>,
  number: bigint,
): { readonly raw: Uint8Array; readonly seal: Seal | undefined } | undefined {
  const canonical = getSealed(kv, keyOf('canonical', number))
  if (canonical === undefined) return undefined
  const hash = bytesToHash(canonical)
  const header = kv.get(keyOf('header', number, hash))
  const bodyKey = keyOf('body', number, hash)
  const body = getSealed(kv, bodyKey)
  if (header === undefined || body === undefined) return undefined
  const parts = splitRlpList(body)
  if (parts === undefined) throw entryDamaged(bodyKey)
  return { raw: joinRlpList([header, ...parts]), seal: readSeal(kv, hash) }
}
