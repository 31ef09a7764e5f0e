import { EVM, EVMError, type EVMOpts, type ExecResult, type Message, type PrecompileFunc } from '@ethereumjs/evm'
import { Account } from '@ethereumjs/util'
import type { PrecompileTable } from '../../../attribution/precompile.ts'
import { maxBalance } from '../../../core/account.ts'
import { assert } from '../../../core/errors.ts'
import { type Address, bytesToAddress, emptyBytes } from '../../../core/hex.ts'
import { blockHashOps } from './blockHashes.ts'
import { pinCommon } from './common.ts'
import { createOps } from './createOps.ts'
import { FastInterpreter, type OpcodeEntry } from './fastInterpreter.ts'
import { wordBytes } from './frameMemory.ts'
import type { FrameEnv } from './interpreterClass.ts'
import { createTxJournal, type TxJournal } from './journal.ts'
import { memoryOps } from './memoryOps.ts'
import { type NativeHost, runNative } from './native.ts'
import { codeOf, keyOf, now, type WorldState } from './stateManager.ts'
import { stateOps } from './stateOps.ts'

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
    // Nobody listens, and the library would wait twice per call to find out.
    Object.assign(this as object, { _emit: () => undefined })
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

  /** Runs a frame like the library, in `FastInterpreter` and without the parts of the result that nobody reads. */
  protected override async runInterpreter(message: Message): Promise<ExecResult> {
    const { to, caller, selfdestruct, createdAddresses } = message
    assert(to !== undefined && this._tx !== undefined && this._block !== undefined, 'frame without a call')
    const env: FrameEnv = {
      address: to,
      caller,
      callData: message.data,
      callValue: message.value,
      code: message.code as Uint8Array,
      isStatic: message.isStatic,
      isCreate: message.isCreate ?? false,
      depth: message.depth,
      gasPrice: this._tx.gasPrice,
      origin: this._tx.origin,
      block: this._block,
      contract: now(this.stateManager.getAccount(to)) ?? new Account(),
      codeAddress: message.codeAddress,
      gasRefund: message.gasRefund,
      blobVersionedHashes: message.blobVersionedHashes ?? [],
      ...(createdAddresses === undefined ? {} : { createdAddresses }),
    }
    const { stateManager, blockchain, journal, performanceLogger } = this
    const interpreter = new FastInterpreter(
      this,
      stateManager,
      blockchain,
      env,
      message.gasLimit,
      journal,
      performanceLogger,
    )
    const result = interpreter._result
    if (selfdestruct !== undefined) result.selfdestruct = selfdestruct
    if (createdAddresses !== undefined) result.createdAddresses = createdAddresses

    const exceptionError = await interpreter.execute(env, this._opcodeMap as readonly OpcodeEntry[], this.common)
    const { gasLeft, gasRefund } = interpreter.frame
    const keepsGas = exceptionError === undefined || exceptionError.error === EVMError.errorMessages.REVERT
    const outcome = {
      executionGasUsed: keepsGas ? message.gasLimit - gasLeft : message.gasLimit,
      gasRefund,
      returnValue: result.returnValue ?? emptyBytes,
    }
    if (exceptionError === undefined) return { ...result, ...outcome }
    return { ...outcome, exceptionError, logs: [], selfdestruct: new Map(), createdAddresses: new Set() }
  }

  /** The library's opcodes with ours in their place. */
  override getActiveOpcodes() {
    const opcodes = super.getActiveOpcodes()
    for (const [opcode, { gas, gasSince, run }] of [...memoryOps, ...stateOps, ...createOps, ...blockHashOps]) {
      const entry = this._opcodeMap[opcode]
      if (entry === undefined || entry.opcodeInfo.isInvalid === true) continue
      const replacesGas = gas !== undefined && (gasSince === undefined || this.common.isActivatedEIP(gasSince))
      this._opcodeMap[opcode] = {
        opcodeInfo: entry.opcodeInfo,
        gasHandler: replacesGas ? gas : entry.gasHandler,
        opHandler: run ?? entry.opHandler,
      }
    }
    this.wrapSelfDestruct()
    return opcodes
  }

  /**
   * To itself SELFDESTRUCT destroys the balance at once, which nothing else tells. To another account it is an
   * exception if that cannot hold the sum, as a call with value is.
   */
  private wrapSelfDestruct(): void {
    const entry = this._opcodeMap[0xff]
    assert(entry !== undefined, 'no SELFDESTRUCT')
    const { opHandler } = entry
    this._opcodeMap[0xff] = {
      ...entry,
      opHandler: (runState, common) => {
        const { address, contract, createdAddresses } = runState.env
        const [word] = runState.stack.peek(1)
        const to = word === undefined ? undefined : addressOf(word)
        if (to === keyOf(address)) {
          const goes = !common.isActivatedEIP(6780) || createdAddresses?.has(to) === true
          if (goes && contract.balance > 0n) this.txJournal.burn(contract.balance)
        } else if (to !== undefined) {
          const held = this.hostOrFail().world.account(to)?.balance ?? 0n
          if (held + contract.balance > maxBalance) throw new EVMError(EVMError.errorMessages.VALUE_OVERFLOW)
        }
        return opHandler(runState, common)
      },
    }
  }
}

function addressOf(word: bigint): Address {
  return bytesToAddress(wordBytes(word).subarray(12))
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
