import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { unbond } from '../../examples/attribution/agent.ts'
import { sell, settle } from '../../examples/attribution/channel.ts'
import { claimAll, clearCredit } from '../../examples/attribution/claim.ts'
import { dispute } from '../../examples/attribution/dispute.ts'
import { equivocate } from '../../examples/attribution/equivocation.ts'
import { govern } from '../../examples/attribution/governance.ts'
import { live } from '../../examples/attribution/life.ts'
import { type Example, openExample } from '../../examples/attribution/setup.ts'
import { type DevNode, startDevNode } from '../rpc/devNode.ts'

let node: DevNode
before(async () => {
  node = await startDevNode()
})
after(async () => node.close())

/** An example that keeps what it says. */
function listen() {
  const lines: string[] = []
  return { lines, example: openExample(node.url, (line) => lines.push(line)) }
}

test('agent: stake goes in, a part comes out after unbonding', async () => {
  const { lines, example } = listen()
  await unbond(example)
  assert.match(lines.join('\n'), /refused: TooEarly \(20\d\d-.*\nwithdrew 100 OPEN, 200 OPEN stay/)
})

test('datanet, model, channel, claim: a sale is split to the wei', async () => {
  const { lines, example } = listen()
  const { reader } = example
  const sale = await sell(example)
  await claimAll(example, sale, await settle(example, sale))
  const text = lines.join('\n')
  // 3 OPEN: 40 % compute; of the margin of 1.8 OPEN 25 % are specific, 25 % base, 25 % the owners'.
  assert.match(text, /1.2 OPEN for compute, 1.8 OPEN wait/)
  assert.match(text, /0.45 OPEN for bytes, 0.45 OPEN for model owners/)
  assert.match(text, /the parent's owner withdrew 0.09 OPEN/)
  const { balance, donated, ...buckets } = await reader.invariants()
  assert.equal(
    balance,
    Object.values(buckets).reduce((sum, wei) => sum + wei, donated),
  )
})

test('claim: on a chain that was used before the same is withdrawn again, and older credit is none of it', async () => {
  const withdrawn = async () => {
    const { lines, example } = listen()
    await clearCredit(example)
    const sale = await sell(example)
    await claimAll(example, sale, await settle(example, sale))
    return lines.filter((line) => line.includes('withdrew'))
  }
  const first = await withdrawn()
  assert.equal(first.length, 7)
  await unsettledCredit(listen().example)
  assert.deepEqual(await withdrawn(), first)
})

/** Credit of something else, which nobody withdraws. */
async function unsettledCredit(example: Example): Promise<void> {
  const sale = await sell(example)
  await settle(example, sale)
}

test('dispute: a demand is answered, hidden attributions are proven and repaired', async () => {
  const { lines, example } = listen()
  await dispute(example)
  assert.match(lines.join('\n'), /refuteMissingTile proves it with \d+ bytes/)
})

test('equivocation: two receipts with one sequence number cost stake', async () => {
  const { lines, example } = listen()
  await equivocate(example)
  assert.match(lines.at(-1)!, /^30 OPEN slashed, 6 OPEN for the prover; the provider is ejected: true$/)
})

test('governance: a proposal changes the split and a parameter', async () => {
  const { lines, example } = listen()
  await govern(example)
  assert.match(lines.join('\n'), /treasury 5 % to 4 %\nseconds between batches: 10 to 11$/)
})

test('life, on a chain that was used before: an honest and a false batch; all OPEN is accounted for', async () => {
  const { lines, example } = listen()
  await live(example)
  const text = lines.join('\n')
  assert.match(text, /refuteMissingTile proves it/)
  assert.match(text, /it adds up to the wei/)
  assert.match(text, /bonds, slashed -> the refuter/)
  // What it holds of this life alone: the stakes of 300 and 200 without the 3 that were slashed.
  assert.match(text, /\nstakes +497\.0+\n/)
})
