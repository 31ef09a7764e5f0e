import assert from 'node:assert/strict'
import { type Address, bytesToHex, emptyBytes, type Hash, hexToBytes } from '../../../core/hex.ts'
import { createManualClock } from '../../../core/ports/manualClock.ts'
import type { Sign } from '../../../core/ports/sign.ts'
import { privateKeyToAddress, sign } from '../../../core/secp256k1.ts'
import { versionedHash } from '../../../l1/kzg/blob.ts'
import type { L1Wallet } from '../../../l1/wallet.ts'
import { createMemoryJournal, type SendJournal } from '../../../sequencer/sender/journal.ts'
import { defaultSenderLimits, type SenderLimits } from '../../../sequencer/sender/limits.ts'
import type { BlobSidecar, SendRequest, TxKind } from '../../../sequencer/sender/request.ts'
import { type Flight, openSender, type Sender } from '../../../sequencer/sender/sender.ts'
import { fakeCommitment, fakeProofs } from '../../rollup/l1/fakeKzg.ts'
import { createFaults, walletOf } from '../../rollup/l1/ports.ts'
import { createSimL1, l1ChainId, type SimL1 } from '../../rollup/l1/simL1.ts'

export const gwei = 10n ** 9n
export const ether = 10n ** 18n
export const key = new Uint8Array(32).fill(7)
export const self = privateKeyToAddress(key)
export const inbox = `0x${'ff'.repeat(20)}` as Address

/** A signer with a key in memory. */
export function signer(privateKey: Uint8Array): Sign {
  return { address: privateKeyToAddress(privateKey), sign: async (digest) => sign(hexToBytes(digest), privateKey) }
}

export function blobRequest(label: number, count = 1): SendRequest {
  const sidecars = Array.from({ length: count }, (_, index): BlobSidecar => {
    const blob = new Uint8Array(131_072).fill(label, 1 + index, 31)
    const commitment = fakeCommitment(blob)
    return { blob, commitment, hash: versionedHash(commitment), proofs: fakeProofs(commitment, 'eip7594') }
  })
  return { kind: 'blobs', to: inbox, memo: Uint8Array.of(label), sidecars }
}

export function callRequest(label: number, fields: { to?: Address; value?: bigint; gas?: bigint } = {}): SendRequest {
  const data = new Uint8Array(200).fill(label)
  const { to = inbox, value = 0n, gas = 100_000n } = fields
  return { kind: 'call', to, memo: Uint8Array.of(label), data, value, gas }
}

export const requests: Readonly<Record<TxKind, (label: number) => SendRequest>> = {
  call: callRequest,
  blobs: blobRequest,
}

/** What a killed process does not live to do. */
export class Killed extends Error {}

/** A sender on a simulated L1. `restart` opens a new one on the same journal: all that outlives a crash. */
export async function setup({
  limits = {},
  balance = 100n * ether,
  journal = createMemoryJournal(),
  wrap = (wallet) => wallet,
}: {
  readonly limits?: Partial<SenderLimits>
  readonly balance?: bigint
  readonly journal?: SendJournal
  readonly wrap?: (wallet: L1Wallet, l1: SimL1) => L1Wallet
} = {}) {
  const clock = createManualClock(1_700_000_000_000)
  const l1 = await createSimL1({ clock, balances: new Map([[self, balance]]) })
  const faults = createFaults()
  const wallet = wrap(walletOf(l1, faults), l1)
  const logs: { readonly text: string; readonly fields: Record<string, unknown> }[] = []
  const log = (fields: object, text: string) => {
    logs.push({ text, fields: { ...fields } })
  }
  const open = (kept = journal) =>
    openSender({
      wallet,
      sign: signer(key),
      l1ChainId,
      sidecars: 'eip7594',
      journalPath: undefined,
      journal: kept,
      clock,
      log: { info: log, warn: log },
      limits: { ...defaultSenderLimits, ...limits },
    })
  const world = {
    clock,
    l1,
    faults,
    wallet,
    journal,
    logs,
    sender: await open(),
    open,
    restart: async () => {
      world.sender = await open()
    },
    /** Alarms so far. */
    codes: () => logs.flatMap(({ fields, text }) => ('code' in fields && text !== 'resolved' ? [fields.code] : [])),
    /** Transactions of the account in L1's blocks, oldest first. */
    included: () => {
      const found: { readonly hash: Hash; readonly blobs: number; readonly input: string }[] = []
      for (let number = 1n; number <= l1.head().block.number; number++) {
        for (const { raw } of l1.at(number)!.included) {
          if (raw.from !== self) continue
          found.push({ hash: raw.hash, blobs: raw.blobHashes.length, input: bytesToHex(raw.input) })
        }
      }
      return found
    },
    /** What of the account waits in the pool. */
    waiting: () => l1.pool.all().filter(({ from }) => from === self),
    /** Mines (by default what the pool has) and polls after each block. */
    run: async (blocks: number, options: { readonly pool?: boolean } = {}): Promise<Flight> => {
      let flight: Flight = { state: 'idle' }
      for (let block = 0; block < blocks; block++) {
        await l1.mine(options)
        flight = await world.sender.poll()
        oneKind(world.waiting())
      }
      return flight
    },
  }
  return world
}

/** Never two kinds in flight, never two transactions. */
function oneKind(waiting: readonly { readonly blobs: unknown }[]): void {
  assert.ok(new Set(waiting.map(({ blobs }) => blobs === undefined)).size <= 1, 'two kinds in flight')
  assert.ok(waiting.length <= 1, 'two transactions in flight')
}

export async function begin(sender: Sender, request: SendRequest): Promise<void> {
  assert.equal(await sender.begin(request), undefined, 'the request is taken')
}

export function memoOf(flight: Flight): number | undefined {
  return 'memo' in flight ? (flight.memo ?? emptyBytes)[0] : undefined
}
