import type { Hash } from '../../core/hex.ts'
import { parseHex } from '../../core/hex.ts'
import { isObject } from './fields.ts'
import { createHealth, type Health } from './health.ts'
import { request } from './http.ts'
import { isOutage, outage } from './outage.ts'
import type { NodeOptions } from './provider.ts'

/** From a time in seconds to a slot: genesis time and length of a slot, both in seconds. */
export type SlotTiming = { readonly genesis: bigint; readonly slotSec: bigint }

/** What a Beacon node has under a block, as it says; the commitment of a sidecar is not checked either. */
export type Beacon = {
  readonly name: string
  /** Undefined if it does not tell, as archives of blobs and anvil. */
  timing(): Promise<SlotTiming | undefined>
  /** `blobs`: all or, where it knows the parameter, only those asked for. Undefined if it has none of this block. */
  blobs(block: string, hashes: readonly Hash[]): Promise<readonly Uint8Array[] | undefined>
  /** The older `blob_sidecars`. */
  sidecars(block: string): Promise<readonly Sidecar[] | undefined>
  readonly health: Health
}

export type Sidecar = { readonly blob: Uint8Array; readonly commitment: Uint8Array }

/** A client of the Beacon API (ethereum/beacon-APIs). Throws outages. */
export function createBeacon(options: NodeOptions): Beacon {
  const { endpoint, limits, clock, signal } = options
  const { name } = endpoint
  const health = createHealth('beacon', options)

  /** The field `data` of the answer; undefined if the node has nothing there. */
  async function get(path: string, isLong: boolean): Promise<unknown> {
    const timeoutMs = isLong ? limits.longTimeoutMs : limits.timeoutMs
    const maxBytes = isLong ? limits.maxBlobsBytes : limits.maxAnswerBytes
    try {
      const { status, json, pauseMs } = await request({ endpoint, path, timeoutMs, maxBytes }, clock, signal)
      if (status === 429 || status === 503) health.pause(pauseMs)
      if (status === 429) throw outage('l1_rate_limited', `${name} takes no more requests for now`)
      if (status === 401 || status === 403) throw outage('l1_refused', `${name} does not let us in`)
      if (status >= 500 && status !== 501) throw outage('l1_unreachable', `${name} answers with status ${status}`)
      // 404: no such block or path; 400: a kind of block id it does not know; 410: an endpoint of the past.
      if (status >= 400) return undefined
      if (!isObject(json) || json.data === undefined) throw outage('l1_bad_answer', `${name} answers without data`)
      health.good()
      return json.data
    } catch (error) {
      if (isOutage(error)) health.bad(error)
      throw error
    }
  }

  async function timing(): Promise<SlotTiming | undefined> {
    const spec = await get('/eth/v1/config/spec', false)
    if (spec === undefined) return undefined
    const genesis = await get('/eth/v1/beacon/genesis', false)
    const start = isObject(genesis) ? parseDecimal(genesis.genesis_time) : undefined
    const slotSec = isObject(spec) ? slotLength(spec) : undefined
    if (start !== undefined && slotSec !== undefined) return { genesis: start, slotSec }
    throw outage('l1_bad_answer', `${name} does not tell when slots begin`)
  }

  async function blobs(block: string, hashes: readonly Hash[]): Promise<readonly Uint8Array[] | undefined> {
    const query = hashes.map((hash) => `versioned_hashes=${hash}`).join('&')
    const data = await get(`/eth/v1/beacon/blobs/${block}${query === '' ? '' : `?${query}`}`, true)
    return readList(data, parseHex)
  }

  async function sidecars(block: string): Promise<readonly Sidecar[] | undefined> {
    return readList(await get(`/eth/v1/beacon/blob_sidecars/${block}`, true), (item) => {
      const blob = isObject(item) ? parseHex(item.blob) : undefined
      const commitment = isObject(item) ? parseHex(item.kzg_commitment) : undefined
      return blob === undefined || commitment === undefined ? undefined : { blob, commitment }
    })
  }

  /** What can be read of a list: the rest is missing, as if it were not there. */
  function readList<T>(data: unknown, read: (item: unknown) => T | undefined): readonly T[] | undefined {
    if (data === undefined) return undefined
    if (!Array.isArray(data)) throw outage('l1_bad_answer', `${name} gives blobs that are no list`)
    return data.slice(0, maxItems).flatMap((item) => read(item) ?? [])
  }

  return { name, timing, blobs, sidecars, health }
}

/** More blobs than any block has. */
const maxItems = 256

/** In seconds; forks may come to say it in milliseconds only. */
function slotLength(spec: Readonly<Record<string, unknown>>): bigint | undefined {
  const seconds = parseDecimal(spec.SECONDS_PER_SLOT)
  const ms = parseDecimal(spec.SLOT_DURATION_MS)
  const length = seconds ?? (ms === undefined ? undefined : ms / 1_000n)
  return length === 0n ? undefined : length
}

function parseDecimal(value: unknown): bigint | undefined {
  return typeof value === 'string' && /^[0-9]{1,20}$/.test(value) ? BigInt(value) : undefined
}
