import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Hash } from '../../../core/hex.ts'
import type { PeerStatus } from '../../../core/ports/net.ts'
import type { News } from '../../../p2p/thread/messages.ts'
import { createNewsDesk } from '../../../p2p/thread/news.ts'

const hash = `0x${'11'.repeat(32)}` as Hash

function statusAt(number: bigint): PeerStatus {
  const ref = { number, hash }
  return { genesis: hash, unsafe: ref, safe: ref, finalized: ref }
}

function open() {
  const parcels: News[] = []
  const desk = createNewsDesk((news) => parcels.push(news))
  const plain = () =>
    parcels.map(({ statuses, gone }) => [statuses.map(([peer, { unsafe }]) => `${peer} ${unsafe.number}`), gone])
  return { desk, parcels, plain }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

test('one parcel is on its way at a time, and the next one has the newest of each peer', async () => {
  const { desk, plain } = open()
  desk.status('a', statusAt(1n))
  desk.status('b', statusAt(1n))
  await turn()
  for (let number = 2n; number < 100n; number++) desk.status('a', statusAt(number))
  desk.gone('b')
  desk.status('c', statusAt(5n))
  await turn()
  assert.deepEqual(plain(), [[['a 1', 'b 1'], []]])
  desk.heard()
  assert.deepEqual(plain()[1], [['a 99', 'c 5'], ['b']])
  desk.heard()
  await turn()
  assert.equal(plain().length, 2, 'without news there is no parcel')
})

test('a peer that came and left while nobody listened is not mentioned', async () => {
  const { desk, plain } = open()
  desk.status('a', statusAt(1n))
  await turn()
  for (let i = 0; i < 1_000; i++) {
    desk.status(`stranger ${i}`, statusAt(1n))
    desk.gone(`stranger ${i}`)
  }
  desk.gone('a')
  desk.status('a', statusAt(2n))
  desk.heard()
  assert.deepEqual(plain()[1], [['a 2'], ['a']])
})

test('log lines wait in bounded number, and it is said how many are missing', async () => {
  const { desk, parcels } = open()
  desk.log({ level: 'info', fields: {}, text: 'first' })
  await turn()
  for (let i = 0; i < 300; i++) desk.log({ level: 'debug', fields: { i }, text: 'more' })
  desk.heard()
  const lines = parcels[1]?.lines ?? []
  assert.equal(lines.length, 257)
  assert.deepEqual(lines.at(-1)?.fields, { dropped: 44 })
})
