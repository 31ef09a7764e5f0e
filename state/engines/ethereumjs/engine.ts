import type { PrecompileTable } from '../../../attribution/precompile.ts'
import type { Hash } from '../../../core/hex.ts'
import type { ChainRules } from '../../../core/rules.ts'
import type { Engine } from '../../engine.ts'
import { writeSystemContracts } from '../../systemCalls.ts'
import { executeCall } from './call.ts'
import { loadCrypto } from './crypto.ts'
import { executeDeposit } from './deposit.ts'
import { executeUserTx } from './execute.ts'
import { chainRules } from './forkRules.ts'
import { bindVm, createVm, type Vm } from './vm.ts'

export type EngineOptions = {
  readonly rules: Pick<ChainRules, 'chainId' | 'impersonation'>
  readonly precompiles: PrecompileTable
  /**
   * The hash of the canonical block with this number: what BLOCKHASH reads for the last 256 but the parent. Asked once
   * per open block and number, so a block that is open must not outlive its parent.
   */
  readonly blockHash: (number: bigint) => Hash | undefined
}

/** Idle VMs that are kept: as many executions may be open at once without making new ones. */
const maxIdle = 4

/** The engine on @ethereumjs/evm, with WebAssembly and native code for curves and hashes. */
export async function createEthereumjsEngine({ rules, precompiles, blockHash }: EngineOptions): Promise<Engine> {
  const { chainId, impersonation } = rules
  const options = { chainId, impersonation, rules: chainRules, precompiles, blockHash, crypto: await loadCrypto() }
  const idle: Vm[] = []
  return {
    openBlock(world, env) {
      let vm: Vm | undefined = idle.pop() ?? createVm(options)
      bindVm(vm, world, env)

      /** The VM, or another one after an outage broke it. */
      function current(): Vm {
        if (vm === undefined) throw new Error('execution is closed')
        if (vm.broken) {
          vm = createVm(options)
          bindVm(vm, world, env)
        }
        return vm
      }
      return {
        system: () => writeSystemContracts(world, env),
        executeTx: ({ tx, from }) =>
          tx.type === 0x7e ? executeDeposit(current(), tx) : executeUserTx(current(), tx, from),
        call: (message) => executeCall(current(), message),
        close() {
          if (vm !== undefined && !vm.broken && idle.length < maxIdle) idle.push(vm)
          vm = undefined
        },
      }
    },
  }
}
