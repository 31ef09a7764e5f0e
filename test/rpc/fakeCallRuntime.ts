import { emptyBytes } from '../../core/hex.ts'
import type { CallRuntime } from '../../rpc/calls/run.ts'
import type { CallMessage, CallResult } from '../../state/engine.ts'

/**
 * A call runtime whose "EVM" does what the first byte of the calldata says: 1 loops without end, 2 throws, 3 takes all
 * memory, 4 ends the thread, anything else answers the calldata and the thread's number of calls so far.
 */
export async function openCallRuntime(options: unknown): Promise<CallRuntime> {
  if ((options as { readonly broken?: boolean }).broken === true) throw new Error('cannot open the database')
  let calls = 0
  return {
    openState: () => ({ account: () => undefined, storage: () => emptyBytes, code: () => emptyBytes }),
    engine: {
      openBlock: () => ({
        system() {},
        executeTx: () => ({ reject: 'tx_malformed' }),
        call: (message) => run(message, ++calls),
        close() {},
      }),
    },
    natives: new Set(),
    close: async () => {},
  }
}

function run({ data }: CallMessage, calls: number): CallResult {
  if (data[0] === 1) while (calls > 0);
  if (data[0] === 2) throw new Error('a bug')
  if (data[0] === 3) {
    const held: number[][] = []
    while (calls > 0) held.push(new Array(100_000).fill(calls))
  }
  if (data[0] === 4) process.exit(1)
  const output = Uint8Array.of(...data, calls)
  return {
    kind: 'success',
    output,
    gasUsed: 1n,
    gasRefund: 0n,
    logs: [],
    contractAddress: undefined,
    reason: undefined,
  }
}
