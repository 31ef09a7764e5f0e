import assert from 'node:assert/strict'
import { test } from 'node:test'
import { httpOptions } from '../../node/cli/nodeOptions.ts'
import { resolveConfig } from '../../node/config/resolve.ts'
import { rpcDoc } from '../../node/docs/rpcDoc.ts'
import { defaultLimits, devLimits } from '../../rpc/limits.ts'
import { maxFilterValues } from '../../rpc/params/filter.ts'

test('the documented limits are those that nodes without settings have', () => {
  for (const [verb, isSolo, limits] of [
    ['run', false, defaultLimits],
    ['devnet', true, devLimits],
  ] as const) {
    const { config } = resolveConfig({ verb, flags: new Map(), env: {}, isContainer: false })
    const used = httpOptions(config, isSolo).limits
    // As many as the machine has processors for; the document says so.
    assert.deepEqual(used, { ...limits, callWorkers: used.callWorkers })
  }
  const doc = rpcDoc()
  assert.match(doc, /\| `batchItems` +\| 100 +\| 1000 +\|/)
  assert.match(doc, new RegExp(`at most ${maxFilterValues} addresses`))
})
