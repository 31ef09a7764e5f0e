import { type Block, decodeBlock } from '../../core/block.ts'
import { NodeError } from '../../core/errors.ts'
import type { Kv } from '../../core/ports/kv.ts'
import { buildGenesis, type Genesis } from '../../genesis/buildGenesis.ts'
import { type ChainSpec, rulesOf, systemConfigOf } from '../../genesis/spec.ts'
import { createSoloL1 } from '../../l1/soloL1.ts'
import { openChain } from '../../state/chain.ts'
import { createEthereumjsEngine } from '../../state/engines/ethereumjs/engine.ts'
import { blockRejects } from '../../state/sealed.ts'
import { verifyBlock } from '../../state/verify.ts'
import { readBlockFile } from '../data/blockFile.ts'
import { openDatabase } from '../data/database.ts'
import { createDataDir } from '../data/dir.ts'
import { devnetChainId } from '../keys/public.ts'
import { precompilesOf } from '../precompiles.ts'
import { chainHead } from '../roles/chainHead.ts'
import { chosenSpec } from '../roles/spec.ts'
import { requireDataDir } from './dataDirOption.ts'
import { exitCodes } from './exit.ts'
import { createProgress } from './progress.ts'
import type { Context } from './verb.ts'

/** `openledger import FILE`: executes each block again and appends it; blocks that are there already are passed over. */
export async function importVerb({ config, args, out, signal }: Context): Promise<number> {
  const spec = checkImportable(chosenSpec(config))
  const path = requireDataDir(config)
  const genesis = buildGenesis(spec)
  const blocks = readBlocks(args[0]!, spec, genesis)
  // A file that is none, or of another chain, is refused before anything is created.
  const first = await blocks.next()
  try {
    const kv = await openDatabase(createDataDir(path), { cacheMiB: config['db.cache'] })
    try {
      const progress = createProgress('import', out)
      const { added, known, head } = await importBlocks({ kv, spec, genesis, first, blocks, signal }, progress.step)
      const text = `Imported ${added} blocks (${known} were there already), the newest is ${head}`
      out.result(text, { added, known, head })
    } finally {
      await kv.close()
    }
  } finally {
    await blocks.return(undefined)
  }
  return exitCodes.ok
}

/** Blocks are checked against what L1 gave them, which a file does not hold: only a synthetic L1 gives it again. */
function checkImportable(spec: ChainSpec): ChainSpec {
  if (spec.l1.rollup === undefined && spec.chainId === devnetChainId) return spec
  throw new NodeError({
    code: 'l1_required',
    severity: 'fatal',
    message: `the chain ${spec.name} gets its blocks from L1, not from files`,
    fix: 'start a validator with `openledger run`, or add --solo for a file of `openledger devnet --solo`',
  })
}

type ReadBlock = {
  readonly block: Block
  /** The file up to the end of this block, from 0 to 1. */
  readonly fraction: number
  /** What is wrong with the block, with its place in the file. */
  readonly refuse: (cause: string) => NodeError
}

/** The blocks of a file. A block 1 of another chain is refused; one that starts later is judged block by block. */
async function* readBlocks(path: string, spec: ChainSpec, genesis: Genesis): AsyncGenerator<ReadBlock, undefined> {
  const { impersonation, maxBlockBytes } = rulesOf(spec)
  for await (const { raw, offset, fileBytes } of readBlockFile(path, maxBlockBytes)) {
    const block = decodeBlock(raw, { impersonation })
    if ('reject' in block) throw bad(path, offset, `is malformed (${block.reject})`)
    const { number, parentHash } = block.header
    if (offset === 0 && number === 1n && parentHash !== genesis.hash)
      throw bad(path, offset, 'belongs to another chain', fileOfOtherChain)
    const fraction = (offset + raw.length) / fileBytes
    yield { block, fraction, refuse: (cause) => bad(path, offset, `(number ${number}) ${cause}`) }
  }
}

async function importBlocks(
  from: {
    readonly kv: Kv
    readonly spec: ChainSpec
    readonly genesis: Genesis
    /** The first block of `blocks`, already taken from it. */
    readonly first: IteratorResult<ReadBlock, undefined>
    readonly blocks: AsyncGenerator<ReadBlock, undefined>
    readonly signal: AbortSignal
  },
  onStep: (done: number, fraction: number) => void,
): Promise<{ added: number; known: number; head: bigint }> {
  const { kv, spec, genesis, first, blocks, signal } = from
  const rules = rulesOf(spec)
  const chain = await openChain({ kv, genesis, rules })
  const precompiles = precompilesOf(spec)
  const engine = await createEthereumjsEngine({ rules, precompiles, blockHash: chain.reader.hashByNumber })
  const l1 = createSoloL1(systemConfigOf(spec))
  let added = 0
  let known = 0
  for (let next = first; next.done !== true; next = await blocks.next()) {
    if (signal.aborted) throw interrupted(chain.heads().unsafe.number)
    const { block, fraction, refuse } = next.value
    if (chain.reader.hashByNumber(block.header.number) === block.hash) known++
    else {
      const parent = chain.header()
      const head = chainHead(chain.block(chain.heads().unsafe.hash)!, spec)
      const sealed = await verifyBlock({
        parent,
        parentOrigin: head.origin,
        inputs: await l1.inputs(head, block.header.timestamp),
        block,
        state: chain.state(),
        readNode: chain.reader.readNode,
        engine,
        rules,
      })
      if ('reject' in sealed) {
        const { reject, detail } = sealed
        const cause = `${blockRejects[reject]}${detail === undefined ? '' : ` (${detail})`}`
        throw refuse(`is not valid after block ${parent.number}: ${cause}`)
      }
      await chain.append(sealed)
      added++
    }
    onStep(added + known, fraction)
  }
  return { added, known, head: chain.heads().unsafe.number }
}

const fileOfOtherChain =
  'a file of `openledger devnet --solo` needs --solo (and its --accounts and --mnemonic), others the --chain they are of; nothing was created'

const laterFailure =
  'check that --chain (and --solo with the accounts) is the chain the file was made from; earlier blocks are imported'

function bad(path: string, offset: number, cause: string, fix = laterFailure): NodeError {
  return new NodeError({
    code: 'block_file',
    severity: 'fatal',
    message: `the block at byte ${offset} of ${path} ${cause}`,
    fix,
  })
}

function interrupted(number: bigint): NodeError {
  return new NodeError({
    code: 'stopped',
    severity: 'retry',
    message: `stopped after block ${number}`,
    fix: 'run it again: it goes on where it stopped',
  })
}
