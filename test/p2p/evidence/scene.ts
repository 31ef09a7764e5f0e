import assert from 'node:assert/strict'
import { type Attestation, type Claim, claimDigest } from '../../../core/attestation.ts'
import { type Block, encodeBlock } from '../../../core/block.ts'
import { type Header, headerHash } from '../../../core/header.ts'
import { type Hash, hexToBytes } from '../../../core/hex.ts'
import type { L1Inputs } from '../../../core/ports/l1.ts'
import type { Sign } from '../../../core/ports/sign.ts'
import { privateKeyToAddress, sign } from '../../../core/secp256k1.ts'
import { signTx } from '../../../core/txEnvelope.ts'
import { rulesOf } from '../../../genesis/spec.ts'
import { precompilesOf } from '../../../node/precompiles.ts'
import { chainHead } from '../../../node/roles/chainHead.ts'
import { createEvidence, type Evidence, type EvidenceLimits } from '../../../p2p/evidence/evidence.ts'
import type { Finding, SignedBlock } from '../../../p2p/evidence/finding.ts'
import { attestationDomainOf } from '../../../p2p/evidence/judge.ts'
import type { VerifyEvidenceOptions } from '../../../p2p/evidence/verify.ts'
import { compressBlock } from '../../../p2p/wire/compress.ts'
import { sealBlock } from '../../../p2p/wire/sealBlock.ts'
import { createEthereumjsEngine } from '../../../state/engines/ethereumjs/engine.ts'
import type { SequencerNode } from '../../rollup/node.ts'
import { roles, users } from '../../rollup/spec.ts'
import { type Setup, setup } from '../../rollup/world.ts'

const gwei = 10n ** 9n

export type Scene = {
  readonly world: Setup
  readonly node: SequencerNode
  readonly verification: VerifyEvidenceOptions
  /** What was logged at error level. */
  readonly alarms: object[]
  evidence(options?: { readonly dir?: string; readonly limits?: EvidenceLimits }): Evidence
  /** The block of this height with other header fields and transactions, and what L1 gave it. */
  remade(number: bigint, changes?: Partial<Header>, transactions?: Block['transactions']): Block
  inputs(number: bigint): L1Inputs
  signed(block: Block, key?: Uint8Array): Promise<SignedBlock>
  attest(claim: Claim, key?: Uint8Array): Attestation
}

/** A sequencer's chain with some blocks, the last of which calls a contract and reads a hash of a block. */
export async function createScene(blocks: number): Promise<Scene> {
  const world = await setup()
  const { sequencer: node, spec } = world
  const { chain } = node
  await world.mineMany(2)
  await node.seal(blocks - 1)
  // Stores the hash of the block three before: PUSH1 3, NUMBER, SUB, BLOCKHASH, PUSH1 0, SSTORE, STOP.
  const data = hexToBytes('0x600343034060005500')
  const fees = { maxFeePerGas: 100n * gwei, maxPriorityFeePerGas: gwei, accessList: [] }
  const tx = {
    type: 2,
    chainId: spec.chainId,
    nonce: 0n,
    gas: 200_000n,
    to: undefined,
    value: 0n,
    data,
    ...fees,
  } as const
  node.submit(signTx(tx, users[1]!.privateKey))
  node.submit(world.transfer(2, 0n))
  await node.seal()
  const alarms: object[] = []
  const rules = rulesOf(spec)
  const precompiles = precompilesOf(spec)
  const blockAt = (number: bigint): Block => {
    const block = chain.block(chain.reader.hashByNumber(number)!)
    assert(block !== undefined)
    return block
  }

  return {
    world,
    node,
    alarms,
    verification: {
      spec,
      genesis: world.genesis.block.hash,
      openEngine: (blockHash) => createEthereumjsEngine({ rules, precompiles, blockHash }),
    },
    evidence: ({ dir, limits } = {}) =>
      createEvidence({
        chain,
        engine: node.engine,
        rules,
        spec,
        dir,
        clock: world.clock,
        log: { warn: () => {}, error: (fields, text) => void alarms.push({ ...fields, text }) },
        ...(limits && { limits }),
      }),
    remade(number, changes = {}, transactions = blockAt(number).transactions) {
      const header = { ...blockAt(number).header, ...changes }
      return { header, hash: headerHash(header), transactions }
    },
    inputs(number) {
      const { origin, config, sequenceNumber } = chainHead(blockAt(number), spec)
      const deposits = blockAt(number).transactions.flatMap(({ tx }) => (tx.type === 0x7e ? [tx] : []))
      return { origin, config, sequenceNumber, deposits: deposits.slice(1) }
    },
    async signed(block, key = roles.signer.privateKey) {
      const { seal } = await sealBlock({ chainId: spec.chainId, epoch: 0n, block, sign: signOf(key) })
      const raw = encodeBlock(block)
      const { number, parentHash } = block.header
      return { number, parentHash, hash: block.hash, seal, raw, compressed: compressBlock(raw) }
    },
    attest: (claim, key = users[3]!.privateKey) => ({
      ...claim,
      signature: sign(hexToBytes(claimDigest(attestationDomainOf(spec)!, claim)), key),
    }),
  }
}

/** A finding of each kind that holds. `index`: makes it another one. */
export async function findingsOf(scene: Scene, index = 0): Promise<readonly Finding[]> {
  const { remade, signed, inputs, attest, node } = scene
  const number = node.chain.heads().unsafe.number
  const own = node.chain.header()
  const salt = `0x${(index + 1).toString(16).padStart(64, '0')}` as Hash
  const key = users.at(-1 - index)!.privateKey
  const claim: Claim = { l2BlockNumber: number, outputRoot: salt, l1BlockHash: own.mixHash }
  const wrong = await signed(remade(number, { stateRoot: salt }))
  return [
    { kind: 'equivocation', first: await signed(remade(number)), second: wrong },
    {
      kind: 'invalid_block',
      block: wrong,
      reject: { reject: 'state_root', detail: 'stateRoot' },
      inputs: inputs(number),
    },
    {
      kind: 'block_not_derived',
      block: wrong,
      derived: { header: own, l1Block: { number: 1_002n, hash: own.mixHash } },
    },
    { kind: 'output_mismatch', index: BigInt(index), claim, l1BlockNumber: 1_002n, own },
    {
      kind: 'double_attestation',
      first: attest(claim, key),
      second: attest({ ...claim, outputRoot: own.stateRoot }, key),
    },
  ]
}

function signOf(key: Uint8Array): Sign {
  return { address: privateKeyToAddress(key), sign: async (digest) => sign(hexToBytes(digest), key) }
}
