import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocol } from '../../../attribution/native/addresses.ts'
import { protocolDefinitions } from '../../../attribution/protocol.ts'
import { type Hash, hexToBytes } from '../../../core/hex.ts'
import { createHarness } from '../harness.ts'

test('the protocol does not call itself: its own addresses, impersonated, change nothing and read everything', () => {
  const h = createHarness()
  const writers: string[] = []
  for (const { address, functions } of protocolDefinitions) {
    for (const [selector, { abi }] of functions) {
      const input = hexToBytes(selector as Hash)
      const isView = abi.stateMutability === 'view' || abi.stateMutability === 'pure'
      if (!isView) writers.push(abi.name)
      for (const caller of Object.values(protocol)) {
        const outcome = h.raw(caller, address, input)
        const error = outcome.ok ? '' : outcome.error
        if (isView) assert.notEqual(error, 'NotAllowed', abi.name)
        else assert.equal(error, 'NotAllowed', abi.name)
      }
    }
  }
  assert(writers.length > 60)
})
