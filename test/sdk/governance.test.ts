import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AbiFunction, toFunctionSignature } from 'viem'
import { loadContracts } from '../../genesis/loadContract.ts'
import { governanceContracts } from '../../sdk/governance.ts'

const names = {
  governor: 'OpenGovernor',
  voteToken: 'VoteToken',
  timelock: 'Timelock',
  contributorVeto: 'ContributorVeto',
}
const contract = loadContracts()

for (const [key, { abi }] of Object.entries(governanceContracts)) {
  test(`what the ABI of ${key} has, the contract has`, () => {
    const text = (item: AbiFunction) => `${toFunctionSignature(item)} ${item.stateMutability} ${outputs(item)}`
    const outputs = (item: AbiFunction) => item.outputs.map(({ type }) => type).join()
    const functions = (items: readonly { readonly type: string }[]) =>
      items.flatMap((item) => (item.type === 'function' ? [text(item as AbiFunction)] : []))
    const known = new Set(functions(contract(names[key as keyof typeof names]).abi))
    assert(functions(abi).length > 0)
    for (const each of functions(abi)) assert(known.has(each), each)
  })
}
