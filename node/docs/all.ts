import { attributionDoc } from './attributionDoc.ts'
import { configDoc } from './configDoc.ts'
import { metricsDoc } from './metricsDoc.ts'
import { rpcDoc } from './rpcDoc.ts'
import { solidityInterfaces } from './solidityDoc.ts'

/** The reference pages and the Solidity interfaces that are made from tables, by path. */
export const generatedDocs: Readonly<Record<string, () => string>> = {
  'docs/ATTRIBUTION.md': attributionDoc,
  'docs/CONFIG.md': configDoc,
  'docs/METRICS.md': metricsDoc,
  'docs/RPC.md': rpcDoc,
  ...solidityInterfaces,
}
