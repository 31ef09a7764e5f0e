import { type Hash, parseHash } from '../../core/hex.ts'
import { encodeReceipt, type Log, type Receipt } from '../../core/receipt.ts'
import { address, bytes, list, openJson, quantity } from './fields.ts'

/** A receipt of L1 with its consensus form, which is under the receipts root of its block. */
export type L1Receipted = { readonly receipt: Receipt; readonly encoded: Uint8Array }

/** The receipts of a block in its order, as JSON-RPC gives them; undefined if one is null or malformed. */
export function parseReceipts(json: readonly unknown[]): readonly L1Receipted[] | undefined {
  const receipts: L1Receipted[] = []
  let gasBefore = 0n
  for (const item of json) {
    const receipt = parseReceipt(item, gasBefore)
    if (receipt === undefined) return undefined
    gasBefore = receipt.cumulativeGasUsed
    receipts.push({ receipt, encoded: encodeReceipt(receipt) })
  }
  return receipts
}

function parseReceipt(json: unknown, gasBefore: bigint): Receipt | undefined {
  const fields = openJson(json)
  const cumulativeGasUsed = quantity(fields, 'cumulativeGasUsed')
  const type = quantity(fields, 'type')
  const status = quantity(fields, 'status')
  const logs = list(fields, 'logs', parseLog)
  if (fields.malformed || type > 0x7fn || status > 1n || cumulativeGasUsed < gasBefore) return undefined
  return {
    type: Number(type),
    succeeded: status === 1n,
    cumulativeGasUsed,
    gasUsed: cumulativeGasUsed - gasBefore,
    logs,
    depositNonce: undefined,
  }
}

function parseLog(json: unknown): Log | undefined {
  const fields = openJson(json)
  const log = {
    address: address(fields, 'address'),
    topics: list<Hash>(fields, 'topics', parseHash),
    data: bytes(fields, 'data'),
  }
  return fields.malformed ? undefined : log
}
