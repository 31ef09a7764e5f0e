import { type Attestation, type AttestationDomain, type Claim, claimDigest } from '../../../core/attestation.ts'
import { type Address, bigintToFixed, bytesToHash, type Hash, hexToBytes, zeroHash } from '../../../core/hex.ts'
import { keccakHash } from '../../../core/keccak.ts'
import { createManualClock, type ManualClock } from '../../../core/ports/manualClock.ts'
import type { Sign } from '../../../core/ports/sign.ts'
import { privateKeyToAddress, sign as signDigest } from '../../../core/secp256k1.ts'
import type { Validator } from '../../../genesis/validators.ts'
import type { L1Record } from '../../../l1/derive/record.ts'
import { outputRoot } from '../../../l1/output.ts'
import { type Attester, type AttesterOptions, createAttester } from '../../../p2p/attest/attest.ts'
import type { Finding } from '../../../p2p/evidence/finding.ts'
import { decodeAttestation } from '../../../p2p/wire/attestation.ts'
import { type Chain, openChain } from '../../../state/chain.ts'
import { createMemoryKv } from '../../../state/store/memoryKv.ts'
import { rules, syntheticBlock, syntheticGenesis } from '../../state/synthetic.ts'

export const domain: AttestationDomain = {
  l1ChainId: 1n,
  registry: `0x${'11'.repeat(20)}` as Address,
  chainId: rules.chainId,
}

/** Keys of validators. */
export const keys = Array.from({ length: 6 }, (_, index) => bigintToFixed(BigInt(index + 101), 32))
export const signers = keys.map(privateKeyToAddress)

export function signOf(index: number): Sign {
  const key = keys[index]!
  return { address: signers[index]!, sign: async (digest) => signDigest(hexToBytes(digest), key) }
}

/** What a validator says. */
export function attest(index: number, claim: Claim): Attestation {
  return { ...claim, signature: signDigest(hexToBytes(claimDigest(domain, claim)), keys[index]!) }
}

export function rootOf(salt: string): Hash {
  return keccakHash(new TextEncoder().encode(salt))
}

/** A chain of made-up blocks, an L1 that a test writes, and an attester on both. */
export type Scene = {
  readonly chain: Chain
  readonly clock: ManualClock
  readonly attester: Attester
  readonly validators: Validator[]
  readonly sent: Attestation[]
  readonly findings: Finding[]
  /** Texts of the log at warn and error. */
  readonly logged: string[]
  behind: bigint
  /** The next L1 block, at whose end this L2 block is safe; then the attester hears of it. */
  fold(safe: bigint, salt?: string): Promise<L1Record>
  /** As many L1 blocks are gone. */
  unfold(count: number): void
  /** What the chain says of an L1 block. */
  own(l1Number: bigint): Claim
  /** Another attester over the same chain and L1, as after a restart. */
  restart(changes?: Partial<AttesterOptions>): Promise<Attester>
}

export async function createScene(
  weights: readonly bigint[],
  { blocks = 12, ...changes }: Partial<AttesterOptions> & { readonly blocks?: number } = {},
): Promise<Scene> {
  const kv = createMemoryKv()
  const chain = await openChain({ kv, genesis: syntheticGenesis(), rules })
  for (let index = 0; index < blocks; index++) {
    const base = { parent: chain.header(), state: chain.state(), readNode: chain.reader.readNode }
    await chain.append(syntheticBlock(base, { salt: '' }))
  }
  const clock = createManualClock(1_700_000_000_000)
  const records: L1Record[] = [recordOf(chain, 100n, 0n, '', undefined)]
  const validators = weights.map((weight, index) => ({ signer: signers[index]!, account: signers[index]!, weight }))
  const sent: Attestation[] = []
  const findings: Finding[] = []
  const logged: string[] = []
  const note = (_: object, text: string) => void logged.push(text)
  const scene = { behind: 0n }
  const follower = {
    tip: () => records.at(-1)!,
    record: (number: bigint) => records[Number(number - 100n)],
    status: () => ({ behind: scene.behind }),
  }
  const options: AttesterOptions = {
    domain,
    chain,
    validators: () => [...validators],
    follower,
    publish: (data) => void sent.push(decodeAttestation(data)!),
    sign: undefined,
    journalPath: undefined,
    clock,
    log: { info: () => {}, warn: note, error: note },
    report: (finding) => void findings.push(finding),
    ...changes,
  }
  const attester = await createAttester(options)

  return Object.assign(scene, {
    chain,
    clock,
    attester,
    validators,
    sent,
    findings,
    logged,
    async fold(safe: bigint, salt = '') {
      const last = records.at(-1)!
      const record = recordOf(chain, last.block.number + 1n, safe, salt, last)
      records.push(record)
      attester.folded()
      await attester.settled()
      return record
    },
    unfold(count: number) {
      records.splice(-count)
    },
    own(l1Number: bigint) {
      const { block, safe } = records[Number(l1Number - 100n)]!
      const header = chain.reader.headerByHash(safe.hash)!
      return {
        l2BlockNumber: safe.number,
        outputRoot: outputRoot({ ...header, hash: safe.hash }),
        l1BlockHash: block.hash,
      }
    },
    restart: (more: Partial<AttesterOptions> = {}) => createAttester({ ...options, ...more }),
  })
}

function recordOf(chain: Chain, number: bigint, safe: bigint, salt: string, parent: L1Record | undefined): L1Record {
  const hash = rootOf(`L1 ${number} ${salt} ${parent?.block.hash}`)
  const ref = chain.reader.hashByNumber(safe)!
  return {
    block: {
      number,
      hash,
      timestamp: 1_700_000_000n + number,
      baseFee: 1n,
      blobBaseFee: 1n,
      mixHash: zeroHash,
      parentBeaconBlockRoot: zeroHash,
    },
    parentHash: parent?.block.hash ?? zeroHash,
    deposits: [],
    config: {
      system: {
        batcherHash: bytesToHash(new Uint8Array(32)),
        gasLimit: 8_000_000n,
        eip1559Denominator: 56,
        eip1559Elasticity: 8,
        daFeeScalar: 1,
      },
      unsafeSigner: signers[5]!,
    },
    safe: { number: safe, hash: ref, timestamp: 0n, origin: { number, hash }, sequenceNumber: 0n },
  }
}
