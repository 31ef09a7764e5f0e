import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { topicName } from '../../../p2p/wire/names.ts'
import { syntheticGenesis } from '../../state/synthetic.ts'
import { until } from '../host/hosts.ts'
import { frameOf, openGossip, startRawPeer } from '../host/rawPeer.ts'
import { addressOf, gossiped, idOf, join, openDiskChain, startNet } from './nets.ts'

const peers = 5
const perFrame = 20

test('10,000 invalid messages: a valid block passes in less than a second, and who sent them is banned', {
  timeout: 60_000,
}, async (t) => {
  const disk = await openDiskChain(t, 0)
  const [target, honest] = await Promise.all([startNet(t, disk), startNet(t, disk)])
  await join(honest, target)
  const address = await addressOf(target)
  const blocks = topicName(31_337n, syntheticGenesis().block.hash, 'blocks')
  const { message } = await gossiped(disk.chain)
  const spammers = await Promise.all(
    Array.from({ length: peers }, async () => {
      const raw = await startRawPeer(t)
      return { raw, ...(await openGossip(raw, { address })) }
    }),
  )
  let passedMs = Number.NaN
  for (let sent = 0; sent < 10_000; sent += peers * perFrame) {
    for (const { send } of spammers) {
      // Of the right form up to the signature.
      const forged = Array.from({ length: perFrame }, () => {
        const data = message.slice()
        crypto.getRandomValues(data.subarray(48, 80))
        return { topic: blocks, data }
      })
      send(frameOf({ messages: forged }))
    }
    if (sent === 5_000) {
      const start = performance.now()
      honest.net.publish('blocks', message)
      void until('the block', () => target.blocks.length > 0).then(() => {
        passedMs = performance.now() - start
      })
    }
    await sleep(1)
  }
  await until('the block passed', () => !Number.isNaN(passedMs))
  assert.ok(passedMs < 1_000, `${Math.round(passedMs)} ms`)
  await until('they are banned', () => spammers.every(({ raw }) => raw.node.getConnections().length === 0), 30_000)
  const { banned, peers: left } = await target.net.info()
  assert.deepEqual([banned, left], [peers, 1])
  assert.deepEqual(
    (await target.net.peers()).map(({ id }) => id),
    [await idOf(honest)],
  )
  assert.equal(target.blocks.length, 1, 'nothing forged reached the chain')
})
