import type { Header } from './header.ts'
import type { Hash } from './hex.ts'
import type { TxEnvelope } from './tx.ts'

export type Block = {
  readonly header: Header
  readonly hash: Hash
  readonly transactions: readonly TxEnvelope[]
}
