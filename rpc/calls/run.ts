import type { Address, Hash } from '../../core/hex.ts'
import { rejectText } from '../../core/reject.ts'
import type { StateReader } from '../../core/state.ts'
import type { Engine } from '../../state/engine.ts'
import { createWorld } from '../../state/world.ts'
import { createLru } from '../lru.ts'
import { estimateGas } from './estimate.ts'
import type { CallJob, CallOutcome } from './job.ts'
import { applyOverrides } from './override.ts'

/** What a thread needs to execute calls: states by root, and an engine with the chain's rules. */
export type CallRuntime = {
  readonly openState: (root: Hash) => StateReader
  readonly engine: Engine
  /** Addresses of the chain's own precompiles, besides those of the fork. */
  readonly natives: ReadonlySet<Address>
  close(): Promise<void>
}

/** States kept open with what was read of them: calls ask for the newest ones again and again. */
const keptStates = 8

/** Executes jobs on a runtime, one at a time. */
export function createCallRunner(runtime: CallRuntime): (job: CallJob) => Promise<CallOutcome> {
  const states = createLru<Hash, StateReader>(keptStates)
  const openState = (root: Hash): StateReader => {
    const state = states.get(root) ?? runtime.openState(root)
    states.set(root, state)
    return state
  }
  return (job) => runCall({ ...runtime, openState }, job)
}

/** Executes one job over its own overlay; nothing of it stays. Outages are thrown. */
async function runCall({ openState, engine, natives }: CallRuntime, job: CallJob): Promise<CallOutcome> {
  const world = createWorld(openState(job.stateRoot))
  const refusal = job.overrides === undefined ? undefined : applyOverrides(world, job.overrides, natives)
  if (refusal !== undefined) return { kind: 'refused', message: refusal }
  const { message } = job
  const execution = engine.openBlock(world, job.env)
  try {
    if (job.kind === 'estimate') {
      const plain =
        message.data.length === 0 &&
        message.authorizationList === undefined &&
        message.to !== undefined &&
        !isContract(world, message.to)
      return await estimateGas(async (gas) => execution.call({ ...message, gas }), message.gas, plain)
    }
    const result = await execution.call(message)
    if ('reject' in result) return { kind: 'failed', message: rejectText(result) }
    if (result.kind === 'revert') return { kind: 'reverted', output: result.output }
    if (result.kind === 'halt') return { kind: 'failed', message: result.reason ?? 'execution halted' }
    return { kind: 'returned', output: result.output }
  } finally {
    execution.close()
  }
}

function isContract(world: StateReader, address: Address): boolean {
  const account = world.account(address)
  return account !== undefined && world.code(account.codeHash).length > 0
}
