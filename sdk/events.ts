import type { ExtractAbiEvent, ExtractAbiEventNames } from 'abitype'
import { type Log, parseEventLogs } from 'viem'
import { type OpenledgerAbi, openledgerAbi, openledgerContracts } from './contracts.ts'
import type { OutValues } from './values.ts'

export type ProtocolEventName = ExtractAbiEventNames<OpenledgerAbi>

/** An event of the protocol: `name` decides what `args` has. */
export type ProtocolEvent<N extends ProtocolEventName = ProtocolEventName> = {
  [Name in N]: {
    readonly name: Name
    readonly args: OutValues<ExtractAbiEvent<OpenledgerAbi, Name>['inputs']>
    readonly log: Log
  }
}[N]

const addresses: ReadonlySet<string> = new Set(Object.values(openledgerContracts).map(({ address }) => address))

/** The protocol's events among logs, in their order; logs of other contracts are passed over. */
export function protocolEvents({ logs }: { readonly logs: readonly Log[] }): readonly ProtocolEvent[] {
  const own = logs.filter(({ address }) => addresses.has(address.toLowerCase()))
  const parsed = parseEventLogs({ abi: openledgerAbi, logs: own })
  return parsed.map(({ eventName, args, ...log }) => ({ name: eventName, args, log })) as readonly ProtocolEvent[]
}

/** The values of the first event of this name; throws if the receipt has none. */
export function eventOf<N extends ProtocolEventName>(
  receipt: { readonly logs: readonly Log[] },
  name: N,
): ProtocolEvent<N>['args'] {
  const found = protocolEvents(receipt).find((event) => event.name === name)
  if (found === undefined) throw new Error(`the receipt has no event ${name}`)
  return found.args as ProtocolEvent<N>['args']
}
