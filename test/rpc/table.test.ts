import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allNamespaces, namespaces } from '../../rpc/method.ts'
import { methodTable, selectMethods } from '../../rpc/methods/table.ts'

/** What wallets, libraries and indexers cannot do without. */
const everywhere = `
  eth_chainId eth_blockNumber eth_syncing eth_getBlockByNumber eth_getBlockByHash eth_getBlockReceipts
  eth_getBlockTransactionCountByNumber eth_getBlockTransactionCountByHash eth_getTransactionByHash
  eth_getTransactionByBlockHashAndIndex eth_getTransactionByBlockNumberAndIndex eth_getTransactionReceipt
  eth_getBalance eth_getCode eth_getStorageAt eth_getTransactionCount eth_getProof eth_call eth_estimateGas
  eth_gasPrice eth_maxPriorityFeePerGas eth_feeHistory eth_blobBaseFee eth_sendRawTransaction
  eth_sendRawTransactionSync eth_getLogs eth_newFilter eth_newBlockFilter eth_newPendingTransactionFilter
  eth_getFilterChanges eth_getFilterLogs eth_uninstallFilter eth_subscribe eth_unsubscribe eth_accounts eth_config
  eth_capabilities eth_getUncleCountByBlockHash eth_getUncleCountByBlockNumber eth_getUncleByBlockHashAndIndex
  eth_getUncleByBlockNumberAndIndex eth_getHeaderByNumber eth_getHeaderByHash eth_getRawTransactionByHash
  net_version net_listening net_peerCount web3_clientVersion web3_sha3
  txpool_status txpool_content txpool_contentFrom txpool_inspect rpc_modules`

const onSoloChains = `
  eth_sendTransaction eth_signTransaction eth_sign eth_signTypedData_v4 personal_sign eth_requestAccounts
  evm_mine evm_snapshot evm_revert evm_increaseTime evm_setNextBlockTimestamp evm_setAutomine evm_setIntervalMining
  hardhat_getAutomine anvil_getAutomine hardhat_metadata anvil_metadata anvil_nodeInfo hardhat_setBalance
  anvil_setBalance hardhat_impersonateAccount anvil_impersonateAccount hardhat_stopImpersonatingAccount
  anvil_stopImpersonatingAccount anvil_autoImpersonateAccount hardhat_mine anvil_mine`

const words = (text: string) => text.trim().split(/\s+/)

test('nothing is missing, and development methods exist only on solo chains', () => {
  const production = selectMethods(new Set(namespaces), { solo: false, rollup: true })
  const solo = selectMethods(new Set(namespaces), { solo: true, rollup: true })
  for (const name of words(everywhere)) assert.ok(production.has(name), name)
  for (const name of words(onSoloChains))
    assert.deepEqual([name, production.has(name), solo.has(name)], [name, false, true])
})

test('what is for operators is in no namespace of the public server', () => {
  assert.deepEqual(
    allNamespaces.filter((name) => !(namespaces as readonly string[]).includes(name)),
    ['admin'],
  )
})

test('rows are complete and unique', () => {
  assert.equal(new Set(methodTable.map(({ name }) => name)).size, methodTable.length)
  for (const { name, namespace, summary, weight, params } of methodTable) {
    assert.ok(allNamespaces.includes(namespace), name)
    assert.match(summary, /\.$/, name)
    assert.ok(weight >= 1, name)
    const firstOptional = params.findIndex(({ optional }) => optional)
    assert.ok(firstOptional < 0 || params.slice(firstOptional).every(({ optional }) => optional), name)
  }
})
