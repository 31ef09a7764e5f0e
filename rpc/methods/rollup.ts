import { assert } from '../../core/errors.ts'
import { bytesToHex, hexToBytes, zeroHash } from '../../core/hex.ts'
import { toQuantity } from '../../core/json.ts'
import { decodeL1Attributes } from '../../core/l1Attributes.ts'
import { originOf } from '../../genesis/spec.ts'
import type { BatchInfo } from '../../l1/derive/batchInfo.ts'
import { outputRoot } from '../../l1/output.ts'
import type { L1Ref } from '../../l1/source.ts'
import type { RpcContext } from '../context.ts'
import { failure, isFailure } from '../errors.ts'
import { type Method, method } from '../method.ts'
import { type BlockTag, blockNumber } from '../params/blockId.ts'
import { optional } from '../params/param.ts'
import { uint64 } from '../params/values.ts'
import type { RollupReads } from '../rollup.ts'
import type { Found } from '../view.ts'

function rollupOf({ rollup }: RpcContext): RollupReads {
  assert(rollup !== undefined, 'rollup methods are served with an L1 only')
  return rollup
}

/** op-node's L1BlockRef; of a block that was not folded only number and hash are known. */
function l1Json(rollup: RollupReads, ref: L1Ref | undefined): unknown {
  if (ref === undefined) return { hash: zeroHash, number: 0, parentHash: zeroHash, timestamp: 0 }
  const record = rollup.record(ref.number)
  const known = record?.block.hash === ref.hash ? record : undefined
  return {
    hash: ref.hash,
    number: Number(ref.number),
    parentHash: known?.parentHash ?? zeroHash,
    timestamp: Number(known?.block.timestamp ?? 0n),
  }
}

/** op-node's L2BlockRef. */
function l2Json(context: RpcContext, { hash, header }: Found): unknown {
  const { origin, sequenceNumber } = placeOf(context, { hash, header })
  return {
    hash,
    number: Number(header.number),
    parentHash: header.parentHash,
    timestamp: Number(header.timestamp),
    l1origin: { hash: origin.hash, number: Number(origin.number) },
    sequenceNumber: Number(sequenceNumber),
  }
}

function placeOf(context: RpcContext, { hash, header }: Found): { origin: L1Ref; sequenceNumber: bigint } {
  if (header.number === 0n) return originOf(rollupOf(context).spec)
  const data = context.view.block(hash)?.transactions[0]?.tx.data
  const attributes = data === undefined ? undefined : decodeL1Attributes(data)
  assert(attributes !== undefined, 'a block begins with its L1 attributes')
  return attributes
}

async function syncStatus(context: RpcContext): Promise<unknown> {
  const rollup = rollupOf(context)
  const status = await context.backend.l1()
  const l2 = (tag: BlockTag) => {
    const found = context.view.find({ tag })
    assert(found !== undefined, 'heads are in the database')
    return l2Json(context, found)
  }
  const safe = l2('safe')
  const unsafe = l2('latest')
  const finalizedL1 = l1Json(rollup, status?.l1Finalized)
  return {
    current_l1: l1Json(rollup, status?.tip),
    current_l1_finalized: finalizedL1,
    head_l1: l1Json(rollup, status?.l1Head),
    safe_l1: l1Json(rollup, status?.l1Head),
    finalized_l1: finalizedL1,
    unsafe_l2: unsafe,
    safe_l2: safe,
    finalized_l2: l2('finalized'),
    pending_safe_l2: safe,
    cross_unsafe_l2: unsafe,
    local_safe_l2: safe,
  }
}

/** OP-compatible reads. */
const optimismMethods: readonly Method[] = [
  method({
    name: 'optimism_syncStatus',
    summary: 'How far L1 was followed, and the unsafe, safe and finalized blocks with their L1 origins.',
    scope: 'rollup',
    handle: syncStatus,
  }),
  method({
    name: 'optimism_outputAtBlock',
    summary: 'The output root of a block with what it is made of.',
    params: [blockNumber],
    scope: 'rollup',
    weight: 2,
    handle: async (context, [id]) => {
      const found = context.view.require(id)
      if (isFailure(found)) return found
      const { hash, header } = found
      const { stateRoot, withdrawalsRoot } = header
      return {
        version: zeroHash,
        outputRoot: outputRoot({ stateRoot, withdrawalsRoot, hash }),
        blockRef: l2Json(context, found),
        withdrawalStorageRoot: withdrawalsRoot,
        stateRoot,
        syncStatus: await syncStatus(context),
      }
    },
  }),
  method({
    name: 'optimism_rollupConfig',
    summary: "The chain's place on L1 and its limits, in op-node's form.",
    scope: 'rollup',
    handle: (context) => {
      const { spec, contracts } = rollupOf(context)
      const genesis = context.view.find({ tag: 'earliest' })
      const { origin } = spec.l1
      return {
        genesis: {
          l1: { hash: origin.hash, number: Number(origin.number) },
          l2: { hash: genesis?.hash, number: 0 },
          l2_time: Number(spec.timestamp),
          system_config: {
            batcherAddr: bytesToHex(hexToBytes(spec.systemConfig.batcherHash).subarray(12)),
            overhead: zeroHash,
            scalar: zeroHash,
            gasLimit: Number(spec.systemConfig.gasLimit),
          },
        },
        block_time: 1,
        max_sequencer_drift: Number(spec.limits.maxOriginAgeSec),
        seq_window_size: Number(spec.limits.sequencingWindow),
        channel_timeout: 1,
        l1_chain_id: Number(spec.l1.chainId),
        l2_chain_id: Number(spec.chainId),
        batch_inbox_address: contracts.inbox,
        deposit_contract_address: contracts.portal,
        l1_system_config_address: contracts.systemConfig,
      }
    },
  }),
  method({
    name: 'optimism_version',
    summary: 'Name and version of this node.',
    scope: 'rollup',
    handle: ({ clientVersion }) => clientVersion,
  }),
]

/** L1 blocks that one request for batches covers at most, entries that it answers at most, and blocks without bounds. */
const batchBounds = { range: 10_000n, entries: 1000, usual: 256n }

/** This chain's own reads. */
const openledgerMethods: readonly Method[] = [
  method({
    name: 'openledger_rollup',
    summary: 'The chain on L1: chain ids, genesis, and the addresses of the contracts.',
    scope: 'rollup',
    handle: (context) => {
      const { spec, contracts } = rollupOf(context)
      const { origin } = spec.l1
      const { originDepth, ...addresses } = contracts
      return {
        chainId: toQuantity(spec.chainId),
        l1ChainId: toQuantity(spec.l1.chainId),
        origin: { number: toQuantity(origin.number), hash: origin.hash },
        genesis: context.view.find({ tag: 'earliest' })?.hash,
        originDepth: toQuantity(originDepth),
        ...addresses,
      }
    },
  }),
  method({
    name: 'openledger_batches',
    summary:
      'The batches that L1 blocks hold, from one L1 block number to another (by default the newest 256): data sizes, compression, L1 cost in wei of ETH, fees earned in wei of OPEN.',
    params: [optional(uint64, undefined), optional(uint64, undefined)],
    scope: 'rollup',
    weight: 10,
    handle: async (context, [first, last]) => {
      const rollup = rollupOf(context)
      const tip = rollup.tip()?.block.number ?? 0n
      const to = last === undefined || last > tip ? tip : last
      const from = first ?? (to > batchBounds.usual ? to - batchBounds.usual : 0n)
      if (from > to) return []
      if (to - from > batchBounds.range) {
        return failure('invalidParams', `too many L1 blocks: at most ${batchBounds.range}`)
      }
      return (await rollup.batches(from, to, batchBounds.entries)).map(batchJson)
    },
  }),
]

function batchJson(batch: BatchInfo): unknown {
  const { firstBlock, lastBlock, channelBytes, inflatedBytes } = batch
  return {
    l1BlockNumber: toQuantity(batch.l1Number),
    transactionHash: batch.txHash,
    kind: batch.kind,
    payloadBytes: toQuantity(batch.payloadBytes),
    blobs: toQuantity(batch.blobs),
    channelBytes: toQuantity(channelBytes),
    inflatedBytes: toQuantity(inflatedBytes),
    compression: inflatedBytes === 0 ? null : Number((channelBytes / inflatedBytes).toFixed(4)),
    firstBlock: firstBlock === undefined ? null : toQuantity(firstBlock),
    lastBlock: lastBlock === undefined ? null : toQuantity(lastBlock),
    transactions: toQuantity(batch.transactions),
    l1CostWei: toQuantity(batch.costWei),
    feesWei: toQuantity(batch.feesWei),
  }
}

/** What is read of L1: op-node's methods and this chain's. */
export const rollupMethods: readonly Method[] = [...optimismMethods, ...openledgerMethods]
