import { type Abi, encodeDeployData, encodeFunctionData, getContractAddress } from 'viem'
import { type Address, bytesToHex, type Hex } from '../../core/hex.ts'
import { loadContracts } from '../../genesis/loadContract.ts'

/** One transaction of a deployment. */
export type Step = {
  /** For people: what it does. */
  readonly name: string
  readonly nonce: bigint
  /** Absent: it creates the contract at `creates`. */
  readonly to: Address | undefined
  readonly creates: Address | undefined
  readonly data: Hex
  /** Sent only when all before it have succeeded: it cannot be undone. */
  readonly waits: boolean
}

export type Steps = {
  readonly list: readonly Step[]
  /** Adds the creation of a compiled contract; gives the address that it will have. */
  create(contract: string, abi: Abi, args: readonly unknown[]): Address
  call(
    name: string,
    to: Address,
    abi: Abi,
    functionName: string,
    args: readonly unknown[],
    options?: Partial<Pick<Step, 'waits'>>,
  ): void
}

/** Collects the transactions of one sender from a nonce on. */
export function stepsFrom(sender: Address, firstNonce: bigint): Steps {
  const contract = loadContracts()
  const list: Step[] = []
  const nextNonce = () => firstNonce + BigInt(list.length)
  return {
    list,
    create(name, abi, args) {
      const nonce = nextNonce()
      const creates = getContractAddress({ from: sender, nonce }).toLowerCase() as Address
      const bytecode = bytesToHex(contract(name).creation)
      list.push({ name, nonce, to: undefined, creates, data: encodeDeployData({ abi, bytecode, args }), waits: false })
      return creates
    },
    call(name, to, abi, functionName, args, { waits = false } = {}) {
      list.push({
        name,
        nonce: nextNonce(),
        to,
        creates: undefined,
        data: encodeFunctionData({ abi, functionName, args }),
        waits,
      })
    },
  }
}
