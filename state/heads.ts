import type { Hash } from '../core/hex.ts'

/** One block of the chain by number and hash. */
export type BlockRef = { readonly number: bigint; readonly hash: Hash }

/** Three labels over one chain: finalized <= safe <= unsafe (the newest block). */
export type Heads = { readonly unsafe: BlockRef; readonly safe: BlockRef; readonly finalized: BlockRef }
