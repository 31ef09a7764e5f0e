import { bigintToFixed, bytesToBigint, bytesToHash, zeroHash } from '../../core/hex.ts'
import type { SystemConfig } from '../../core/rules.ts'
import type { L1Config } from '../config.ts'
import type { ConfigUpdate } from '../source.ts'
import { decodeAbiBytes, eventTopic, isZero, wordBytes, wordToAddress } from './abi.ts'
import type { RawL1Log } from './raw.ts'

/** `ConfigUpdate` of SystemConfig, as the OP Stack's. */
export const configTopic = eventTopic('ConfigUpdate(uint256,uint8,bytes)')

/**
 * Bounds of an L2 block's gas limit: deposits, whose bytes cost 40 gas each, must fit into a block by their gas and by
 * their bytes.
 */
export const minGasLimit = 5_000_000n
export const maxGasLimit = 50_000_000n

/**
 * The update that a log of SystemConfig announces; undefined unless it is of version 0 and a known type, in its one
 * encoding, and in bounds.
 */
export function decodeConfigUpdate({ topics, data }: Pick<RawL1Log, 'topics' | 'data'>): ConfigUpdate | undefined {
  if (topics.length !== 3 || topics[0] !== configTopic || topics[1] !== zeroHash) return undefined
  const payload = decodeAbiBytes(data)
  return payload === undefined ? undefined : decoders.get(topics[2]!)?.(payload)
}

/** The configuration after these updates, in order. One that would make it invalid changes nothing. */
export function applyUpdates(config: L1Config, updates: readonly ConfigUpdate[]): L1Config {
  return updates.reduce(applyUpdate, config)
}

type Decode = (payload: Uint8Array) => ConfigUpdate | undefined

const decoders: ReadonlyMap<string, Decode> = new Map(
  [decodeBatcher, decodeFeeScalars, decodeGasLimit, decodeUnsafeSigner, decodeEip1559].map((decode, type) => [
    bytesToHash(bigintToFixed(BigInt(type), wordBytes)),
    decode,
  ]),
)

function decodeBatcher(payload: Uint8Array): ConfigUpdate | undefined {
  if (payload.length !== wordBytes || wordToAddress(payload) === undefined) return undefined
  return { kind: 'batcher', batcherHash: bytesToHash(payload) }
}

/** A zero word, then 0x01 and 23 zero bytes, the data-fee scalar u32, four zero bytes. */
function decodeFeeScalars(payload: Uint8Array): ConfigUpdate | undefined {
  if (payload.length !== 2 * wordBytes || payload[32] !== 1) return undefined
  const unused = [payload.subarray(0, 32), payload.subarray(33, 56), payload.subarray(60)]
  if (!unused.every(isZero)) return undefined
  return { kind: 'daFeeScalar', daFeeScalar: uint32At(payload, 56) }
}

function decodeGasLimit(payload: Uint8Array): ConfigUpdate | undefined {
  if (payload.length !== wordBytes) return undefined
  const gasLimit = bytesToBigint(payload)
  return gasLimit >= minGasLimit && gasLimit <= maxGasLimit ? { kind: 'gasLimit', gasLimit } : undefined
}

function decodeUnsafeSigner(payload: Uint8Array): ConfigUpdate | undefined {
  const signer = payload.length === wordBytes ? wordToAddress(payload) : undefined
  return signer === undefined ? undefined : { kind: 'unsafeSigner', signer }
}

/** 24 zero bytes, denominator u32, elasticity u32, neither of them 0. */
function decodeEip1559(payload: Uint8Array): ConfigUpdate | undefined {
  if (payload.length !== wordBytes || !isZero(payload.subarray(0, 24))) return undefined
  const [denominator, elasticity] = [uint32At(payload, 24), uint32At(payload, 28)]
  return denominator === 0 || elasticity === 0 ? undefined : { kind: 'eip1559', denominator, elasticity }
}

function uint32At(bytes: Uint8Array, at: number): number {
  return Number(bytesToBigint(bytes.subarray(at, at + 4)))
}

function applyUpdate(config: L1Config, update: ConfigUpdate): L1Config {
  if (update.kind === 'unsafeSigner') return { ...config, unsafeSigner: update.signer }
  const system = { ...config.system, ...changes(update) }
  // A block's gas target is the limit divided by the elasticity: it must not be 0.
  return BigInt(system.eip1559Elasticity) <= system.gasLimit ? { ...config, system } : config
}

function changes(update: Exclude<ConfigUpdate, { kind: 'unsafeSigner' }>): Partial<SystemConfig> {
  switch (update.kind) {
    case 'batcher':
      return { batcherHash: update.batcherHash }
    case 'daFeeScalar':
      return { daFeeScalar: update.daFeeScalar }
    case 'gasLimit':
      return { gasLimit: update.gasLimit }
    case 'eip1559':
      return { eip1559Denominator: update.denominator, eip1559Elasticity: update.elasticity }
  }
}
