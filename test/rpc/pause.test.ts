import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pause } from '../../rpc/pause.ts'

function work(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

test('many pieces of long work together let others run in between', async () => {
  let finished = 0
  let timers = 0
  const timer = setInterval(() => timers++, 1)
  const jobs = Array.from({ length: 20 }, async () => {
    for (let step = 0; step < 20; step++) {
      work(1)
      await pause()
    }
    finished++
  })
  await Promise.all(jobs)
  clearInterval(timer)
  assert.equal(finished, 20)
  // 400 ms of work in slices of 10 ms.
  assert.ok(timers >= 15, `a timer fired ${timers} times`)
})

test('short work is not stopped', async () => {
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(pause(), undefined)
})
