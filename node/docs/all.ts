import { configDoc } from './configDoc.ts'
import { metricsDoc } from './metricsDoc.ts'
import { rpcDoc } from './rpcDoc.ts'

/** The reference pages that are made from tables, by path. */
export const generatedDocs: Readonly<Record<string, () => string>> = {
  'docs/CONFIG.md': configDoc,
  'docs/METRICS.md': metricsDoc,
  'docs/RPC.md': rpcDoc,
}
