import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createWalletClient, http, parseEther } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { getL2TransactionHashes } from 'viem/op-stack'
import { bytesToHex } from '../../core/hex.ts'
import { openExample } from '../../examples/bridge/setup.ts'
import { openTokenAbi } from '../../l1/abi.ts'
import { accounts, agreed, blockOf, children, inTime, isAlive, openStage, until } from './rollupProcesses.ts'
import { rpc } from './rpcCall.ts'
import { type Running, run } from './spawn.ts'

type Facts = {
  readonly l1: { readonly url: string }
  readonly sequencerUrl: string
  readonly validatorUrl: string
  readonly dir: string
}

type Listed = {
  readonly node: { readonly id: string }
  readonly peers: readonly { readonly id: string; readonly topics: readonly string[] }[]
}

const stage = openStage('devnet')
let devnet: Running
let facts: Facts
before(async () => {
  devnet = stage.start([
    ...['devnet', '--http.addr', '127.0.0.1', '--http.port', '0', '--validator.port', '0', '--l1.port', '0'],
    ...['--p2p.port', '0', '--validator.p2p.port', '0'],
    ...['--l1.block-time', '1', '--batcher.max-delay', '1', '--datadir.minfreedisk', '1', '--json', '--silent'],
  ])
  const [line] = await inTime(devnet.until(/^\{"ready":true.*\}$/m), 60_000, 'the development chain starts')
  facts = JSON.parse(line) as Facts
})
after(() => stage.close())

describe('a development chain of three processes', { concurrency: true, timeout: 120_000 }, () => {
  test('a transfer sent to the validator becomes safe and final, and both nodes agree', async () => {
    const { sequencerUrl, validatorUrl } = facts
    const account = privateKeyToAccount(bytesToHex(accounts[1]!.privateKey))
    const wallet = createWalletClient({ account, transport: http(validatorUrl) })
    const to = accounts[2]!.address
    const had = BigInt(await rpc<string>(sequencerUrl, 'eth_getBalance', to, 'latest'))
    const hash = await wallet.sendTransaction({ chain: null, to, value: parseEther('1') })
    const receipt = () => rpc<{ blockNumber: string } | null>(sequencerUrl, 'eth_getTransactionReceipt', hash)
    const { blockNumber } = await until('the transfer is in a block', async () => (await receipt()) ?? undefined)
    const { finalized } = await agreed([sequencerUrl, validatorUrl], {
      number: BigInt(blockNumber),
      label: 'finalized',
    })
    assert.equal((await blockOf(validatorUrl, finalized.number)).hash, finalized.hash)
    assert.equal(
      await rpc(validatorUrl, 'eth_getBalance', to, 'finalized'),
      `0x${(had + parseEther('1')).toString(16)}`,
    )
    const batches = await rpc<{ kind: string; l1CostWei: string }[]>(validatorUrl, 'openledger_batches')
    assert.ok(batches.some(({ kind, l1CostWei }) => kind === 'blobs' && BigInt(l1CostWei) > 0n))
  })

  test('one more node joins by one command: it has the blocks at once, and hands on transactions', async () => {
    const { sequencerUrl, l1 } = facts
    const folder = join(stage.folder, 'replica')
    const replica = stage.start([
      ...['replica', '--join', sequencerUrl, '--l1-rpc', l1.url, '--data-dir', folder, '--datadir.minfreedisk', '1'],
      ...['--http.addr', '127.0.0.1', '--http.port', '0', '--p2p.addr', '127.0.0.1', '--p2p.port', '0', '--json'],
    ])
    const [line] = await inTime(replica.until(/^\{"ready":true.*\}$/m), 60_000, 'the replica answers')
    const { httpUrl, genesis } = JSON.parse(line) as { httpUrl: string; genesis: string }
    assert.equal(genesis, (await blockOf(sequencerUrl, 0n)).hash)
    const network = await rpc<{ peerId: string }>(sequencerUrl, 'openledger_network')
    // What is sent before the sequencer listens is sent again only later.
    const { node } = await until('the sequencer listens to it', async () => {
      const listed = JSON.parse((await run(['peers', '--data-dir', folder, '--json'])).stdout) as Listed
      const peer = listed.peers.find(({ id }) => id === network.peerId)
      return peer?.topics.includes('txs') ? listed : undefined
    })
    assert.notEqual(node.id, network.peerId)
    assert.ok(Number(await rpc(httpUrl, 'net_peerCount')) > 0)

    const account = privateKeyToAccount(bytesToHex(accounts[4]!.privateKey))
    const wallet = createWalletClient({ account, transport: http(httpUrl) })
    const hash = await wallet.sendTransaction({ chain: null, to: account.address, value: 1n })
    const receiptAt = (url: string) => () =>
      rpc<{ blockHash: string } | null>(url, 'eth_getTransactionReceipt', hash).then((found) => found ?? undefined)
    const made = await until('the sequencer has it in a block', receiptAt(sequencerUrl))
    const followed = await until('the replica has that block', receiptAt(httpUrl))
    assert.equal(followed.blockHash, made.blockHash)

    const told = await run(['status', '--rpc.url', httpUrl])
    assert.match(told.stdout, /^(not )?ready\nreplica of devnet .*\n.*\n\d+ peers?; /)

    replica.child.kill('SIGTERM')
    const { code, stderr } = await inTime(replica.finished, 20_000, 'the replica stops')
    assert.equal(code, 0, stderr)
  })

  test('OPEN comes from L1 and goes back there, not before the challenge window is over', async () => {
    const example = await openExample(facts.sequencerUrl, facts.l1.url, () => {})
    const { account, chain, l1Reader, l2Reader, l1Wallet, l2Wallet, minedOnL1, minedOnL2 } = example
    const { address } = account
    const token = { address: chain.contracts.openToken[chain.sourceId]!.address, abi: openTokenAbi } as const
    const openOnL1 = () => l1Reader.readContract({ ...token, functionName: 'balanceOf', args: [address] })

    const had = await l2Reader.getBalance({ address })
    const deposited = await minedOnL1(await l1Wallet.depositOpen({ targetChain: chain, amount: parseEther('3') }))
    await minedOnL2(getL2TransactionHashes(deposited)[0]!)
    assert.equal((await l2Reader.getBalance({ address })) - had, parseEther('3'))

    const left = await openOnL1()
    const request = await l1Reader.buildInitiateWithdrawal({ account, to: address, value: parseEther('2') })
    const receipt = await minedOnL2(await l2Wallet.initiateWithdrawal(request))
    const { output, withdrawal } = await l1Reader.waitToProve({ receipt, targetChain: chain })
    const proof = await l2Reader.buildProveWithdrawal({ account, output, withdrawal })
    await minedOnL1(await l1Wallet.proveWithdrawal(proof))
    const finalize = () => l1Wallet.finalizeWithdrawal({ account, targetChain: chain, withdrawal })
    await assert.rejects(finalize(), /finalization period/)
    await l1Reader.waitToFinalize({ withdrawalHash: withdrawal.withdrawalHash, targetChain: chain })
    await minedOnL1(await finalize())
    assert.equal((await openOnL1()) - left, parseEther('2'))
  })
})

test('the L1 of a development chain ends with it, however that ended', async () => {
  const module = join(import.meta.dirname, '../../node/devnet/anvil.ts')
  const options = { host: '127.0.0.1', port: 0, blockTimeSec: 1, chainId: '900', stateFile: undefined }
  const code = `import { startAnvil } from ${JSON.stringify(module)}
    const { url } = await startAnvil(${JSON.stringify(options)})
    console.log(url)`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  let below: readonly number[] = []
  try {
    const [url] = (await inTime(once(parent.stdout, 'data'), 20_000, 'anvil starts')) as [Buffer]
    const chainId = () => rpc(String(url).trim(), 'eth_chainId').catch(() => undefined)
    assert.equal(await chainId(), '0x384')
    below = children(parent.pid)
    parent.kill('SIGKILL')
    await until('the L1 ends', async () => ((await chainId()) === undefined ? true : undefined), 10_000)
  } finally {
    parent.kill('SIGKILL')
    for (const pid of below.filter(isAlive)) process.kill(pid, 'SIGKILL')
  }
})

test('one signal stops all processes and leaves nothing behind', async () => {
  const below = children(devnet.child.pid)
  devnet.child.kill('SIGINT')
  const { code, stderr } = await inTime(devnet.finished, 20_000, 'the development chain stops')
  assert.equal(code, 0, stderr)
  assert.deepEqual(below.filter(isAlive), [])
  assert.equal(existsSync(facts.dir), false)
})
