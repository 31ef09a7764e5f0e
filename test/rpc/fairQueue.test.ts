import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createFairQueue, type FairQueue } from '../../rpc/calls/fairQueue.ts'

function fill(queue: FairQueue<string>, items: string): void {
  for (const item of items.split(' ')) assert.equal(queue.push(item[0]!, item), undefined)
}

function drain(queue: FairQueue<string>): string {
  const items: string[] = []
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) items.push(item)
  return items.join(' ')
}

test('clients take turns, each with its oldest item', () => {
  const queue = createFairQueue<string>(10)
  fill(queue, 'a1 a2 a3 b1 c1 b2')
  assert.equal(drain(queue), 'a1 b1 c1 a2 b2 a3')
  fill(queue, 'b1 a1 b2')
  assert.equal(queue.shift(), 'b1')
  fill(queue, 'b3 c1')
  assert.equal(drain(queue), 'a1 b2 c1 b3')
})

test('who comes while a client is served goes before its next item', () => {
  const queue = createFairQueue<string>(10)
  fill(queue, 'a1 a2')
  assert.equal(queue.shift(), 'a1')
  fill(queue, 'b1 c1')
  queue.done('a')
  queue.done('nobody')
  assert.equal(drain(queue), 'b1 c1 a2')
})

test('a full queue keeps shares equal: the newest item of the client with the most goes', () => {
  const queue = createFairQueue<string>(4)
  fill(queue, 'a1 a2 a3 a4')
  assert.equal(queue.push('a', 'a5'), 'a5')
  assert.equal(queue.push('b', 'b1'), 'a4')
  assert.equal(queue.push('b', 'b2'), 'a3')
  assert.equal(queue.push('b', 'b3'), 'b3')
  assert.equal(queue.push('c', 'c1'), 'a2')
  assert.equal(queue.push('d', 'd1'), 'b2')
  assert.equal(queue.push('e', 'e1'), 'e1')
  assert.equal(drain(queue), 'a1 b1 c1 d1')
  assert.equal(createFairQueue<string>(0).push('a', 'a1'), 'a1')
})

test('what is taken out leaves room and no trace', () => {
  const queue = createFairQueue<string>(2)
  fill(queue, 'a1 b1')
  queue.remove('a', 'a1')
  queue.remove('a', 'a1')
  queue.remove('b', 'a1')
  fill(queue, 'c1')
  assert.deepEqual([queue.shift(), queue.clear(), queue.shift()], ['b1', ['c1'], undefined])
  fill(queue, 'a1 a2')
})

test('nothing is lost or doubled, and the bound holds', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('push' as const), client: fc.constantFrom('a', 'b', 'c', 'd') }),
    fc.record({ kind: fc.constantFrom('shift' as const, 'remove' as const), pick: fc.nat(20) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 0, max: 6 }), (steps, max) => {
      const queue = createFairQueue<string>(max)
      const model = new Set<string>()
      for (const [i, action] of steps.entries()) {
        if (action.kind === 'push') {
          const item = `${action.client}${i}`
          model.add(item)
          const evicted = queue.push(action.client, item)
          assert.equal(evicted !== undefined, model.size > max)
          if (evicted !== undefined) assert.ok(model.delete(evicted))
        } else if (action.kind === 'shift') {
          const item = queue.shift()
          assert.equal(item === undefined, model.size === 0)
          if (item !== undefined) assert.ok(model.delete(item))
        } else {
          const item = [...model][action.pick]
          if (item !== undefined) queue.remove(item[0]!, item)
          model.delete(item ?? '')
        }
      }
      assert.deepEqual(new Set(queue.clear()), model)
    }),
    { seed: 20_251, numRuns: 300 },
  )
})
