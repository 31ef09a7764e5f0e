import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocol } from '../../../attribution/native/addresses.ts'
import { assertBooks } from '../../../attribution/native/books.ts'
import { zeroHash } from '../../../core/hex.ts'
import { senders } from '../../state/testChain.ts'
import { createHarness } from '../harness.ts'

test('the books hold while money comes by calls or without one, and not when some is missing', () => {
  const h = createHarness()
  assertBooks(h.world)
  h.ok(senders[0]!, 'registerAgent', { controller: senders[1]!, metadataHash: zeroHash }, { value: 100n })
  assertBooks(h.world)
  const { nonce, balance, codeHash } = h.world.account(protocol.settlement)!
  h.world.setAccount(protocol.settlement, { nonce, codeHash, balance: balance + 1n })
  assertBooks(h.world)
  h.world.setAccount(protocol.settlement, { nonce, codeHash, balance: balance - 1n })
  assert.throws(() => assertBooks(h.world), /counts 100 wei and holds 99/)
})
