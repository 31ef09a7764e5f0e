import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { NodeError } from '../../core/errors.ts'
import { createManualClock } from '../../core/ports/manualClock.ts'
import { createAlarm } from '../../sequencer/alarm.ts'
import { startLoop } from '../../sequencer/loop.ts'

function logs() {
  const lines: string[] = []
  const log = (kind: string) => (fields: object, text: string) => {
    lines.push(`${kind} ${'code' in fields ? fields.code : ''} ${text}`)
  }
  return { lines, log: { info: log('info'), warn: log('warn') } }
}

async function quiet(): Promise<void> {
  for (let count = 0; count < 10; count++) await turn()
}

test('what fails because the loop is to stop is no outage', async () => {
  const { lines, log } = logs()
  const stop = new AbortController()
  const step = async () => {
    stop.abort()
    throw new NodeError({ code: 'kzg_failed', severity: 'retry', message: 'it is closed' })
  }
  await startLoop(step, { clock: createManualClock(), log, pollMs: 1_000, signal: stop.signal }).closed
  assert.deepEqual(lines, [])
})

test('a loop goes on through outages, says when they begin and end, and stops with its signal', async () => {
  const { lines, log } = logs()
  const clock = createManualClock()
  const stop = new AbortController()
  let steps = 0
  let isDown = false
  const step = async () => {
    steps++
    if (isDown) throw new NodeError({ code: 'l1_unreachable', severity: 'retry', message: 'no answer' })
  }
  const loop = startLoop(step, { clock, log, pollMs: 1_000, signal: stop.signal })
  await quiet()
  isDown = true
  for (let second = 0; second < 5; second++) {
    await clock.advance(1_000)
    await quiet()
  }
  assert.equal(loop.outage(), 'l1_unreachable')
  isDown = false
  await clock.advance(1_000)
  await quiet()
  assert.equal(loop.outage(), undefined)
  assert.equal(steps, 7)
  stop.abort()
  await loop.closed
  assert.deepEqual(lines, [
    'warn l1_unreachable no transactions can be sent to L1 for now',
    'info l1_unreachable transactions are sent to L1 again',
  ])
})

test('a loop ends with whatever is no outage', async () => {
  for (const error of [
    new Error('a bug'),
    new NodeError({ code: 'db_write', severity: 'fatal', message: 'no disk' }),
  ]) {
    const loop = startLoop(
      async () => {
        throw error
      },
      { clock: createManualClock(), log: logs().log, pollMs: 1, signal: new AbortController().signal },
    )
    await assert.rejects(loop.closed, error)
  }
})

test('an alarm is logged when it is raised, again every ten minutes, and when it is over; never in a flood', async () => {
  const { lines, log } = logs()
  const clock = createManualClock()
  const alarm = createAlarm({ low: 'too low', high: 'too high' }, { clock, log })
  const say = async (code: 'low' | 'high' | undefined, times: number, ms: number) => {
    lines.length = 0
    for (let count = 0; count < times; count++) {
      alarm.set(code)
      await clock.advance(ms)
    }
    return [...lines]
  }
  assert.deepEqual(await say('low', 5, 100_000), ['warn low too low'])
  assert.deepEqual(await say('low', 5, 200_000), ['warn low too low', 'warn low too low'])
  assert.equal(alarm.current(), 'low')
  assert.deepEqual(await say('high', 1, 0), ['warn high too high'])
  assert.deepEqual(await say(undefined, 3, 0), ['info high resolved'])
  assert.equal(alarm.current(), undefined)
  // What comes and goes within a minute was said already.
  assert.deepEqual(await say('high', 1, 60_000), [])
  assert.deepEqual(await say(undefined, 1, 0), ['info high resolved'])
  assert.deepEqual(await say('high', 1, 0), ['warn high too high'])
})
