import type { SignedTx } from '../../../core/tx.ts'
import { chainRules, type ForkRules } from '../../../state/engines/ethereumjs/forkRules.ts'

/** Ethereum's forks as the state tests name them, oldest first. */
export const forkOrder = [
  'Frontier',
  'Homestead',
  'EIP150',
  'EIP158',
  'Byzantium',
  'Constantinople',
  'ConstantinopleFix',
  'Istanbul',
  'Berlin',
  'London',
  'Paris',
  'Shanghai',
  'Cancun',
] as const

export type ForkName = (typeof forkOrder)[number]

const libraryNames: Record<ForkName, string> = {
  Frontier: 'chainstart',
  Homestead: 'homestead',
  EIP150: 'tangerineWhistle',
  EIP158: 'spuriousDragon',
  Byzantium: 'byzantium',
  Constantinople: 'constantinople',
  ConstantinopleFix: 'petersburg',
  Istanbul: 'istanbul',
  Berlin: 'berlin',
  London: 'london',
  Paris: 'paris',
  Shanghai: 'shanghai',
  Cancun: 'cancun',
}

export function isFork(name: string): name is ForkName {
  return name in libraryNames
}

export function isFrom(fork: ForkName, first: ForkName): boolean {
  return forkOrder.indexOf(fork) >= forkOrder.indexOf(first)
}

/** The rules of a fork of Ethereum for the engine that runs this chain. */
export function rulesOf(fork: ForkName): ForkRules {
  return {
    ...chainRules,
    hardfork: libraryNames[fork],
    intrinsicGas: (tx) => intrinsicGas(fork, tx),
    floorGas: () => 0n,
    maxTxGas: undefined,
    maxInitcodeBytes: isFrom(fork, 'Shanghai') ? 49_152 : undefined,
    maxRefundQuotient: isFrom(fork, 'London') ? 5n : 2n,
    warmCoinbase: isFrom(fork, 'Shanghai'),
    clearEmpty: isFrom(fork, 'EIP158'),
    destroyOnlyNew: isFrom(fork, 'Cancun'),
    baseFeeTo: undefined,
  }
}

type Priced = Pick<SignedTx, 'to' | 'data'> & { readonly accessList?: readonly { storageKeys: readonly unknown[] }[] }

function intrinsicGas(fork: ForkName, tx: Priced): bigint {
  const byteGas = isFrom(fork, 'Istanbul') ? 16 : 68
  let gas = 21_000
  for (const byte of tx.data) gas += byte === 0 ? 4 : byteGas
  if (tx.to === undefined && isFrom(fork, 'Homestead')) gas += 32_000
  if (tx.to === undefined && isFrom(fork, 'Shanghai')) gas += 2 * Math.ceil(tx.data.length / 32)
  for (const { storageKeys } of tx.accessList ?? []) gas += 2_400 + 1_900 * storageKeys.length
  return BigInt(gas)
}
