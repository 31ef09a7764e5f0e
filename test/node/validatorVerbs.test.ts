import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createPublicClient, createWalletClient, getAddress, http, parseEther } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { type Attestation, type Claim, claimDigest } from '../../core/attestation.ts'
import { type Address, bytesToHex, type Hash, hexToBytes } from '../../core/hex.ts'
import { sign } from '../../core/secp256k1.ts'
import { devAccounts, devMnemonic } from '../../genesis/devAccounts.ts'
import { loadSpec, parseSpec } from '../../genesis/loadSpec.ts'
import type { ChainSpec } from '../../genesis/spec.ts'
import { outputOracleAbi, validatorRegistryAbi } from '../../l1/abi.ts'
import { deployRollup } from '../../l1/deploy/deploy.ts'
import { reasonFixes } from '../../node/cli/validator/reasons.ts'
import { encodeBundle } from '../../p2p/evidence/bundle.ts'
import type { ClaimsBackend } from '../../rpc/backend.ts'
import { tokenAbi } from '../../sdk/bridge/abi.ts'
import { l1ChainOf } from '../../sdk/bridge/chain.ts'
import { validatorVault } from '../../sdk/validators/abi.ts'
import { type Anvil, startAnvil } from '../l1/anvil.ts'
import { type DevNode, startDevNode } from '../rpc/devNode.ts'
import { startRollupNode } from '../sdk/rollupNode.ts'
import { until } from './rollupProcesses.ts'
import { run } from './spawn.ts'
import { type Printed, refusal, verbRunner } from './verbRunner.ts'

type Facts = Readonly<
  Record<'id' | 'stake' | 'amount' | 'unbonding' | 'reward' | 'totalStake' | 'attested' | 'paid', string> &
    Record<'signer' | 'account' | 'opinion', string> & {
      sent: boolean
      isOnL2: boolean
      signers: readonly string[]
      validators: readonly { id: string; signer: string; weight?: string; newest?: string; behind?: string }[]
    }
>

const accounts = devAccounts(devMnemonic, 10)
const owner = accounts[3]!
const proposer = accounts[7]!
const bondWei = parseEther('0.01')
const folder = mkdtempSync(join(tmpdir(), 'ol-validator-verbs-'))
const hash = (byte: string) => `0x${byte.repeat(32)}` as Hash

/** Keys that attest, each in a file. */
const keys = ['51', '52', '53', '54', '55'].map((byte) => {
  const file = join(folder, `${byte}.key`)
  writeFileSync(file, `${byte.repeat(32)}\n`, { mode: 0o600 })
  return { file, privateKey: hexToBytes(hash(byte)), address: privateKeyToAccount(hash(byte)).address }
})
const [first, second, third, poor, spare] = keys as unknown as readonly [Key, Key, Key, Key, Key]
type Key = (typeof keys)[number]

let anvil: Anvil
let node: DevNode
let spec: ChainSpec
let specFile: string
let openledger: (...argv: readonly string[]) => Promise<Printed<Facts>>
/** What the node says of L2. */
let newest: ReadonlyMap<string, bigint>
let attestations: readonly Attestation[]
let knowsWeights: boolean

before(async () => {
  anvil = await startAnvil()
  const file = await deployRollup({
    rpcUrl: anvil.url,
    deployerKey: accounts[9]!.privateKey,
    spec: loadSpec('devnet'),
    options: {
      batcher: proposer.address,
      proposer: proposer.address,
      submissionIntervalSec: 1n,
      finalizationPeriodSec: 3_600n,
      verifierPeriodSec: 3_600n,
      bondWei,
      openAccounts: new Map(
        [owner.address, spare.address.toLowerCase() as Address].map((to) => [to, parseEther('100000')]),
      ),
    },
  })
  specFile = join(folder, 'rollup.json')
  writeFileSync(specFile, JSON.stringify(file))
  spec = parseSpec(file)
  const claims: ClaimsBackend = {
    async validators() {
      if (!knowsWeights) return []
      const set = await anvil.client.readContract({ ...registry(), functionName: 'validatorSet' })
      return set.map(({ signer, account, stake }) => ({
        signer: signer.toLowerCase() as Address,
        account: account.toLowerCase() as Address,
        weight: stake / 10n ** 18n,
        newest: newest.get(signer),
      }))
    },
    attested: async () => undefined,
    certificate: async () => attestations,
    disputed: async () => undefined,
  }
  const { rollup: contracts } = spec.l1
  assert(contracts !== undefined)
  const reads = { spec, contracts, tip: () => undefined, record: () => undefined, batches: async () => [] }
  node = await startDevNode({}, (own) => ({ rollup: reads, backend: { ...own, claims } }))
  const verbs = verbRunner<Facts>(node.url)
  openledger = (...argv) => verbs('validator', ...argv, '--l1-rpc', anvil.url)
  newest = new Map()
  attestations = []
  knowsWeights = true
})
after(async () => {
  await node?.close()
  await anvil?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const registry = () => ({ address: spec.l1.rollup!.validatorRegistry, abi: validatorRegistryAbi }) as const
const oracle = () => ({ address: spec.l1.rollup!.outputOracle, abi: outputOracleAbi }) as const
const byOwner = ['--dev', '3']
const walletOf = ({ privateKey }: { readonly privateKey: Uint8Array }) =>
  createWalletClient({
    account: privateKeyToAccount(bytesToHex(privateKey)),
    chain: l1ChainOf(spec),
    transport: http(anvil.url),
    pollingInterval: 50,
  })
const openOf = (account: Address) =>
  anvil.client.readContract({
    address: spec.l1.rollup!.open,
    abi: tokenAbi,
    functionName: 'balanceOf',
    args: [account],
  })

async function pass(seconds: number): Promise<void> {
  await anvil.control.increaseTime({ seconds })
  await anvil.control.mine({ blocks: 1 })
}

describe('joining', () => {
  const wish = () => ['join', '--key', first.file, '--stake', '2000']

  test('a rehearsal says what it costs, and sends nothing', async () => {
    const block = await anvil.client.getBlockNumber()
    const { text, facts } = await openledger(...wish(), ...byOwner, '--dry-run')
    assert.match(text, /stake +2000 OPEN of 0x\w+, who has 100000 OPEN; at least 1000 OPEN/)
    assert.match(text, new RegExp(`attests +${first.address}`))
    assert.match(text, new RegExp(`paid +${first.address} on L2, 100 %`))
    assert.match(text, /L1 gas +at most about 0\.\d+ ETH: \d+ gas at \d+(?:\.\d+)? gwei/)
    assert.match(text, /leaving .*then 2 h 0 min/)
    assert.match(text, /two different claims about one L1 block/)
    assert.match(text, /Nothing was sent\.$/)
    assert.equal(facts.sent, false)
    assert.equal(await anvil.client.getBlockNumber(), block)
  })

  test('says what is in the way before it sends anything', async () => {
    const cases: readonly (readonly [readonly string[], RegExp, RegExp])[] = [
      [['join', '--stake', '2000', ...byOwner], /no attestation key/, /--key/],
      [['join', '--key', first.file, ...byOwner], /no stake/, /--stake/],
      [['join', '--key', first.file, '--stake', 'all', ...byOwner], /--stake does not take/, /like 10/],
      [['join', '--key', first.file, '--stake', '999', ...byOwner], /too little stake/, /at least 1000 OPEN/],
      [['join', '--key', first.file, '--stake', '2000000000', ...byOwner], /too much stake/, /at most 1000000000 OPEN/],
      [['join', '--key', first.file, '--stake', '100001', ...byOwner], /100001 OPEN are needed/, /on L1/],
      [[...wish(), '--dev', '3', '--owner-key', poor.file], /exclude each other/, /leave one/],
      [[...wish(), '--owner-key', join(folder, 'none')], /--owner-key cannot be read/, /64 hex digits/],
      [[...wish(), '--owner-key', poor.file], /0 OPEN on L1, 2000 OPEN are needed/, /--owner-key/],
      [[...wish(), '--owner-key', spare.file], /has 0 ETH on L1/, /some ETH/],
      [[...wish(), ...byOwner, '--account', '0x12'], /--account does not take/, /40 hex digits/],
      [[...wish(), ...byOwner, '--wait', 'long'], /--wait/, /digits/],
      [[...wish(), ...byOwner, '--chain', 'devnet'], /no contracts on L1/, /openledger deploy/],
    ]
    const block = await anvil.client.getBlockNumber()
    for (const [argv, message, fix] of cases) await assert.rejects(openledger(...argv), refusal(message, fix))
    assert.equal(await anvil.client.getBlockNumber(), block)
  })

  test('trusts no contracts that do not fit together', async () => {
    const { l1, ...rest } = JSON.parse(readFileSync(specFile, 'utf8'))
    const write = (changed: object): readonly string[] => {
      const path = join(folder, 'changed.json')
      writeFileSync(path, JSON.stringify({ ...rest, l1, ...changed, hash: undefined }))
      return [...wish(), '--owner-key', spare.file, '--chain', path]
    }
    const other = { ...l1, rollup: { ...l1.rollup, validatorRegistry: l1.rollup.multicall3.replace(/.$/, '0') } }
    await assert.rejects(openledger(...write({ l1: other })), refusal(/no such contract/, /--chain/))
    await assert.rejects(openledger(...write({ chainId: 7_777 })), refusal(/another chain or token/, /do not trust/))
  })

  test('a rehearsal that L1 would refuse fails, and says why in JSON too', async () => {
    const argv = [...wish(), '--owner-key', poor.file, '--dry-run', '--json', '--chain', specFile]
    const { code, stdout, stderr } = await run(['validator', ...argv, '--l1-rpc', anvil.url])
    assert.deepEqual([code, stderr], [1, ''])
    const { sent, problem } = JSON.parse(stdout)
    assert.equal(sent, false)
    assert.match(problem.message, /0 OPEN on L1/)
  })

  test('approves, registers, and waits for the weight on L2', async () => {
    const account = getAddress(accounts[4]!.address)
    const { text, facts } = await openledger(...wish(), ...byOwner, '--account', account)
    assert.match(text, /Registered validator 1 with 2000 OPEN at stake\nIts weight is on L2/)
    assert.match(text, new RegExp(`openledger run --role validator --validator.key ${first.file}`))
    assert.deepEqual([facts.id, facts.isOnL2], ['1', true])
    const [listed] = await anvil.client.readContract({ ...registry(), functionName: 'validatorSet' })
    assert.deepEqual(
      [listed?.owner.toLowerCase(), listed?.signer, listed?.account, listed?.stake],
      [owner.address, first.address, account, parseEther('2000')],
    )
    await assert.rejects(openledger(...wish(), ...byOwner), refusal(/is or was that of validator 1/, /increase/))
  })

  test('without word from L2 it says when the stake counts; the attestation key may own it', async () => {
    const token = { address: spec.l1.rollup!.open, abi: tokenAbi } as const
    const transfer = { ...token, abi: transferAbi, functionName: 'transfer' } as const
    await walletOf(owner).writeContract({ ...transfer, args: [second.address, parseEther('3000')] })
    await walletOf(owner).sendTransaction({ to: second.address, value: parseEther('1') })
    knowsWeights = false
    const argv = ['join', '--key', second.file, '--stake', '3000', '--chain', specFile, '--wait', '0']
    const { text, facts, notes } = await openledger(...argv)
    assert.match(text, /It counts on L2 once the safe block has L1 block \d+ as its origin/)
    assert.match(notes.join('\n'), /the attestation key owns the stake too/)
    assert.deepEqual([facts.id, facts.isOnL2], ['2', false])
    const { text: list } = await openledger('list')
    assert.match(list, /L2 has 0 OPEN of it as yet/)
    knowsWeights = true
  })
})

const transferAbi = [
  {
    type: 'function',
    name: 'transfer',
    stateMutability: 'nonpayable',
    inputs: [
      { name: 'to', type: 'address' },
      { name: 'value', type: 'uint256' },
    ],
    outputs: [{ type: 'bool' }],
  },
] as const

test('list shows stake, weight and who is behind', async () => {
  newest = new Map([
    [first.address, 12n],
    [second.address, 9n],
  ])
  const { text, facts } = await openledger('list')
  assert.match(text, /^2 validators with 5000 OPEN at stake; two thirds of the stake have attested no block yet\n/)
  assert.match(text, new RegExp(`1 +${first.address} +2000 OPEN \\(40 %\\), attested block 12\n`))
  assert.match(text, new RegExp(`2 +${second.address} +3000 OPEN \\(60 %\\), attested block 9, 3 behind\n`))
  assert.deepEqual(
    facts.validators.map(({ id, newest: block, behind }) => [id, block, behind]),
    [
      ['1', '12', '0'],
      ['2', '9', '3'],
    ],
  )
})

test('an owner adds stake, changes key and account, unbonds and withdraws', async () => {
  await assert.rejects(openledger('increase', '1', '--dev', '0'), refusal(/owns no validator/, /join/))
  await assert.rejects(openledger('increase', '1', '--dev', '0', '--id', '1'), refusal(/its owner is/, /list/))
  await assert.rejects(openledger('increase', '1', ...byOwner, '--id', '99'), refusal(/no such validator/, /list/))
  await assert.rejects(openledger('increase', '1'), refusal(/no key to sign with/, /--owner-key/))
  await assert.rejects(openledger('increase', '999999', ...byOwner), refusal(/are needed/, /on L1/))
  await assert.rejects(openledger('increase', '0', ...byOwner), refusal(/no amount/, /above zero/))
  assert.equal((await openledger('increase', '500', ...byOwner)).facts.stake, parseEther('2500').toString())

  await assert.rejects(openledger('set-signer', '--key', second.file, ...byOwner), refusal(/validator 2/, /key new/))
  const changed = await openledger('set-signer', '--key', third.file, ...byOwner)
  assert.match(changed.text, new RegExp(`What ${first.address} signed can cost stake for 2 h 0 min more`))
  const other = getAddress(accounts[2]!.address)
  assert.equal((await openledger('set-account', other, ...byOwner)).facts.account, other)

  await assert.rejects(openledger('withdraw', ...byOwner), refusal(/has anything for this/, /list/))
  await assert.rejects(openledger('unbond', '--amount', '2000', ...byOwner), refusal(/500 OPEN would be left/, /1500/))
  await assert.rejects(openledger('unbond', '--amount', '2501', ...byOwner), refusal(/2500 OPEN at stake/, /at most/))
  await openledger('unbond', '--amount', '1000', ...byOwner)
  const left = await openledger('unbond', ...byOwner)
  assert.match(left.text, /1500 OPEN of validator 1 count no longer, together with 1000 OPEN from before/)
  assert.equal(left.facts.unbonding, parseEther('2500').toString())
  assert.match(
    (await openledger('list')).text,
    /1 +0x\w+ +has left\n.*\n +2500 OPEN unbonding, can be withdrawn in 2 h/,
  )
  await assert.rejects(openledger('withdraw', ...byOwner), refusal(/are unbonding/, /come back in (?:2 h|1 h 59)/))
  await assert.rejects(openledger('set-account', other, ...byOwner), refusal(/has anything for this/, /list/))
  await assert.rejects(openledger('set-account', other, ...byOwner, '--id', '1'), refusal(/not active/, /increase/))
  await pass(7_201)
  const before = await openOf(owner.address)
  const { facts } = await openledger('withdraw', ...byOwner)
  assert.equal((await openOf(owner.address)) - before, BigInt(facts.amount))
  assert.equal(facts.amount, parseEther('2500').toString())
  // Once more a validator, for what comes after.
  await openledger('increase', '1000', ...byOwner)
})

/** What the key signed of a claim. */
function attest(key: Key, claim: Claim): Attestation {
  const { l1, chainId } = spec
  const domain = { l1ChainId: l1.chainId, registry: l1.rollup!.validatorRegistry, chainId }
  return { ...claim, signature: sign(hexToBytes(claimDigest(domain, claim)), key.privateKey) }
}

/** Proposes an output of a block, and says what it claims. */
async function propose(l2BlockNumber: bigint, outputRoot: Hash): Promise<Claim> {
  await anvil.control.mine({ blocks: 1, interval: 2 })
  const { number, hash: l1BlockHash } = await anvil.client.getBlock()
  const args = [outputRoot, l2BlockNumber, l1BlockHash, number] as const
  await walletOf(proposer).writeContract({ ...oracle(), functionName: 'proposeL2Output', args, value: bondWei })
  return { l2BlockNumber, outputRoot, l1BlockHash: l1BlockHash as Hash }
}

/** A node that has one output root for every block. */
async function startExpert(outputRoot: Hash) {
  let answer = outputRoot
  const server = createServer((_, response) => {
    response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { outputRoot: answer } }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    say: (root: Hash) => {
      answer = root
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

describe('outputs', () => {
  const byAnyone = ['--dev', '0']

  test('are challenged with a bond, and upheld by what the node has of two thirds of the stake', async () => {
    const claim = await propose(5n, hash('77'))
    await assert.rejects(
      openledger('uphold', '1', ...byAnyone),
      refusal(/nobody challenges output 1/, /final by itself/),
    )
    await assert.rejects(openledger('challenge', '7', ...byAnyone), refusal(/no such output/, /index/))
    await assert.rejects(openledger('challenge', 'one', ...byAnyone), refusal(/does not take "one"/, /number/))
    await assert.rejects(openledger('challenge', '0', ...byAnyone), refusal(/genesis/, /cannot/))
    const rehearsal = await openledger('challenge', '1', ...byAnyone, '--dry-run')
    assert.match(rehearsal.text, /bond +0\.01 ETH.*L1 would take it\. Nothing was sent\.$/s)
    assert.equal(rehearsal.facts.sent, false)
    const { text } = await openledger('challenge', '1', ...byAnyone)
    assert.match(text, /^Challenged output 1: it has to be upheld in (?:1 h|59 min)/)
    await assert.rejects(openledger('challenge', '1', ...byAnyone), refusal(/challenges output 1 already/, /enough/))
    await assert.rejects(openledger('resolve', '1', ...byAnyone), refusal(/can be upheld yet/, /come back/))

    attestations = [attest(third, claim)]
    const few = openledger('uphold', '1', ...byAnyone)
    await assert.rejects(few, refusal(/1000 OPEN of 4000 OPEN at stake attest output 1/, /--rpc\.url/))
    // Not of this output, of no validator, and twice the same.
    const strange = [attest(second, { ...claim, l2BlockNumber: 6n }), attest(spare, claim), attest(third, claim)]
    attestations = [attest(third, claim), ...strange]
    await assert.rejects(
      openledger('uphold', '1', ...byAnyone),
      refusal(/1000 OPEN of 4000 OPEN/, /must not be upheld/),
    )
    attestations = [...strange, attest(second, claim)]
    assert.equal((await openledger('uphold', '1', ...byAnyone, '--dry-run')).facts.sent, false)
    const upheld = await openledger('uphold', '1', ...byAnyone)
    assert.match(upheld.text, /^Upheld output 1\n.*1 validator, 75 % of the stake/s)
    assert.deepEqual(upheld.facts.signers, [second.address.toLowerCase()])
    assert.equal(await anvil.client.readContract({ ...oracle(), functionName: 'isUpheld', args: [1n] }), true)
    await assert.rejects(openledger('uphold', '1', ...byAnyone), refusal(/upheld already/, /nothing/))
    await assert.rejects(openledger('challenge', '1', ...byAnyone), refusal(/was upheld/, /nothing to do/))
  })

  test('that the node has the same root of are challenged on demand only; without an answer the challenger is paid', async () => {
    const { outputRoot } = await propose(8n, hash('78'))
    const expert = await startExpert(outputRoot)
    const ask = ['challenge', '2', ...byAnyone, '--chain', specFile, '--rpc.url', expert.url]
    try {
      await assert.rejects(openledger(...ask), refusal(/loses 0\.01 ETH/, /--anyway/))
      assert.equal((await openledger(...ask, '--anyway', '--dry-run')).facts.opinion, 'right')
      expert.say(hash('79'))
      assert.match((await openledger(...ask, '--dry-run')).text, /another output root/)
    } finally {
      await expert.close()
    }
    await openledger('challenge', '2', ...byAnyone)
    await pass(3_601)
    await assert.rejects(
      openledger('uphold', '2', ...byAnyone),
      refusal(/the time to uphold output 2 ended/, /resolve/),
    )
    const { text, facts } = await openledger('resolve', '2', ...byAnyone)
    assert.match(text, /Output 2 and all after it are gone/)
    // Its own bond and half of the proposer's.
    assert.equal(facts.paid, ((bondWei * 3n) / 2n).toString())
    await assert.rejects(openledger('resolve', '2', ...byAnyone), refusal(/no such output/, /deleted/))
    await assert.rejects(openledger('withdraw-bond', ...byAnyone), refusal(/it has no bond/, /wait/))

    // Whoever else ends a challenge leaves the money to the challenger.
    await propose(9n, hash('7a'))
    await openledger('challenge', '2', ...byAnyone)
    await pass(3_601)
    assert.equal((await openledger('resolve', '2', '--dev', '6')).facts.paid, '0')
    assert.equal((await openledger('withdraw-bond', ...byAnyone)).facts.paid, ((bondWei * 3n) / 2n).toString())
  })
})

test('evidence of two roots of one key slashes it; other evidence is refused', async () => {
  const claim = { l2BlockNumber: 9n, outputRoot: hash('71'), l1BlockHash: hash('a1') }
  const write = (key: Key, chainId = spec.chainId) => {
    const finding = {
      kind: 'double_attestation',
      first: attest(key, claim),
      second: attest(key, { ...claim, outputRoot: hash('72') }),
    } as const
    const file = join(folder, 'bundle.json')
    const chain = { name: spec.name, chainId, genesis: hash('01') }
    writeFileSync(file, encodeBundle({ chain, timeMs: 1, finding, witness: undefined }))
    return file
  }
  const slash = (file: string, ...more: readonly string[]) => openledger('slash', file, '--dev', '1', ...more)
  await assert.rejects(slash(specFile), refusal(/no bundle of evidence/, /evidence/))
  await assert.rejects(slash(join(folder, 'none')), refusal(/cannot be read/, /evidence/))
  await assert.rejects(slash(write(second, 7n)), refusal(/about chain 7/, /--chain/))
  await assert.rejects(slash(write(spare)), refusal(/is no validator's key/, /of this chain/))
  // Replaced more than two hours ago.
  await assert.rejects(slash(write(first)), refusal(/too late to slash/, /replaced/))
  const file = write(second)
  const rehearsal = await slash(file, '--dry-run')
  assert.match(rehearsal.text, /loses +3000 OPEN.*you get +150 OPEN/s)
  const before = await openOf(accounts[1]!.address)
  const { facts } = await slash(file)
  assert.equal(facts.reward, parseEther('150').toString())
  assert.equal((await openOf(accounts[1]!.address)) - before, parseEther('150'))
  await assert.rejects(slash(file), refusal(/slashed already/, /faster/))
  const back = openledger('increase', '1000', '--owner-key', second.file)
  await assert.rejects(back, refusal(/has anything for this/, /list/))
})

test('whoever answers wrongly or not at all is named', async () => {
  const nobody = 'http://127.0.0.1:1'
  const verbs = verbRunner<Facts>(nobody)
  await assert.rejects(verbs('validator', 'list'), refusal(/no node answers at http:\/\/127\.0\.0\.1:1/, /--chain/))
  const at = ['validator', 'list', '--chain', specFile, '--l1-rpc']
  await assert.rejects(
    verbs(...at, `${nobody}/secret`),
    refusal(/L1 did not answer at http:\/\/127\.0\.0\.1:1$/, /--l1-rpc/),
  )
  await assert.rejects(verbs(...at, node.url), refusal(/the L1 node is on chain 31337/, /right L1/))
  assert.match((await verbs(...at, anvil.url)).text, /1 validator with 1000 OPEN at stake/)
  const solo = await startDevNode()
  try {
    const alone = verbRunner<Facts>(solo.url)('validator', 'list', '--l1-rpc', anvil.url)
    await assert.rejects(alone, refusal(/of no chain with contracts on L1/, /--rpc\.url/))
  } finally {
    await solo.close()
  }
})

test('every reason of the contracts has a fix', () => {
  const at = (name: string) => readFileSync(join(import.meta.dirname, '../../l1/contracts', `${name}.sol`), 'utf8')
  const reasons = (text: string) =>
    [...text.matchAll(/require\([^;]*?"((?:\w+): [^"]+)"\s*\);/gs)].map(([, reason]) => reason!)
  const ofDeployment = new Set(
    reasons(at('ValidatorRegistry').split('/// Makes a validator')[0]!).filter((reason) => /range$/.test(reason)),
  )
  const oracle = at('OutputOracle')
  const part = (from: string, to: string) => oracle.slice(oracle.indexOf(from), oracle.indexOf(to))
  const wanted = [
    ...reasons(at('ValidatorRegistry')).filter((reason) => !ofDeployment.has(reason)),
    ...reasons(at('ResourceMetering')),
    ...reasons(part('function challenge(', 'function deleteL2Outputs')),
    ...reasons(part('function deadlineOf', 'function isOld')),
    ...reasons(part('function withdrawBond', 'function setProposer')),
  ]
  assert.ok(wanted.length > 30, `${wanted.length} reasons`)
  assert.deepEqual(
    wanted.filter((reason) => reasonFixes[reason] === undefined),
    [],
  )
})

test('a stake put up on L1 has weight on L2, and is paid there', { timeout: 100_000 }, async () => {
  const rollup = await startRollupNode()
  try {
    const verbs = verbRunner<Facts>(rollup.url)
    const argv = ['join', '--key', first.file, '--stake', '1000', '--dev', '2', '--wait', '0', '--l1-rpc', rollup.l1Url]
    await verbs('validator', ...argv)
    const l2 = createPublicClient({ transport: http(rollup.url), pollingInterval: 100, cacheTime: 0 })
    await until('the weight is on L2', async () => {
      const set = await l2.readContract({ ...validatorVault, functionName: 'validatorSet' })
      return set.length > 0 ? set : undefined
    })
    const collect = ['validator', 'collect', first.address, '--dev', '0']
    await assert.rejects(verbs(...collect), refusal(/earned nothing/, /wait/))
    const payer = createWalletClient({
      account: privateKeyToAccount(bytesToHex(accounts[1]!.privateKey)),
      transport: http(rollup.url),
    })
    const paid = await payer.sendTransaction({ chain: null, to: validatorVault.address, value: 10_000n })
    await l2.waitForTransactionReceipt({ hash: paid })
    const { facts } = await verbs(...collect)
    assert.equal(facts.amount, '10000')
    assert.equal(await l2.getBalance({ address: first.address }), 10_000n)
    assert.deepEqual(rollup.errors, [])
  } finally {
    await rollup.close()
  }
})
