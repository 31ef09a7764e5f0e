import assert from 'node:assert/strict'
import { test } from 'node:test'
import { constants, zstdCompressSync } from 'node:zlib'
import { encodeBlock } from '../../../core/block.ts'
import { headerHash } from '../../../core/header.ts'
import { concatBytes } from '../../../core/hex.ts'
import { keccakHash } from '../../../core/keccak.ts'
import { type BlockCode, blockCodes } from '../../../core/ports/net.ts'
import { encodeRlp } from '../../../core/rlp.ts'
import { curveOrder } from '../../../core/secp256k1.ts'
import { gateLimits } from '../../../p2p/gossip/limits.ts'
import { compressBlock } from '../../../p2p/wire/compress.ts'
import { decodeEnvelope, encodeEnvelope } from '../../../p2p/wire/envelope.ts'
import { createHarness } from './harness.ts'
import { blockMessage, blockOf, chainId, keyOf, nowMs, sequencer, signerOf, txOf, view } from './messages.ts'

const block = blockOf({ number: 9n, txs: 2 })

test('a sealed block reaches the chain decoded, with its senders and its seal', async () => {
  const { send, blocks } = createHarness()
  assert.equal(await send('blocks', blockMessage(block)), 'accept')
  const [got, ...others] = blocks
  assert.ok(got !== undefined && others.length === 0)
  assert.deepEqual([got.peer, got.number, got.hash], ['peer', 9n, block.hash])
  assert.equal(got.parentHash, block.header.parentHash)
  assert.deepEqual(got.raw, encodeBlock(block))
  assert.deepEqual(got.senders, [txOf(0).from, txOf(1).from])
  assert.deepEqual(got.compressed, compressBlock(got.raw))
  assert.equal(got.seal.contentHash, keccakHash(got.compressed))
})

test('the chain decides what becomes of a block that passed', async () => {
  const expected: Record<BlockCode, string> = {
    imported: 'accept',
    known: 'accept',
    held: 'ignore',
    invalid: 'reject block_invalid',
    equivocation: 'reject',
    useless: 'ignore',
  }
  for (const code of blockCodes) {
    const { send, answers } = createHarness()
    answers.block = code
    assert.equal(await send('blocks', blockMessage(block)), expected[code], code)
  }
})

test('refuses bad signatures: malleable, of another parity, chain or key, or over something else', async () => {
  const { send, blocks } = createHarness()
  const message = blockMessage(block)
  const envelope = decodeEnvelope(message) ?? assert.fail('malformed')
  const { r, s, yParity } = envelope.signature
  const signed = (signature: typeof envelope.signature) => encodeEnvelope({ ...envelope, signature })
  const flipped = yParity === 0 ? 1 : 0
  const other = keccakHash(Uint8Array.of(3))
  const refused = {
    'high s': [signed({ r, s: curveOrder - s, yParity: flipped }), 'malformed'],
    'r of 0': [signed({ r: 0n, s, yParity }), 'malformed'],
    'v of 27': [message.with(144, 27), 'malformed'],
    zeros: [message.slice().fill(0, 80, 145), 'malformed'],
    // No point of the curve has this x.
    'r of no key': [signed({ r: 5n, s, yParity }), 'bad_signature'],
    'the other parity': [signed({ r, s, yParity: flipped }), 'block_wrong_signer'],
    'another chain': [blockMessage(block, { chainId: chainId + 1n }), 'block_wrong_signer'],
    'another key': [blockMessage(block, { key: keyOf(7) }), 'block_wrong_signer'],
    'another epoch': [encodeEnvelope({ ...envelope, epoch: 1n }), 'block_wrong_signer'],
    'another number': [encodeEnvelope({ ...envelope, number: 10n }), 'block_wrong_signer'],
    'another parent': [encodeEnvelope({ ...envelope, parentHash: other }), 'block_wrong_signer'],
    'another hash': [encodeEnvelope({ ...envelope, hash: other }), 'block_wrong_signer'],
    'other content': [
      encodeEnvelope({ ...envelope, compressed: compressBlock(encodeBlock(blockOf({ number: 9n }))) }),
      'block_wrong_signer',
    ],
  } as const
  for (const [name, [data, fault]] of Object.entries(refused)) {
    assert.equal(await send('blocks', data), `${fault === 'block_wrong_signer' ? 'ignore' : 'reject'} ${fault}`, name)
  }
  assert.deepEqual(blocks, [])
  assert.equal(await send('blocks', message), 'accept', 'none of them keeps the block from being looked at')
})

test('looks at the signature before it inflates or decodes anything', async () => {
  const { send } = createHarness()
  const garbage = compressBlock(new Uint8Array(1_000))
  const of = (key: Uint8Array) => blockMessage(block, { compressed: garbage, key })
  assert.equal(await send('blocks', of(keyOf(7))), 'ignore block_wrong_signer')
  assert.equal(await send('blocks', of(keyOf(1))), 'reject block_bad_content')
})

test('refuses content that is no block, or another one, though it is sealed', async () => {
  const raw = encodeBlock(block)
  const opened = compressBlock(raw)
  const contents = {
    'a frame that breaks off': opened.subarray(0, -2),
    'bytes after the frame': concatBytes(opened, Uint8Array.of(1)),
    'bytes after the block': compressBlock(concatBytes(raw, Uint8Array.of(1))),
    'no header': compressBlock(encodeRlp([[], [], [], []])),
    'an empty list': compressBlock(Uint8Array.of(0xc0)),
    'a transaction that is none': compressBlock(
      encodeBlock({ ...block, transactions: [{ ...txOf(0), raw: Uint8Array.of(2, 0xc0) }] }),
    ),
  }
  for (const [name, compressed] of Object.entries(contents)) {
    const { send, blocks } = createHarness()
    assert.equal(await send('blocks', blockMessage(block, { compressed })), 'reject block_bad_content', name)
    assert.deepEqual(blocks, [])
  }
  const other = keccakHash(Uint8Array.of(3))
  for (const lies of [{ number: 10n }, { parentHash: other }, { hash: other }]) {
    const { send, blocks } = createHarness()
    assert.equal(await send('blocks', blockMessage(block, lies)), 'reject block_other_content')
    assert.deepEqual(blocks, [])
  }
})

test('refuses what is too large, by its length and by the size it declares', async () => {
  const { send } = createHarness({ rules: { maxBlockBytes: 2_000 } })
  const limit = 145 + 2_000 + (2_000 >> 8) + 1_024
  assert.equal(await send('blocks', new Uint8Array(limit + 1)), 'reject oversized')
  assert.equal(await send('blocks', new Uint8Array(limit)), 'reject malformed')
  assert.equal(await send('blocks', new Uint8Array(145)), 'reject malformed')
  const bomb = compressBlock(new Uint8Array(2_001))
  // Of nobody's seal: the size is looked at first.
  assert.equal(await send('blocks', blockMessage(block, { compressed: bomb, key: keyOf(7) })), 'reject block_bomb')
  const undeclared = zstdCompressSync(encodeBlock(block), { params: { [constants.ZSTD_c_contentSizeFlag]: 0 } })
  assert.equal(await send('blocks', blockMessage(block, { compressed: undeclared })), 'reject malformed')
})

test('ignores final heights, and every block while it knows nobody who may seal', async () => {
  const { gate, send, blocks } = createHarness()
  assert.equal(await send('blocks', blockMessage(blockOf({ number: 4n }))), 'ignore')
  gate.tell({ ...view, signers: [] })
  assert.equal(await send('blocks', blockMessage(block)), 'ignore')
  assert.deepEqual(blocks, [])
  gate.tell({ ...view, signers: [signerOf(3).address, sequencer] })
  assert.equal(await send('blocks', blockMessage(block)), 'accept')
  assert.equal(await send('blocks', blockMessage(blockOf({ number: 5n }))), 'accept')
})

test('while L1 may have named another signer, blocks of the known one pass and others blame nobody', async () => {
  const { gate, send, blocks } = createHarness()
  gate.tell({ ...view, isBehindL1: true })
  assert.equal(await send('blocks', blockMessage(block, { key: keyOf(7) })), 'ignore')
  assert.equal(await send('blocks', blockMessage(block)), 'accept')
  assert.deepEqual(
    blocks.map(({ hash }) => hash),
    [block.hash],
  )
  gate.tell(view)
  assert.equal(
    await send('blocks', blockMessage(blockOf({ number: 10n }), { key: keyOf(7) })),
    'ignore block_wrong_signer',
  )
})

test('looks at a block once, and at five sealed blocks of a height', async () => {
  const { send, blocks } = createHarness()
  const message = (salt: number) => blockMessage(blockOf({ number: 9n, salt }))
  for (let salt = 0; salt < 5; salt++) assert.equal(await send('blocks', message(salt)), 'accept')
  assert.equal(await send('blocks', message(0)), 'ignore')
  assert.equal(await send('blocks', message(5)), 'ignore')
  assert.equal(blocks.length, 5)
  assert.equal(await send('blocks', blockMessage(blockOf({ number: 10n }))), 'accept')
})

test('blocks that nobody sealed do not use up a height', async () => {
  const { send } = createHarness()
  for (let salt = 1; salt < 20; salt++) {
    const forged = blockMessage(blockOf({ number: 9n, salt }), { key: keyOf(7) })
    assert.equal(await send('blocks', forged), 'ignore block_wrong_signer')
  }
  assert.equal(await send('blocks', blockMessage(block)), 'accept')
})

test('takes blocks from 60 seconds ago to 5 seconds ahead', async () => {
  const { send, blocks } = createHarness()
  const verdictOf = (number: bigint, offMs: number) =>
    send('blocks', blockMessage(blockOf({ number, timeMs: nowMs + offMs })))
  assert.equal(await verdictOf(9n, -60_000), 'accept')
  assert.equal(await verdictOf(10n, 5_000), 'accept')
  assert.equal(await verdictOf(11n, -61_000), 'ignore')
  assert.equal(await verdictOf(12n, 6_000), 'ignore')
  const far = blockOf({ number: 13n })
  const header = { ...far.header, timestamp: 2n ** 63n }
  assert.equal(await send('blocks', blockMessage({ ...far, header, hash: headerHash(header) })), 'ignore')
  assert.deepEqual(
    blocks.map(({ number }) => number),
    [9n, 10n],
  )
})

test('lets a bounded number of blocks wait for the chain, and a bounded number of bytes', async () => {
  const { gate, send, blocks, answers } = createHarness()
  let release: (code: BlockCode) => void = () => {}
  answers.block = new Promise((resolve) => {
    release = resolve
  })
  const waiting = Array.from({ length: gateLimits.maxPending }, (_, index) =>
    gate.message('peer', 'blocks', blockMessage(blockOf({ number: BigInt(9 + index) }))),
  )
  assert.equal(await send('blocks', blockMessage(blockOf({ number: 5n }))), 'ignore')
  assert.equal(blocks.length, gateLimits.maxPending)
  assert.equal(await send('txs', txOf(0).raw), 'accept', 'other topics do not wait')
  release('imported')
  assert.deepEqual(new Set(await Promise.all(waiting)), new Set(['accept']))
  assert.equal(await send('blocks', blockMessage(blockOf({ number: 5n }))), 'accept')

  const large = createHarness()
  large.answers.block = new Promise(() => {})
  const data = new Uint8Array(1_900_000)
  const transactions = [txOf(0, { data })]
  const sent = 3 + Math.floor(gateLimits.maxPendingBytes / data.length)
  for (let number = 9n; number < 9n + BigInt(sent); number++) {
    const full = { ...blockOf({ number }), transactions }
    void large.gate.message('peer', 'blocks', blockMessage(full))
  }
  await new Promise(setImmediate)
  assert.equal(large.blocks.length, sent - 3)
})
