import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { chainName } from '../../../p2p/wire/names.ts'
import { startHost, testGenesis } from './hosts.ts'
import { encodePrefixed, startRawPeer } from './rawPeer.ts'

const types = { putValue: 0, getValue: 1, addProvider: 2, getProviders: 3, findNode: 4, ping: 5 } as const

/** A field of protobuf: of bytes, or of a small number. */
function field(number: number, value: Uint8Array | number): Uint8Array {
  if (typeof value === 'number') return Uint8Array.of(number << 3, value)
  return Uint8Array.of((number << 3) | 2, ...encodePrefixed(value))
}

const concat = (...parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts))

/** CIDv1, raw, identity: its own content. */
const keyOf = (content: Uint8Array) => concat(Uint8Array.of(1, 0x55, 0), encodePrefixed(content))

type Table = { ask(...messages: readonly Uint8Array[]): Promise<'answered' | 'refused'> }

/** A raw peer that speaks the protocol of the table with a host. */
async function startAsker(t: TestContext, options: Parameters<typeof startHost>[2] = {}) {
  const host = await startHost(t, {}, { ...options, dht: true })
  const raw = await startRawPeer(t)
  const connection = await raw.dial(host)
  const protocol = `${chainName(31_337n, testGenesis)}/kad/1`
  const table: Table = {
    async ask(...messages) {
      const stream = await connection.newStream(protocol)
      const outcome = Promise.withResolvers<'answered' | 'refused'>()
      stream.addEventListener('message', () => outcome.resolve('answered'))
      stream.addEventListener('close', () => outcome.resolve('refused'))
      for (const message of messages) stream.send(encodePrefixed(message))
      const result = await outcome.promise
      stream.abort(new Error('done'))
      return result
    },
  }
  const self = concat(
    field(1, peerIdFromString(raw.id).toMultihash().bytes),
    field(2, multiaddr('/ip4/127.0.0.1/tcp/9').bytes),
  )
  return { table, self }
}

describe('the table of peers', { timeout: 30_000 }, () => {
  test('a host says which peers it knows, and keeps nothing else for strangers', async (t) => {
    const { table, self } = await startAsker(t)
    const key = keyOf(new Uint8Array(64).fill(7))
    const findNode = concat(field(1, types.findNode), field(2, new Uint8Array(32).fill(1)))
    assert.equal(await table.ask(findNode), 'answered')
    assert.equal(await table.ask(field(1, types.ping)), 'answered')
    // It has no answer, so what follows it on the same stream shows that it was taken.
    const provide = concat(field(1, types.addProvider), field(2, key), field(9, self))
    assert.equal(await table.ask(provide, field(1, types.ping)), 'refused', 'it takes no records of who has what')
    assert.equal(await table.ask(concat(field(1, types.getProviders), field(2, key))), 'refused')
    assert.equal(await table.ask(concat(field(1, types.getValue), field(2, key))), 'refused')
    assert.equal(await table.ask(concat(field(1, types.putValue), field(2, key), field(3, field(1, key)))), 'refused')
  })

  test('what is asked is short, and asked no oftener than the table needs', async (t) => {
    const { table } = await startAsker(t)
    const find = (bytes: number) => table.ask(concat(field(1, types.findNode), field(2, new Uint8Array(bytes).fill(1))))
    assert.equal(await find(20_000), 'refused')
    const outcomes: string[] = []
    for (let index = 0; index < 200; index++) outcomes.push(await find(32))
    assert.equal(outcomes[0], 'answered')
    const answered = outcomes.filter((outcome) => outcome === 'answered').length
    assert.ok(answered < 150, `${answered} were answered`)
  })
})
