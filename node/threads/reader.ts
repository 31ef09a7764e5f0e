import type { ChainSpec } from '../../genesis/spec.ts'

/** What a thread that only reads starts from; plain data. */
export type ReaderOptions = {
  readonly chainDir: string
  readonly spec: ChainSpec
}
