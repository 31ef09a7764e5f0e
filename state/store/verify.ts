import { setImmediate } from 'node:timers/promises'
import { emptyCodeHash, emptyTrieRoot } from '../../core/account.ts'
import { decodeAccount } from '../../core/accountRlp.ts'
import { bytesToHex, type Hash } from '../../core/hex.ts'
import type { Kv } from '../../core/ports/kv.ts'
import { walkTrie } from '../trie/walk.ts'
import { indexOps } from './blockOps.ts'
import { createBlockReader } from './blockReader.ts'
import { checkBlock, type Finding, tryRead } from './checkBlock.ts'
import { unseal } from './entry.ts'
import { decodeLogEntry } from './logIndex.ts'
import { decodePlace } from './records.ts'
import { describeKey, numberIn, wholeTable } from './tables.ts'

export type { Finding } from './checkBlock.ts'

/** How far a verification is: blocks, then entries of the indexes, then accounts of the head's state. */
export type VerifyProgress = { readonly stage: 'blocks' | 'indexes' | 'state'; readonly done: number }

export type VerifyOptions = {
  /** The first block to check; by default genesis. The head's state is checked whole in any case. */
  readonly fromNumber?: bigint
  /** Called now and then. */
  readonly progress?: (progress: VerifyProgress) => void
  readonly signal?: AbortSignal
}

export type Verification = {
  readonly blocks: number
  readonly accounts: number
  readonly findings: readonly Finding[]
}

/** More findings than this tell nothing new. */
const maxFindings = 1000

/**
 * Checks a database that nobody writes to: each canonical block by itself (`checkBlock`, with its state's root node),
 * the indexes in both directions, and every node, slot and code of the head's state. The database is not changed.
 * Throws the signal's reason when it aborts, and the `Kv`'s outages; damage is in the findings.
 */
export async function verifyStore(kv: Kv, options: VerifyOptions = {}): Promise<Verification> {
  const { fromNumber = 0n, progress, signal } = options
  const reader = createBlockReader(kv, { nodeBytes: 0, codeBytes: 0 })
  const findings: Finding[] = []
  const note = (finding: Finding) => {
    if (findings.length < maxFindings) findings.push(finding)
  }
  /** Lets the event loop run and reports, every so many steps. */
  const breathe = async (stage: VerifyProgress['stage'], done: number) => {
    if (done % 256 !== 0) return
    signal?.throwIfAborted()
    progress?.({ stage, done })
    await setImmediate()
  }

  const heads = tryRead(() => reader.heads(), note)
  if (tryRead(() => reader.meta(), note) === undefined || heads === undefined) {
    note({ code: 'entry_missing', number: undefined, detail: 'meta or heads entry: the database has no chain' })
    return { blocks: 0, accounts: 0, findings }
  }
  for (const { number, hash } of Object.values(heads)) {
    if (tryRead(() => reader.hashByNumber(number), note) === hash) continue
    note({ code: 'mismatch', number, detail: `a head is labelled ${hash}, which is not canonical` })
  }

  const expected = { tx: 0, log: 0, bloom: 0 }
  let blocks = 0
  for (let number = fromNumber; number <= heads.unsafe.number; number++) {
    const { findings: found, block, receipts } = checkBlock(reader, number)
    for (const finding of found) note(finding)
    if (block !== undefined && receipts?.length === block.transactions.length) {
      for (const op of indexOps(block, receipts)) {
        if (op.type !== 'put') continue
        const table = tableOf(op.key)
        expected[table]++
        const stored = kv.get(op.key)
        if (stored === undefined) note({ code: 'entry_missing', number, detail: describeKey(op.key) })
        else if (Buffer.compare(stored, op.value) !== 0) {
          note({ code: 'mismatch', number, detail: `${describeKey(op.key)} is not what block ${number} has` })
        }
      }
    }
    await breathe('blocks', ++blocks)
  }
  await checkIndexes()
  const accounts = await checkState()
  return { blocks, accounts, findings }

  /** Every entry of an index belongs to a canonical block, and there are as many as the blocks have. */
  async function checkIndexes(): Promise<void> {
    const numberOf = {
      tx: (_key: Uint8Array, value: Uint8Array) => decodePlace(value)?.number,
      log: (key: Uint8Array, value: Uint8Array) => {
        const entry = decodeLogEntry(key, value)
        return entry === undefined || entry.blockHash !== canonical(entry.blockNumber) ? undefined : entry.blockNumber
      },
      bloom: (key: Uint8Array) => numberIn(key),
    }
    let done = 0
    for (const table of ['tx', 'log', 'bloom'] as const) {
      let count = 0
      for await (const [key, sealed] of kv.entries(wholeTable(table))) {
        const value = unseal(key, sealed)
        const number = value === undefined ? undefined : numberOf[table](key, value)
        if (value === undefined) note({ code: 'entry_damaged', number: undefined, detail: describeKey(key) })
        else if (number === undefined || number > heads!.unsafe.number) {
          note({ code: 'mismatch', number, detail: `${describeKey(key)} belongs to no canonical block` })
        } else if (number >= fromNumber) count++
        await breathe('indexes', ++done)
      }
      if (count === expected[table]) continue
      const detail = `${table} index: ${count} good entries where the blocks have ${expected[table]}`
      note({ code: 'mismatch', number: undefined, detail })
    }
    for (const table of ['canonical', 'commit'] as const) {
      for await (const [key] of kv.entries({ ...wholeTable(table), reverse: true, limit: 1 })) {
        if (numberIn(key) <= heads!.unsafe.number) continue
        note({ code: 'mismatch', number: numberIn(key), detail: `${describeKey(key)} is above the head` })
      }
    }
  }

  function canonical(number: bigint): Hash | undefined {
    return tryRead(() => reader.hashByNumber(number), note)
  }

  /** Walks the head's account trie, and the storage and code of each account once. */
  async function checkState(): Promise<number> {
    const root = tryRead(() => reader.headerByHash(heads!.unsafe.hash), note)?.stateRoot ?? emptyTrieRoot
    const seen = new Set<Hash>()
    const readNode = (hash: Hash) => tryRead(() => reader.readNode(hash), note)
    let accounts = 0
    let slots = 0
    for (const { key, value } of walkTrie(readNode, root)) {
      await breathe('state', ++accounts)
      const account = decodeAccount(value)
      if (account === undefined) {
        note({ code: 'mismatch', number: undefined, detail: `the state has no account at ${bytesToHex(key)}` })
        continue
      }
      const { codeHash, storageRoot } = account
      if (codeHash !== emptyCodeHash && !seen.has(codeHash)) tryRead(() => reader.readCode(codeHash), note)
      if (!seen.has(storageRoot)) for (const _ of walkTrie(readNode, storageRoot)) await breathe('state', ++slots)
      seen.add(codeHash).add(storageRoot)
    }
    return accounts
  }
}

function tableOf(key: Uint8Array): 'tx' | 'log' | 'bloom' {
  const found = (['tx', 'log', 'bloom'] as const).find((table) => wholeTable(table).gte[0] === key[0])
  if (found === undefined) throw new Error(`not an index entry: ${describeKey(key)}`)
  return found
}
