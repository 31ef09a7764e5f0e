import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Address, Hash } from '../../../core/hex.ts'
import type { GossipedBlock } from '../../../core/ports/net.ts'
import type { Question } from '../../../p2p/thread/messages.ts'
import { createQuestions, putQuestion } from '../../../p2p/thread/questions.ts'

const hash = `0x${'11'.repeat(32)}` as Hash
const sender = `0x${'22'.repeat(20)}` as Address
const signature = { r: 1n, s: 1n, yParity: 0 as const }
const attestation = { l2BlockNumber: 1n, outputRoot: hash, l1BlockHash: hash, signature }
const limits = { blocks: 3, blockBytes: 1_000, txs: 2, attestations: 1 }

function blockOf(bytes: number): GossipedBlock {
  const raw = new Uint8Array(bytes)
  const seal = { epoch: 0n, contentHash: hash, signature }
  return { number: 1n, parentHash: hash, hash, raw, senders: [], peer: 'peer', seal, compressed: new Uint8Array() }
}

/** Questions and what was sent of them. */
function ask() {
  const sent: { readonly id: number; readonly question: Question }[] = []
  return { sent, questions: createQuestions((id, question) => sent.push({ id, question }), limits) }
}

test('beyond its limits the net answers itself, and asks again when there is room', async () => {
  const { sent, questions } = ask()
  const blocks = [questions.block(blockOf(10)), questions.block(blockOf(10)), questions.block(blockOf(10))]
  assert.equal(await questions.block(blockOf(10)), 'held')
  const txs = [questions.tx(new Uint8Array(1), sender), questions.tx(new Uint8Array(2), sender)]
  assert.equal(await questions.tx(new Uint8Array(3), sender), 'not_now')
  const counted = questions.attestation(attestation, sender)
  assert.equal(await questions.attestation(attestation, sender), 'too_new')
  assert.equal(sent.length, 6)
  for (const { id, question } of sent) {
    const answer = { blocks: 'imported', txs: 'accepted', attestations: 'counted' } as const
    questions.answered(id, answer[question.topic])
  }
  assert.deepEqual(await Promise.all([...blocks, ...txs, counted]), [
    ...['imported', 'imported', 'imported'],
    ...['accepted', 'accepted', 'counted'],
  ])
  void questions.block(blockOf(10))
  assert.equal(sent.length, 7)
})

test('bytes of open blocks are bounded', async () => {
  const { sent, questions } = ask()
  const first = questions.block(blockOf(900))
  assert.equal(await questions.block(blockOf(101)), 'held')
  questions.answered(sent[0]!.id, 'known')
  assert.equal(await first, 'known')
  void questions.block(blockOf(1_000))
  assert.equal(sent.length, 2)
})

test('what is handed over shares no memory with the message it came in', () => {
  const { sent, questions } = ask()
  const frame = new Uint8Array(100).fill(7)
  void questions.block({ ...blockOf(0), raw: frame.subarray(10, 20), compressed: frame.subarray(20, 30) })
  void questions.tx(frame.subarray(30, 40), sender)
  const [first, second] = sent.map(({ question }) => question)
  assert.ok(first?.topic === 'blocks' && second?.topic === 'txs')
  for (const bytes of [first.block.raw, first.block.compressed, second.raw]) {
    assert.equal(bytes.buffer.byteLength, 10)
    assert.deepEqual(bytes, new Uint8Array(10).fill(7))
  }
})

test('an answer that nobody waits for is dropped', () => {
  const { questions } = ask()
  questions.answered(99, 'imported')
})

test('questions go to the method that they are for', async () => {
  const listener = {
    block: async () => 'imported' as const,
    tx: async () => 'accepted' as const,
    attestation: async () => 'counted' as const,
    status: () => {},
    gone: () => {},
  }
  assert.equal(await putQuestion(listener, { topic: 'blocks', block: blockOf(1) }), 'imported')
  assert.equal(await putQuestion(listener, { topic: 'txs', raw: new Uint8Array(), sender }), 'accepted')
  assert.equal(await putQuestion(listener, { topic: 'attestations', attestation, signer: sender }), 'counted')
})
