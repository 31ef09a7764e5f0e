import assert from 'node:assert/strict'
import { decodeBlock, encodeBlock } from '../../../core/block.ts'
import { bytesToHex, concatBytes, equalBytes, type Hash, hexToBytes } from '../../../core/hex.ts'
import { type Topic, topics } from '../../../core/ports/net.ts'
import { encodeRlp, type RlpItem } from '../../../core/rlp.ts'
import { decodeTx } from '../../../core/txDecode.ts'
import { encodeTx } from '../../../core/txEncode.ts'
import { verdicts } from '../../../p2p/gossip/verdicts.ts'
import { decodeAttestation, encodeAttestation } from '../../../p2p/wire/attestation.ts'
import { decodeBlobAnswer, decodeBlobRequest, encodeBlobAnswer, encodeBlobRequest } from '../../../p2p/wire/blob.ts'
import {
  decodeBlocks,
  decodeBlocksRequest,
  encodeBlocks,
  encodeBlocksRequest,
  packBlocks,
} from '../../../p2p/wire/blocks.ts'
import { compressBlock, declaredSize, inflateBlock } from '../../../p2p/wire/compress.ts'
import { decodeEnvelope, encodeEnvelope } from '../../../p2p/wire/envelope.ts'
import { decodeSignature, encodeSignature } from '../../../p2p/wire/signature.ts'
import { decodeStatus, encodeStatus } from '../../../p2p/wire/status.ts'
import { createDice, type Dice, spoil } from '../../l1/batch/wireCases.ts'
import { createHarness } from './harness.ts'
import { attestationMessage, attestationOf, blockMessage, blockOf, keyOf, txOf, view } from './messages.ts'

// Bytes as a peer may send them: valid ones, valid ones spoiled at some layer, and noise; to every decoder and to the gate.

const maxBlockBytes = 4_000
const bounds = { maxCount: 8, maxBlockBytes }

/** One wire format: something valid, and what decoding and encoding again gives; undefined if the bytes are refused. */
type Format = {
  readonly make: (dice: Dice) => Uint8Array
  readonly again: (bytes: Uint8Array) => Uint8Array | undefined
}

function format<T>(
  make: (dice: Dice) => Uint8Array,
  decode: (bytes: Uint8Array) => T | undefined,
  encode: (value: T) => Uint8Array,
): Format {
  return {
    make,
    again: (bytes) => {
      const value = decode(bytes)
      return value === undefined ? undefined : encode(value)
    },
  }
}

const hashOf = (dice: Dice): Hash => bytesToHex(dice.bytes(32)) as Hash
const blocksOfRandom = Array.from({ length: 6 }, (_, salt) =>
  blockOf({ number: BigInt(5 + salt), txs: salt % 3, salt }),
)
const messages = blocksOfRandom.map((block) => blockMessage(block))
const transactions = [0, 1, 2, 3].map((nonce) => txOf(nonce, { data: new Uint8Array(nonce * 40).fill(nonce) }).raw)
const attestations = [2, 2, 7].map((key, at) => attestationMessage({ l2BlockNumber: BigInt(at) }, keyOf(key)))
const { signature } = attestationOf()

export const formats: Readonly<Record<string, Format>> = {
  envelope: format((dice) => dice.pick(messages), decodeEnvelope, encodeEnvelope),
  signature: format(() => encodeSignature(signature), decodeSignature, encodeSignature),
  attestation: format((dice) => dice.pick(attestations), decodeAttestation, encodeAttestation),
  status: format(
    (dice) => {
      const finalized = BigInt(dice.roll(300))
      const at = (ahead: number) => ({ number: finalized + BigInt(ahead), hash: hashOf(dice) })
      return encodeStatus({ genesis: hashOf(dice), unsafe: at(70_000), safe: at(200), finalized: at(0) })
    },
    decodeStatus,
    encodeStatus,
  ),
  blocksRequest: format(
    (dice) => encodeBlocksRequest({ from: BigInt(dice.roll(2 ** 31)), count: 1 + dice.roll(128) }),
    decodeBlocksRequest,
    encodeBlocksRequest,
  ),
  blocks: format(
    (dice) =>
      packBlocks(
        Array.from({ length: dice.roll(5) }, () => ({
          raw: encodeBlock(dice.pick(blocksOfRandom)),
          seal:
            dice.roll(2) === 0 ? undefined : { epoch: BigInt(dice.roll(300)), contentHash: hashOf(dice), signature },
        })),
      ),
    (given) => decodeBlocks(given, bounds),
    encodeBlocks,
  ),
  blobRequest: format((dice) => dice.bytes(32), decodeBlobRequest, encodeBlobRequest),
  blobAnswer: format(
    (dice) => new Uint8Array(dice.pick([0, 131_071, 131_072])),
    decodeBlobAnswer,
    (blob) => encodeBlobAnswer(blob === 'absent' ? undefined : blob),
  ),
  block: format(
    (dice) => encodeBlock(dice.pick(blocksOfRandom)),
    (given) => refusedOr(decodeBlock(given)),
    encodeBlock,
  ),
  tx: format(
    (dice) => dice.pick(transactions),
    (given) => refusedOr(decodeTx(given)),
    ({ tx }) => encodeTx(tx),
  ),
}

function refusedOr<T extends object>(value: T): Exclude<T, { readonly reject: string }> | undefined {
  return 'reject' in value ? undefined : (value as Exclude<T, { readonly reject: string }>)
}

export type FuzzTally = { inputs: number; taken: number; readonly verdicts: Record<string, number> }

/** Feeds every decoder and the gate so many inputs each; throws, naming the input, at the first that is treated wrongly. */
export async function runFuzz(seed: number, inputs: number): Promise<FuzzTally> {
  const dice = createDice(seed)
  const tally: FuzzTally = { inputs: 0, taken: 0, verdicts: {} }
  const { gate, send, blocks, txs, attestations: asked } = createHarness({ rules: { maxBlockBytes } })
  for (let input = 0; input < inputs; input++) {
    for (const [name, { make, again }] of Object.entries(formats)) {
      tally.inputs++
      const given = spoilOrNot(dice, make(dice))
      const encoded = naming(`seed ${seed}, input ${input}, ${name}`, given, () => again(given))
      if (encoded === undefined) continue
      tally.taken++
      assert.ok(equalBytes(encoded, given), `seed ${seed}, input ${input}, ${name}: ${bytesToHex(given)}`)
    }
    checkInflate(spoilOrNot(dice, compressBlock(dice.bytes(dice.roll(400)))))
    const [topic, data] = messageOf(dice)
    const verdict = await send(topic, data)
    const [word, fault] = verdict.split(' ')
    const isKnown =
      fault === undefined || (fault in verdicts && verdicts[fault as keyof typeof verdicts].verdict === word)
    assert.ok(isKnown && word !== undefined, `seed ${seed}, input ${input}, ${topic}: ${verdict}`)
    tally.verdicts[`${topic} ${verdict}`] = (tally.verdicts[`${topic} ${verdict}`] ?? 0) + 1
    // What reached the chain is what the gate promises; it is not kept, so that memory shows what the gate keeps.
    for (const block of blocks.splice(0)) {
      const decoded = decodeBlock(block.raw)
      assert.ok(!('reject' in decoded) && decoded.hash === block.hash && decoded.header.number === block.number)
    }
    txs.length = 0
    asked.length = 0
    if (dice.roll(500) === 0) gate.tell({ ...view, validators: dice.roll(2) === 0 ? [] : view.validators })
    else if (dice.roll(100) === 0) gate.tell(view)
  }
  return tally
}

function naming<T>(name: string, given: Uint8Array, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    throw new Error(`${name} throws on ${bytesToHex(given)}`, { cause })
  }
}

function checkInflate(frame: Uint8Array): void {
  const raw = naming('inflateBlock', frame, () => inflateBlock(frame, maxBlockBytes))
  if (raw !== undefined) assert.equal(raw.length, declaredSize(frame))
}

function spoilOrNot(dice: Dice, bytes: Uint8Array): Uint8Array {
  const kind = dice.roll(8)
  if (kind === 0) return bytes
  if (kind === 1) return dice.bytes(dice.roll(300))
  if (kind === 2) return encodeRlp(rlpOf(dice, 0))
  // Spoiling copies byte by byte: a blob is cut instead.
  return bytes.length > 10_000 ? bytes.subarray(dice.roll(2)) : spoil(dice, bytes)
}

function rlpOf(dice: Dice, depth: number): RlpItem {
  if (depth > 3 || dice.roll(3) > 0) return dice.bytes(dice.pick([0, 1, 2, 8, 9, 20, 31, 32, 33, 65]))
  return Array.from({ length: dice.roll(6) }, () => rlpOf(dice, depth + 1))
}

/** A message for the gate: half of the blocks are signed over whatever they hold, so that the inner layers are reached. */
function messageOf(dice: Dice): readonly [Topic, Uint8Array] {
  const topic = dice.pick(topics)
  if (topic === 'txs') return [topic, spoilOrNot(dice, freshTx(dice))]
  if (topic === 'attestations') return [topic, spoilOrNot(dice, freshAttestation(dice))]
  const block = blockOf({ number: BigInt(3 + dice.roll(1_000_000)), txs: dice.roll(3), salt: dice.roll(200) })
  const raw = encodeBlock(block)
  const content = compressBlock(dice.roll(2) === 0 ? raw : spoil(dice, raw))
  const compressed = dice.roll(4) === 0 ? spoil(dice, content) : content
  const message = blockMessage(block, {
    compressed,
    key: keyOf(dice.roll(8) === 0 ? 7 : 1),
    ...(dice.roll(10) === 0 ? { hash: hashOf(dice) } : {}),
  })
  const other = dice.roll(4) === 0 ? spoil(dice, message) : message
  return [topic, dice.roll(50) === 0 ? concatBytes(other, hexToBytes(hashOf(dice))) : other]
}

const freshTx = (dice: Dice) => txOf(dice.roll(2 ** 30), { chainId: BigInt(901 + (dice.roll(10) === 0 ? 1 : 0)) }).raw
const freshAttestation = (dice: Dice) =>
  attestationMessage(
    { l2BlockNumber: BigInt(dice.roll(2 ** 30)), outputRoot: hashOf(dice) },
    keyOf(dice.pick([2, 2, 7])),
  )
