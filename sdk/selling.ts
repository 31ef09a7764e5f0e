// What whoever sells answers needs: channels are served with receipts, receipts settled as a batch.
// In use: examples/attribution/channel.ts.

export {
  type Body,
  type BodyInput,
  buildBody,
  type ChannelState,
  type Output,
} from '../attribution/kernel/body.ts'
export type { CorpusVersion } from '../attribution/kernel/span/corpus.ts'
export { createSaltedTree, saltsOf } from '../attribution/kernel/text.ts'
export type { Receipt, Voucher } from '../attribution/kernel/typedData.ts'
export type { SignedVoucher } from '../attribution/kernel/updates.ts'
export { type BatchFile, batchFileToJson, batchIdOf, createBatchFile } from './batch.ts'
export { signReceipt, signVoucher } from './signing.ts'
export { corpusVersionOf, parseVersionFile } from './versionFile.ts'
