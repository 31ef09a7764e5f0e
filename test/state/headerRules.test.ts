import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkTime } from '../../state/headerRules.ts'

test('the time of a block has 64 bits, whatever its origin and window allow', () => {
  const last = 2n ** 64n - 1n
  const near = { timestamp: last - 10n }
  const check = (timestamp: bigint) => checkTime(timestamp, near, near, { maxOriginAgeSec: 1_800n })
  assert.equal(check(last), undefined)
  assert.deepEqual(check(last + 1n), { reject: 'header_field', detail: 'timestamp' })
})
