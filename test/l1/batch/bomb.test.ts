import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brotliDecompressSync } from 'node:zlib'
import { concatBytes, joinBytes } from '../../../core/hex.ts'
import { compress } from '../../../l1/batch/brotli.ts'
import { decodeChannel } from '../../../l1/batch/channel.ts'
import { flushed } from './flushed.ts'

// A file of its own: what a test costs at the peak shows only in a process that has not had higher peaks.

const mib = 2 ** 20
const version = Uint8Array.of(1)

/** Decodes what must be refused: how long it took, and by how many MiB the process grew at its peak. */
function costOf(channel: Uint8Array): { readonly ms: number; readonly grownMib: number } {
  const peak = process.resourceUsage().maxRSS
  const started = performance.now()
  assert.equal(decodeChannel(channel), undefined)
  const ms = performance.now() - started
  return { ms, grownMib: (process.resourceUsage().maxRSS - peak) / 1024 }
}

test('a mebibyte that would be gigabytes costs the limit', { timeout: 60_000 }, async (t) => {
  // What a second MiB of zeros adds to a stream, added over and over.
  const [first, more] = await flushed([new Uint8Array(mib), new Uint8Array(mib)])
  assert.ok(first !== undefined && more !== undefined && more.length < 64)
  const times = Math.floor(mib / more.length)
  const bomb = joinBytes([first, ...new Array<Uint8Array>(times).fill(more)])
  t.diagnostic(`${bomb.length} bytes that would be ${times + 1} MiB`)

  const { ms, grownMib } = costOf(concatBytes(version, bomb))
  t.diagnostic(`${ms.toFixed(0)} ms, ${grownMib.toFixed(0)} MiB`)
  assert.ok(ms < 5000)
  assert.ok(grownMib < 48)
  assert.throws(() => brotliDecompressSync(bomb, { maxOutputLength: 64 * mib }), { code: 'ERR_BUFFER_TOO_LARGE' })
})

test('16 MiB of what is no batch cost no more', { timeout: 60_000 }, (t) => {
  const head = Uint8Array.of(0xba, 0xff, 0xff, 0xfc, 0x00, 0xfa, 0xff, 0xff, 0xf7)
  const contents = {
    zeros: new Uint8Array(16 * mib),
    'empty strings': new Uint8Array(16 * mib).fill(0x80),
    'empty lists': new Uint8Array(16 * mib).fill(0xc0),
    'a batch of empty lists': concatBytes(head, new Uint8Array(16 * mib - head.length).fill(0xc0)),
    'a batch of lists in lists': concatBytes(head, new Uint8Array(16 * mib - head.length).fill(0xc1)),
  }
  for (const [name, content] of Object.entries(contents)) {
    const { ms, grownMib } = costOf(concatBytes(version, compress(content, 1)))
    t.diagnostic(`${name}: ${ms.toFixed(0)} ms, ${grownMib.toFixed(0)} MiB`)
    assert.ok(ms < 5000, name)
    assert.ok(grownMib < 96, name)
  }
})

test('streams that are joined end with the first', { timeout: 60_000 }, () => {
  const stream = compress(new Uint8Array(mib), 1)
  const joined = joinBytes([version, ...new Array<Uint8Array>(Math.ceil(mib / stream.length)).fill(stream)])
  assert.ok(costOf(joined).ms < 1000)
})
