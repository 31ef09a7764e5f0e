import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import type { Abi, AbiParameter } from 'viem'
import { loadContracts } from '../../../genesis/loadContract.ts'
import { openTokenAbi, outputOracleAbi, portalAbi, systemConfigAbi, validatorRegistryAbi } from '../../../l1/abi.ts'

const compiled = loadContracts()
const require = createRequire(import.meta.url)
/** Not exported by viem. */
const { portalAbi: viemPortalAbi, l2OutputOracleAbi: viemOracleAbi } = require(
  join(dirname(require.resolve('viem/op-stack')), 'abis.js'),
) as { portalAbi: Abi; l2OutputOracleAbi: Abi }
const interfaces: Readonly<Record<string, Abi>> = {
  Portal: portalAbi,
  OutputOracle: outputOracleAbi,
  ValidatorRegistry: validatorRegistryAbi,
  SystemConfig: systemConfigAbi,
  OpenToken: openTokenAbi,
}

describe('interfaces of the contracts on L1', () => {
  for (const [name, abi] of Object.entries(interfaces)) {
    test(`${name} has all that its interface lists, and nothing else that could be called`, () => {
      const unlisted = ['renounceOwnership', 'EIP712DomainChanged']
      const real = compiled(name)
        .abi.filter((item) => item.type !== 'error' && !('name' in item && unlisted.includes(item.name)))
        .map(signature)
      assert.deepEqual(abi.map(signature).sort(), real.sort())
    })

    test(`${name} fits into a contract`, () => {
      const { runtime } = compiled(name)
      assert(runtime.length > 0 && runtime.length <= 24_576, `${runtime.length} bytes`)
    })
  }

  test("what viem's actions call is as viem has it", () => {
    const used = ['version', 'provenWithdrawals', 'finalizedWithdrawals', 'depositTransaction', 'TransactionDeposited']
    const portal = [
      ...used,
      'proveWithdrawalTransaction',
      'finalizeWithdrawalTransaction',
      'params',
      'WithdrawalProven',
    ]
    const views = ['latestOutputIndex', 'L2_BLOCK_TIME', 'SUBMISSION_INTERVAL', 'FINALIZATION_PERIOD_SECONDS']
    const oracle = [...views, 'getL2Output', 'getL2OutputIndexAfter', 'OutputProposed', 'OutputsDeleted']
    for (const [viemAbi, abi, names] of [
      [viemPortalAbi, portalAbi, [...portal, 'WithdrawalFinalized', 'minimumGasLimit', 'isOutputFinalized', 'paused']],
      [viemOracleAbi, outputOracleAbi, [...oracle, 'proposeL2Output', 'deleteL2Outputs', 'nextBlockNumber']],
    ] as const) {
      for (const name of names) {
        const [theirs, ours] = [viemAbi, abi].map((items) =>
          (items as Abi).filter((item) => 'name' in item && item.name === name),
        )
        assert.deepEqual(ours?.map(wire), theirs?.map(wire), name)
        assert.equal(ours?.length, 1, name)
      }
    }
  })
})

/** What callers depend on: with names of results and of struct fields, without those of arguments. */
function signature(item: Abi[number]): string {
  switch (item.type) {
    case 'constructor':
      return `constructor(${item.inputs.map((input) => typeOf(input)).join()})`
    case 'event':
      return `event ${item.name}(${item.inputs.map((input) => `${typeOf(input)} ${input.indexed === true} ${input.name}`).join()})`
    case 'function': {
      const outputs = item.outputs.map((output) => typeOf(output, item.outputs.length > 1)).join()
      return `${item.name}(${item.inputs.map((input) => typeOf(input)).join()}) ${item.stateMutability} (${outputs})`
    }
    default:
      return item.type
  }
}

/** What goes over the wire, and the fields of what comes back. */
function wire(item: Abi[number]): string {
  return signature(item).replace(' pure ', ' view ')
}

function typeOf(parameter: AbiParameter, named = false): string {
  const { type } = parameter
  const fields = 'components' in parameter ? `{${parameter.components.map((field) => typeOf(field, true)).join()}}` : ''
  return `${type}${fields}${named ? ` ${parameter.name}` : ''}`
}
