import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeL1Attributes } from '../../core/l1Attributes.ts'
import { predeploys } from '../../core/predeploys.ts'
import { deposit } from '../../examples/bridge/deposit.ts'
import { type Example, openExample } from '../../examples/bridge/setup.ts'
import { withdraw } from '../../examples/bridge/withdraw.ts'
import { openTokenAbi, portalAbi } from '../../l1/abi.ts'
import { checkSupply, type Supply, sumBalances } from '../../l1/supply.ts'
import { type RollupNode, startRollupNode } from './rollupNode.ts'

const ether = 10n ** 18n
let node: RollupNode
before(async () => {
  node = await startRollupNode()
})
after(() => node.close())

/** OPEN on both layers, read from L1's logs and from the whole state of the chain. */
async function supplyNow({ l1Reader }: Example, { spec, chain }: RollupNode): Promise<Supply> {
  const { number, hash } = chain.heads().unsafe
  const { header, transactions } = chain.block(hash)!
  const origin = decodeL1Attributes(transactions[0]!.tx.data)!.origin.number
  const blockNumber = await l1Reader.getBlockNumber()
  const portal = { address: spec.l1.rollup!.portal, abi: portalAbi } as const
  const range = { ...portal, fromBlock: spec.l1.origin.number + 1n, toBlock: blockNumber } as const
  const deposits = await l1Reader.getContractEvents({ ...range, eventName: 'TransactionDeposited', strict: true })
  const mints = (among: typeof deposits) =>
    among.reduce((sum, { args }) => sum + BigInt(args.opaqueData.slice(0, 66)), 0n)
  const paid = await l1Reader.getContractEvents({
    address: spec.l1.rollup!.open,
    abi: openTokenAbi,
    eventName: 'Transfer',
    args: { from: portal.address },
    fromBlock: range.fromBlock,
    toBlock: blockNumber,
    strict: true,
  })
  assert(number > 0n)
  return {
    genesisSupply: spec.totalSupply,
    minted: mints(deposits.filter((log) => log.blockNumber <= origin)),
    arriving: mints(deposits.filter((log) => log.blockNumber > origin)),
    balances: sumBalances(chain.reader.readNode, header.stateRoot),
    destroyed: 0n,
    withdrawn: chain.state().account(predeploys.messagePasser)?.balance ?? 0n,
    finalized: paid.reduce((sum, { args }) => sum + args.value, 0n),
    escrowed: await l1Reader.readContract({ ...portal, functionName: 'escrowed', blockNumber }),
  }
}

test('deposit and withdraw: OPEN and ETH go to the chain and come back, by viem alone', {
  timeout: 110_000,
}, async () => {
  const lines: string[] = []
  const example = await openExample(node.url, node.l1Url, (line) => lines.push(line))
  await deposit(example)
  assert.match(lines.join('\n'), /got 3 OPEN on the chain\n(.*\n)*.*has 0.5 ETH on the chain/)
  await withdraw(example)
  assert.match(lines.join('\n'), /got 1 OPEN on L1/)
  assert.equal(lines.filter((line) => line === 'paid out').length, 2)
  const supply = await supplyNow(example, node)
  assert.equal(checkSupply(supply), undefined)
  assert.deepEqual([supply.minted, supply.withdrawn, supply.finalized], [3n * ether, ether, ether])
  assert.deepEqual(node.errors, [])
})
