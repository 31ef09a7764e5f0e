import { decodeBlock } from '../../core/block.ts'
import { NodeError } from '../../core/errors.ts'
import { buildGenesis } from '../../genesis/buildGenesis.ts'
import { type ChainSpec, rulesOf, systemConfigOf } from '../../genesis/spec.ts'
import { createSoloL1 } from '../../l1/soloL1.ts'
import { openChain } from '../../state/chain.ts'
import { createEthereumjsEngine } from '../../state/engines/ethereumjs/engine.ts'
import { blockRejects } from '../../state/sealed.ts'
import { verifyBlock } from '../../state/verify.ts'
import { readBlockFile } from '../data/blockFile.ts'
import { openDatabase } from '../data/database.ts'
import { createDataDir } from '../data/dir.ts'
import { devPrecompiles } from '../dev/setBalance.ts'
import { chainHead } from '../roles/chainHead.ts'
import { checkRunnable, chosenSpec } from '../roles/spec.ts'
import { requireDataDir } from './dataDirOption.ts'
import { exitCodes } from './exit.ts'
import { createProgress } from './progress.ts'
import type { Context } from './verb.ts'

/** `openledger import FILE`: executes each block again and appends it; blocks that are there already are passed over. */
export async function importVerb({ config, args, out, signal }: Context): Promise<number> {
  const spec = checkRunnable(chosenSpec(config))
  const path = requireDataDir(config)
  await checkFirstBlock(args[0]!, spec)
  const dir = createDataDir(path)
  const kv = await openDatabase(dir, { cacheMiB: config['db.cache'] })
  try {
    const progress = createProgress('import', out)
    const { added, known, head } = await importBlocks(kv, spec, args[0]!, progress.step, signal)
    const text = `Imported ${added} blocks (${known} were there already), the newest is ${head}`
    out.result(text, { added, known, head })
  } finally {
    await kv.close()
  }
  return exitCodes.ok
}

/**
 * Refuses a file of another chain before anything is created. A file that starts later than block 1 is judged block by
 * block.
 */
async function checkFirstBlock(path: string, spec: ChainSpec): Promise<void> {
  const { impersonation, maxBlockBytes } = rulesOf(spec)
  for await (const { raw, offset } of readBlockFile(path, maxBlockBytes)) {
    const block = decodeBlock(raw, { impersonation })
    if ('reject' in block || block.header.number !== 1n) return
    if (block.header.parentHash === buildGenesis(spec).hash) return
    throw bad(path, offset, 'belongs to another chain', fileOfOtherChain)
  }
}

async function importBlocks(
  kv: Parameters<typeof openChain>[0]['kv'],
  spec: ChainSpec,
  path: string,
  onStep: (done: number, fraction: number) => void,
  signal: AbortSignal,
): Promise<{ added: number; known: number; head: bigint }> {
  const rules = rulesOf(spec)
  const { impersonation, maxBlockBytes } = rules
  const chain = await openChain({ kv, genesis: buildGenesis(spec), rules })
  const precompiles = impersonation ? devPrecompiles : new Map()
  const engine = await createEthereumjsEngine({ rules, precompiles, blockHash: chain.reader.hashByNumber })
  const l1 = createSoloL1(systemConfigOf(spec))
  let added = 0
  let known = 0
  for await (const { raw, offset, fileBytes } of readBlockFile(path, maxBlockBytes)) {
    if (signal.aborted) throw interrupted(chain.heads().unsafe.number)
    const block = decodeBlock(raw, { impersonation })
    if ('reject' in block) throw bad(path, offset, `is malformed (${block.reject})`)
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
        throw bad(
          path,
          offset,
          `(number ${block.header.number}) is not valid after block ${parent.number}: ${blockRejects[reject]}${detail === undefined ? '' : ` (${detail})`}`,
        )
      }
      await chain.append(sealed)
      added++
    }
    onStep(added + known, (offset + raw.length) / fileBytes)
  }
  return { added, known, head: chain.heads().unsafe.number }
}

const fileOfOtherChain =
  'a file of `openledger devnet` needs --solo (and its --accounts and --mnemonic), others the --chain they are of; nothing was created'

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
