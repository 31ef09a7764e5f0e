import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { NodeError } from '../../core/errors.ts'
import { together } from '../../node/roles/together.ts'

const fatal = new NodeError({ code: 'l1_reorg_below_finalized', severity: 'fatal', message: 'no way on' })

test('what runs together stops with the first that fails, and has ended when that is told', async () => {
  const stop = new AbortController()
  const ended: string[] = []
  const slow = async () => {
    await new Promise((resolve) => stop.signal.addEventListener('abort', resolve))
    await sleep(20)
    ended.push('slow')
    throw new Error('a consequence')
  }
  await assert.rejects(together([slow(), Promise.reject(fatal)], stop), fatal)
  assert.deepEqual(ended, ['slow'])
})

test('what runs together ends without a failure once all of it was stopped', async () => {
  const stop = new AbortController()
  const ends = together([sleep(5), sleep(1)], stop)
  await ends
  assert.equal(stop.signal.aborted, false)
})
