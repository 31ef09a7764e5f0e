import { type DecodeEventLogReturnType, parseEventLogs, type TransactionReceipt } from 'viem'
import { assert } from '../../../core/errors.ts'
import { outputOracleAbi, validatorRegistryAbi } from '../../../l1/abi.ts'

const abi = [...validatorRegistryAbi, ...outputOracleAbi] as const
type Name = 'Registered' | 'StakeChanged' | 'Unbonding' | 'Withdrawn' | 'Slashed' | 'OutputChallenged'

/** What an event of a receipt says. The transaction succeeded, so it is there. */
export function eventOf<N extends Name>(
  { logs }: TransactionReceipt,
  eventName: N,
): DecodeEventLogReturnType<typeof abi, N>['args'] {
  const [found] = parseEventLogs({ abi, logs, eventName })
  assert(found !== undefined, `a receipt with ${eventName}`)
  return found.args as DecodeEventLogReturnType<typeof abi, N>['args']
}
