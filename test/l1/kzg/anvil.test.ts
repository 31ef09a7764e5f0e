import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Address, bytesToHex, emptyBytes, hexToBytes } from '../../../core/hex.ts'
import { sign } from '../../../core/secp256k1.ts'
import { encodeBlob } from '../../../l1/batch/blob.ts'
import { versionedHash } from '../../../l1/kzg/blob.ts'
import { openKzg } from '../../../l1/kzg/kzg.ts'
import type { ProofForm } from '../../../l1/kzg/prove.ts'
import { encodeOffer, signingDigest, type Unsigned } from '../../../sequencer/sender/encode.ts'
import { startAnvil } from '../anvil.ts'
import { createDice } from '../batch/wireCases.ts'

// The first of anvil's accounts, which everybody knows.
const key = hexToBytes('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
const inbox = `0x${'42'.repeat(20)}` as Address

for (const [form, hardfork] of [
  ['eip4844', 'prague'],
  ['eip7594', 'osaka'],
] as const satisfies readonly (readonly [ProofForm, string])[]) {
  test(`an L1 of ${hardfork} takes our ${form} proofs and no spoiled one`, { timeout: 60_000 }, async (t) => {
    const kzg = openKzg()
    t.after(() => kzg.close())
    const anvil = await startAnvil(['--hardfork', hardfork])
    t.after(() => anvil.stop())

    const blob = encodeBlob(createDice(4).bytes(9000))
    const commitment = await kzg.commitment(blob)
    const proofs = await kzg.proofs(blob, commitment, form)
    const unsigned = (sidecar: readonly Uint8Array[]): Unsigned => ({
      chainId: 900n,
      nonce: 0n,
      content: {
        kind: 'blobs',
        to: inbox,
        data: emptyBytes,
        value: 0n,
        gas: 21_000n,
        sidecars: [{ blob, commitment, hash: versionedHash(commitment), proofs: sidecar }],
      },
      price: { maxFeePerGas: 10n ** 10n, tip: 1n, maxBlobFee: 10n ** 10n },
    })
    const send = (sidecar: readonly Uint8Array[]) => {
      const tx = unsigned(sidecar)
      const signature = sign(hexToBytes(signingDigest(tx)), key)
      return anvil.client.sendRawTransaction({
        serializedTransaction: bytesToHex(encodeOffer(tx, signature, form)) as `0x03${string}`,
      })
    }

    await assert.rejects(send([commitment, ...proofs.slice(1)]))
    const hash = await send(proofs)
    const receipt = await anvil.client.waitForTransactionReceipt({ hash })
    assert.equal(receipt.status, 'success')
    assert.equal(receipt.blobGasUsed, 131_072n)
  })
}
