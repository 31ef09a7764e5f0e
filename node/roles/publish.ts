import type { Block } from '../../core/block.ts'
import { assert, NodeError } from '../../core/errors.ts'
import type { Net } from '../../core/ports/net.ts'
import type { Sign } from '../../core/ports/sign.ts'
import { hasSealedSibling } from '../../p2p/follow/sealedSibling.ts'
import { readSeal, sealOp } from '../../p2p/follow/seals.ts'
import { sealBlock } from '../../p2p/wire/sealBlock.ts'
import type { RoleContext } from './role.ts'

/** The sequencer's blocks on their way to peers. */
export type Publisher = {
  /** A block is on disk: it is sealed, and goes out after those before it. */
  sealed(block: Block): void
  /** Resolves once all have gone out; rejects with what is no outage. */
  settled(): Promise<void>
  /** Resolves when the signal has aborted and all have gone out; rejects as soon as one cannot, for what is no outage. */
  run(signal: AbortSignal): Promise<void>
}

/** Blocks of different epochs are those of different leaders; there is one leader. */
const epoch = 0n

/**
 * Seals this sequencer's blocks and gossips them. The seal is on disk before the message leaves. Blocks that a crash left
 * without one are sealed now; signatures are deterministic, so that none is ever sealed twice in different words.
 */
export function createPublisher(
  { chain, rules, log }: Pick<RoleContext, 'chain' | 'rules' | 'log'>,
  {
    net,
    sign,
    isNamed,
  }: {
    readonly net: Pick<Net, 'publish'>
    readonly sign: Sign
    /** Whether L1 names this signer: peers hold blocks of others against those who send them. */
    readonly isNamed: () => boolean
  },
): Publisher {
  const { reader } = chain
  let queue: Promise<void> = Promise.resolve()
  const failed = Promise.withResolvers<never>()
  // Whoever runs it hears of it.
  failed.promise.catch(() => {})

  async function publish(block: Block): Promise<void> {
    if (reader.hashByNumber(block.header.number) !== block.hash) return
    if (await hasSealedSibling(chain, block)) {
      log.warn(
        { number: block.header.number },
        'a block is not gossiped: its place was sealed before, and L1 has to decide',
      )
      return
    }
    try {
      const { message, seal } = await sealBlock({ chainId: rules.chainId, epoch, block, sign })
      await chain.write([sealOp(block.hash, seal)])
      if (isNamed()) net.publish('blocks', message)
    } catch (error) {
      if (!(error instanceof NodeError) || error.severity === 'fatal') throw error
      log.warn({ code: error.code, number: block.header.number }, 'a block cannot be signed for peers')
    }
  }

  function sealed(block: Block): void {
    queue = queue.then(() => publish(block))
    queue.catch(failed.reject)
  }

  const { safe, unsafe } = chain.heads()
  for (let number = safe.number + 1n; number <= unsafe.number; number++) {
    const hash = reader.hashByNumber(number)
    const block = hash === undefined || readSeal(chain.kv, hash) !== undefined ? undefined : reader.blockByHash(hash)
    if (block === undefined) continue
    assert(block.header.number === number, 'a canonical block has its number')
    sealed(block)
  }
  return {
    sealed,
    settled: () => queue,
    async run(signal) {
      const stopped = Promise.withResolvers<void>()
      signal.addEventListener('abort', () => stopped.resolve(), { once: true })
      if (signal.aborted) stopped.resolve()
      await Promise.race([stopped.promise, failed.promise])
      await queue
    },
  }
}
