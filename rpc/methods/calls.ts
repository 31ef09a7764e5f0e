import { emptyCodeHash } from '../../core/account.ts'
import { type Address, bytesToHex, zeroAddress } from '../../core/hex.ts'
import { toQuantity } from '../../core/json.ts'
import type { StateReader } from '../../core/state.ts'
import type { BlockEnv, CallMessage } from '../../state/engine.ts'
import type { CallOutcome } from '../calls/job.ts'
import { callEnv, callMessage, estimateCap, nextEnv } from '../calls/message.ts'
import { revertFailure } from '../calls/revert.ts'
import type { RpcContext } from '../context.ts'
import { failure, isFailure, type RpcFailure } from '../errors.ts'
import { type Method, method } from '../method.ts'
import { type BlockId, blockId, latest } from '../params/blockId.ts'
import { type CallArgs, callArgs } from '../params/call.ts'
import { type BlockOverrides, blockOverrides, type StateOverrides, stateOverrides } from '../params/overrides.ts'
import { optional } from '../params/param.ts'
import { isPending, nextTime } from './pendingBlock.ts'

const block = optional(blockId, latest)

/** A message, the block to run it on, and what the caller pretends. `client` asks. */
type Asked = {
  readonly args: CallArgs
  readonly id: BlockId
  readonly overrides?: StateOverrides | undefined
  readonly blockFields?: BlockOverrides | undefined
  readonly client: string
}

async function call(context: RpcContext, { args, id, overrides, blockFields, client }: Asked): Promise<unknown> {
  const { view, calls, limits, rules } = context
  const found = view.require(id)
  if (isFailure(found)) return found
  const env = isPending(id) ? nextEnv(found, await nextTime(context, found), blockFields) : callEnv(found, blockFields)
  const message = callMessage(args, env.baseFee, limits.callGas, rules.chainId)
  if (isFailure(message)) return message
  const { stateRoot } = found.header
  return answer(await calls.run({ kind: 'call', stateRoot, env, message, overrides }, client))
}

/** The gas limit a transaction needs, or why it cannot succeed. */
export async function estimate(
  context: Pick<RpcContext, 'view' | 'calls' | 'limits' | 'rules' | 'dev'>,
  { args, id, overrides, blockFields, client }: Asked,
): Promise<bigint | RpcFailure> {
  const { view, calls, limits, rules } = context
  const found = view.require(id)
  if (isFailure(found)) return found
  const env = nextEnv(found, await nextTime(context, found), blockFields)
  const message = callMessage(args, env.baseFee, limits.callGas, rules.chainId)
  if (isFailure(message)) return message
  const state = view.stateOf(found.header)
  const balance = overrides?.get(message.from)?.balance ?? state.account(message.from)?.balance ?? 0n
  const gas = affordableGas(args, env, message, balance, limits.callGas)
  if (isFailure(gas)) return gas
  if (overrides === undefined && gas >= 21_000n && isPlainTransfer(state, message) && message.value <= balance)
    return 21_000n
  const { stateRoot } = found.header
  const job = { kind: 'estimate', stateRoot, env, message: { ...message, gas }, overrides } as const
  const outcome = await calls.run(job, client)
  return !isFailure(outcome) && outcome.kind === 'estimated' ? outcome.gas : (answer(outcome) as RpcFailure)
}

/** The most gas to try, given what the sender can pay; geth's failure if that is less than the value. */
function affordableGas(
  args: CallArgs,
  env: BlockEnv,
  { value }: CallMessage,
  balance: bigint,
  callGas: bigint,
): bigint | RpcFailure {
  const cap = estimateCap(args.gas, env.gasLimit, callGas)
  const price = args.gasPrice ?? args.maxFeePerGas ?? 0n
  if (price === 0n) return cap
  if (value >= balance) return failure('server', 'insufficient funds for transfer')
  const payable = (balance - value) / price
  return payable < cap ? payable : cap
}

/** Value to an account without code, so that the cost is known without executing. */
function isPlainTransfer(state: StateReader, { from, to, data, accessList, authorizationList }: CallMessage): boolean {
  if (to === undefined || data.length > 0 || accessList !== undefined || authorizationList !== undefined) return false
  return from !== to && !isSystemAddress(to) && (state.account(to)?.codeHash ?? emptyCodeHash) === emptyCodeHash
}

/** Precompiles have no code and still cost gas: every address whose first 16 bytes are zero is left to the engine. */
function isSystemAddress(address: Address): boolean {
  return address.startsWith(zeroAddress.slice(0, 34))
}

function answer(outcome: CallOutcome | RpcFailure): unknown {
  if (isFailure(outcome)) return outcome
  if (outcome.kind === 'returned') return bytesToHex(outcome.output)
  if (outcome.kind === 'refused') return failure('invalidParams', `invalid argument 2: ${outcome.message}`)
  if (outcome.kind === 'estimated') return toQuantity(outcome.gas)
  return outcome.kind === 'reverted' ? revertFailure(outcome.output) : failure('server', outcome.message)
}

/** Execution without a transaction. */
export const callMethods: readonly Method[] = [
  method({
    name: 'eth_call',
    summary:
      'Executes a message on the state after a block and answers what it returns; a revert is error 3 with its data.',
    params: [callArgs, block, optional(stateOverrides, undefined), optional(blockOverrides, undefined)],
    weight: 5,
    reads: true,
    handle: (context, [args, id, overrides, blockFields], { ip }) =>
      call(context, { args, id, overrides, blockFields, client: ip }),
  }),
  method({
    name: 'eth_estimateGas',
    summary: 'The gas limit with which a transaction succeeds in the next block, at most 1.5 % above the least.',
    params: [callArgs, block, optional(stateOverrides, undefined), optional(blockOverrides, undefined)],
    weight: 10,
    reads: true,
    async handle(context, [args, id, overrides, blockFields], { ip }) {
      const gas = await estimate(context, { args, id, overrides, blockFields, client: ip })
      return typeof gas === 'bigint' ? toQuantity(gas) : gas
    },
  }),
]
