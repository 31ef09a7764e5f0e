import assert from 'node:assert/strict'
import { bytesToBigint } from '../../core/hex.ts'
import { decodeL1Attributes } from '../../core/l1Attributes.ts'
import { depositTopic } from '../../l1/extract/deposit.ts'
import { sumBalances } from '../../l1/supply.ts'
import type { Chain } from '../../state/chain.ts'
import type { SimL1 } from './l1/simL1.ts'

/** Wei that deposits of these L1 blocks mint, read from the logs as they are on L1. */
export function mintedBetween(l1: SimL1, portal: string, after: bigint, upTo: bigint): bigint {
  let sum = 0n
  for (let number = after + 1n; number <= upTo; number++) {
    for (const { succeeded, logs } of l1.raw(number)?.txs ?? []) {
      for (const { address, topics, data } of succeeded ? logs : []) {
        if (address === portal && topics[0] === depositTopic) sum += bytesToBigint(data.subarray(64, 96))
      }
    }
  }
  return sum
}

/**
 * Over the chain: balances = genesis + what deposits of the L1 blocks up to the head's origin minted - `destroyed`.
 * The message passer keeps what is on its way back to L1, so it is among the balances.
 */
export function assertSupply(
  chain: Chain,
  l1: SimL1,
  { portal, genesis, origin, destroyed = 0n }: { portal: string; genesis: bigint; origin: bigint; destroyed?: bigint },
): void {
  const { header, transactions } = chain.block(chain.heads().unsafe.hash)!
  const attributes = decodeL1Attributes(transactions[0]?.tx.data ?? new Uint8Array(0))
  const minted = mintedBetween(l1, portal, origin, attributes?.origin.number ?? origin)
  assert.equal(
    sumBalances(chain.reader.readNode, header.stateRoot),
    genesis + minted - destroyed,
    'balances are what L1 says',
  )
}
