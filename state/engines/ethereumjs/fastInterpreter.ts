import type { Common } from '@ethereumjs/common'
import { EVMError } from '@ethereumjs/evm'
import { FrameMemory } from './frameMemory.ts'
import { type FrameEnv, type InterpreterClass, LibraryInterpreter, type RunState } from './interpreterClass.ts'

/** What an opcode does and costs; either may be a promise. */
export type OpcodeEntry = {
  readonly opcodeInfo: { readonly feeBigInt: bigint; readonly dynamicGas: boolean; readonly isInvalid?: boolean }
  readonly gasHandler: (state: RunState, gas: bigint, common: Common) => bigint | Promise<bigint>
  readonly opHandler: (state: RunState, common: Common) => void | Promise<void>
}

/**
 * Hot path: the library's interpreter with a loop that awaits only what is a promise; its own awaits twice per opcode.
 */
export class FastInterpreter extends LibraryInterpreter {
  constructor(...args: ConstructorParameters<InterpreterClass>) {
    super(...args)
    this._runState.memory = new FrameMemory() as unknown as RunState['memory']
  }

  /** Runs the frame's code to its end; the exception if it fails. Outages and bugs are thrown. */
  async execute(env: FrameEnv, opcodes: readonly OpcodeEntry[], common: Common): Promise<EVMError | undefined> {
    const state = this._runState
    const { code } = env
    state.code = code
    try {
      while (state.programCounter < code.length) {
        const opcode = code[state.programCounter] as number
        const { opcodeInfo, gasHandler, opHandler } = opcodes[opcode] as OpcodeEntry
        state.opCode = opcode
        let gas = opcodeInfo.feeBigInt
        if (opcodeInfo.dynamicGas) {
          const price = gasHandler(state, gas, common)
          gas = typeof price === 'bigint' ? price : await price
        }
        if (opcodeInfo.isInvalid === true) throw new EVMError(EVMError.errorMessages.INVALID_OPCODE)
        state.gasLeft -= gas
        if (state.gasLeft < 0n) {
          state.gasLeft = 0n
          throw new EVMError(EVMError.errorMessages.OUT_OF_GAS)
        }
        state.programCounter++
        const pending = opHandler(state, common)
        if (pending !== undefined) await pending
      }
    } catch (error) {
      if (!(error instanceof EVMError)) throw error
      if (error.error !== EVMError.errorMessages.STOP) return error
    }
    return undefined
  }

  /** The state of the frame after it ran. */
  get frame(): RunState {
    return this._runState
  }
}
