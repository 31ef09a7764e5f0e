import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadSpec } from '../../genesis/loadSpec.ts'
import { openledger, openledgerDevnet, openledgerTestnet } from '../../sdk/chains.ts'

test('the chain definitions have the ids of the chain specs', () => {
  const ids = [openledger, openledgerTestnet, openledgerDevnet].map(({ id }) => BigInt(id))
  assert.deepEqual(
    ids,
    ['mainnet', 'testnet', 'devnet'].map((name) => loadSpec(name).chainId),
  )
})
