import { Common, Mainnet } from '@ethereumjs/common'
import { createEVM, type EVM, type ExecResult } from '@ethereumjs/evm'
import { assert } from '../../../core/errors.ts'

/** The library's state of one call frame. */
export type RunState = NonNullable<ExecResult['runState']>
export type FrameEnv = RunState['env']

/** The library's interpreter: one per call frame. Its package does not export the class. */
export type Interpreter = RunState['interpreter']
export type InterpreterClass = new (
  evm: EVM,
  stateManager: EVM['stateManager'],
  blockchain: EVM['blockchain'],
  env: FrameEnv,
  gasLeft: bigint,
  journal: EVM['journal'],
  performanceLogs: unknown,
) => Interpreter

/** Obtains the class from an instance: an opcode of our own sees the interpreter that runs it. */
async function captureClass(): Promise<InterpreterClass> {
  let captured: InterpreterClass | undefined
  const capture = {
    opcode: 0x0c,
    opcodeName: 'CAPTURE',
    baseFee: 0,
    logicFunction: ({ interpreter }: RunState) => {
      captured = interpreter.constructor as unknown as InterpreterClass
    },
  }
  const evm = await createEVM({ common: new Common({ chain: Mainnet }), customOpcodes: [capture] })
  await evm.runCode({ code: Uint8Array.of(capture.opcode), gasLimit: 1n })
  assert(captured !== undefined, 'the library runs its interpreter in another way')
  return captured
}

export const LibraryInterpreter = await captureClass()
