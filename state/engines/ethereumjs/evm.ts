import { EVM, type EVMOpts, type Message, type PrecompileFunc } from '@ethereumjs/evm'
import type { PrecompileTable } from '../../../attribution/precompile.ts'
import { assert } from '../../../core/errors.ts'
import { type Address, bytesToAddress, emptyBytes } from '../../../core/hex.ts'
import { pinCommon } from './common.ts'
import { createTxJournal, type TxJournal } from './journal.ts'
import { type NativeHost, runNative } from './native.ts'
import { codeOf, keyOf, type WorldState } from './stateManager.ts'

/**
 * The library's EVM with native precompiles, our journal, and self-destruct burns reported. A subclass because only
 * `_loadCode` sees the whole message: caller, value, static flag, depth and how the code was reached.
 */
export class NodeEvm extends EVM {
  readonly natives: PrecompileTable
  readonly txJournal: TxJournal
  /** Set for each block. */
  host: NativeHost | undefined

  constructor(opts: EVMOpts, state: WorldState, natives: PrecompileTable) {
    super({ ...opts, stateManager: state })
    pinCommon(this.common)
    this.natives = natives
    const warm = new Set<string>(natives.keys())
    for (const digits of this.precompiles.keys()) warm.add(`0x${digits}`)
    const journal = createTxJournal(state, warm)
    this.txJournal = journal
    // The library's journal is a class with private fields: ours has the methods that are called.
    this.journal = journal as unknown as EVM['journal']
  }

  /** A precompile of the fork or of ours. */
  isPrecompile(address: Address): boolean {
    return this.natives.has(address) || this.precompiles.has(address.slice(2))
  }

  protected override _loadCode(message: Message): Promise<void> {
    if (message.code === undefined) this.findCode(message, keyOf(message.codeAddress))
    return undefined as unknown as Promise<void>
  }

  private findCode(message: Message, address: Address): void {
    const precompile = this.nativeCode(message, address) ?? this.precompiles.get(address.slice(2))
    if (precompile !== undefined) {
      message.code = precompile
      message.isCompiled = true
      return
    }
    const { world } = this.hostOrFail()
    const code = codeOf(world, address)
    const target = this.common.isActivatedEIP(7702) ? delegationOf(code) : undefined
    if (target !== undefined && message.depth === 0) this.txJournal.warm(target)
    // A delegation to a standard precompile runs no code (EIP-7702); one of ours runs and sees that it is delegated.
    const native = target === undefined ? undefined : this.nativeCode(message, target)
    message.code = native ?? (target === undefined ? code : codeOf(world, target))
    message.isCompiled = native !== undefined
  }

  private nativeCode(message: Message, address: Address): PrecompileFunc | undefined {
    const native = this.natives.get(address)
    if (native === undefined) return undefined
    return ({ gasLimit }) => runNative(this.hostOrFail(), native, address, message, gasLimit)
  }

  private hostOrFail(): NativeHost {
    assert(this.host !== undefined, 'EVM without a block')
    return this.host
  }

  /** Wraps SELFDESTRUCT: to itself it destroys the balance at once, which nothing else tells. */
  override getActiveOpcodes() {
    const opcodes = super.getActiveOpcodes()
    const entry = this._opcodeMap[0xff]
    assert(entry !== undefined, 'no SELFDESTRUCT')
    const { opHandler } = entry
    this._opcodeMap[0xff] = {
      ...entry,
      opHandler: (runState, common) => {
        const { address, contract, createdAddresses } = runState.env
        const [word] = runState.stack.peek(1)
        const toSelf = word !== undefined && BigInt.asUintN(160, word) === BigInt(keyOf(address))
        const goes = !common.isActivatedEIP(6780) || createdAddresses?.has(keyOf(address)) === true
        if (toSelf && goes && contract.balance > 0n) this.txJournal.burn(contract.balance)
        return opHandler(runState, common)
      },
    }
    return opcodes
  }
}

/** The target of a delegation designator (EIP-7702: 0xef0100 and an address), or undefined for any other code. */
export function delegationOf(code: Uint8Array): Address | undefined {
  if (code.length !== 23 || code[0] !== 0xef || code[1] !== 0x01 || code[2] !== 0x00) return undefined
  return bytesToAddress(code.subarray(3))
}

/** The code that delegates to an address; delegating to the zero address clears it. */
export function delegationCode(target: Address): Uint8Array {
  return BigInt(target) === 0n ? emptyBytes : Uint8Array.from(Buffer.from(`ef0100${target.slice(2)}`, 'hex'))
}
