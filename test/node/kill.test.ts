import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { bytesToHex } from '../../core/hex.ts'
import { signTx } from '../../core/txEnvelope.ts'
import { devAccounts, devMnemonic } from '../../genesis/devAccounts.ts'
import { rpc } from './rpcCall.ts'
import { type Running, run, start } from './spawn.ts'

const rounds = 5
const seed = 20261120
const senders = devAccounts(devMnemonic, 4)

test(`the real node loses nothing it acknowledged when killed under load (${rounds} rounds, seed ${seed})`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ol-kill-test-'))
  const receipts = new Map<string, string>()
  let node: Running | undefined
  let state = seed
  try {
    for (let round = 0; round < rounds; round++) {
      node = start([
        'devnet',
        '--solo',
        '--http.addr',
        '127.0.0.1',
        '--http.port',
        '0',
        '--data-dir',
        folder,
        '--silent',
      ])
      const [, url] = await node.until(/Listening on (http:\/\/127\.0\.0\.1:\d+)/)
      for (const [hash, blockHash] of receipts) {
        const receipt = await rpc<{ blockHash: string } | null>(url!, 'eth_getTransactionReceipt', hash)
        assert.equal(receipt?.blockHash, blockHash, `round ${round}: ${hash}`)
      }
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31
      const load = Promise.all(senders.map((_, index) => sendUntilDead(url!, index, receipts)))
      const before = receipts.size
      const deadline = Date.now() + 20_000
      while (receipts.size === before && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10))
      await new Promise((resolve) => setTimeout(resolve, state % 500))
      node.child.kill('SIGKILL')
      await node.finished
      await load
      assert.ok(receipts.size > before, 'there was load')
    }
    const verified = await run(['db', 'verify', '--data-dir', folder])
    assert.equal(verified.code, 0, verified.stderr)
  } finally {
    node?.child.kill('SIGKILL')
    await node?.finished
    rmSync(folder, { recursive: true, force: true })
  }
})

/** Pays from one account again and again, and remembers the block of each payment that was confirmed. */
async function sendUntilDead(url: string, index: number, receipts: Map<string, string>): Promise<void> {
  const { address, privateKey } = senders[index]!
  try {
    for (let nonce = BigInt(await rpc<string>(url, 'eth_getTransactionCount', address, 'pending')); ; nonce++) {
      const { raw } = signTx(
        {
          type: 2,
          chainId: 31337n,
          nonce,
          gas: 21_000n,
          maxFeePerGas: 10n ** 11n,
          maxPriorityFeePerGas: 10n ** 9n,
          to: senders[(index + 1) % senders.length]!.address,
          value: 1n,
          data: new Uint8Array(0),
          accessList: [],
        },
        privateKey,
      )
      const hash = await rpc<string>(url, 'eth_sendRawTransaction', bytesToHex(raw))
      const receipt = await rpc<{ blockHash: string } | null>(url, 'eth_getTransactionReceipt', hash)
      if (receipt !== null) receipts.set(hash, receipt.blockHash)
    }
  } catch (error) {
    // The node was killed in the middle of a request; anything else is a failure of the test.
    if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error
  }
}
