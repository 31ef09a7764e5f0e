import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { maxUint256, parseAbi, toFunctionSelector } from 'viem'
import { type Address, bytesToBigint, bytesToHex, type Hash } from '../../core/hex.ts'
import { encodeL1Attributes, l1AttributesDeposit } from '../../core/l1Attributes.ts'
import { predeploys } from '../../core/predeploys.ts'
import { loadSpec } from '../../genesis/loadSpec.ts'
import { systemConfigOf } from '../../genesis/spec.ts'
import { soloL1Block } from '../../l1/soloL1.ts'
import { type GenesisChain, openGenesisChain, read } from './chain.ts'

const user = `0x${'a1'.repeat(20)}` as Address
const spec = loadSpec('mainnet')
let chain: GenesisChain

before(async () => {
  chain = await openGenesisChain(spec)
})

describe('L1Block', () => {
  const inputs = {
    origin: { ...soloL1Block(0x1122n, 0x33445566n), baseFee: 2n ** 100n + 3n, blobBaseFee: 77n },
    sequenceNumber: 5n,
    config: { ...systemConfigOf(spec), daFeeScalar: 0xfffffff1, batcherHash: `0x${'0b'.repeat(32)}` as Hash },
  }
  const abi = parseAbi([
    'function number() view returns (uint64)',
    'function timestamp() view returns (uint64)',
    'function basefee() view returns (uint256)',
    'function hash() view returns (bytes32)',
    'function sequenceNumber() view returns (uint64)',
    'function batcherHash() view returns (bytes32)',
    'function blobBaseFee() view returns (uint256)',
    'function baseFeeScalar() view returns (uint32)',
    'function blobBaseFeeScalar() view returns (uint32)',
    'function operatorFeeScalar() view returns (uint32)',
    'function operatorFeeConstant() view returns (uint64)',
    'function daFootprintGasScalar() view returns (uint16)',
    'function l1FeeOverhead() view returns (uint256)',
    'function l1FeeScalar() view returns (uint256)',
    'function DEPOSITOR_ACCOUNT() view returns (address)',
    'function isCustomGasToken() view returns (bool)',
    'function gasPayingTokenName() view returns (string)',
    'function gasPayingTokenSymbol() view returns (string)',
  ])

  async function getters(): Promise<Record<string, unknown>> {
    const values: Record<string, unknown> = {}
    for (const { name } of abi) values[name] = await read(chain, { to: predeploys.l1Block, abi, functionName: name })
    return values
  }

  test('stores what the attributes deposit says', async () => {
    const { from, to, data, gas } = l1AttributesDeposit(inputs)
    assert(to !== undefined)
    const { succeeded, gasUsed } = await chain.send({ from, to, data })
    assert(succeeded && gasUsed < gas)
    const { origin, config } = inputs
    assert.deepEqual(await getters(), {
      number: origin.number,
      timestamp: origin.timestamp,
      basefee: origin.baseFee,
      hash: origin.hash,
      sequenceNumber: 5n,
      batcherHash: config.batcherHash,
      blobBaseFee: 77n,
      baseFeeScalar: 0,
      blobBaseFeeScalar: config.daFeeScalar,
      operatorFeeScalar: 0,
      operatorFeeConstant: 0n,
      daFootprintGasScalar: 0,
      l1FeeOverhead: 0n,
      l1FeeScalar: 0n,
      DEPOSITOR_ACCOUNT: '0xDeaDDEaDDeAdDeAdDEAdDEaddeAddEAdDEAd0001',
      isCustomGasToken: true,
      gasPayingTokenName: 'OpenLedger',
      gasPayingTokenSymbol: 'OPEN',
    })
  })

  test('reads every field of the packed form, also those the chain leaves 0', async () => {
    const data = encodeL1Attributes(inputs).slice()
    data.set([1, 2, 3, 4], 4)
    data.set([0xa1, 0xa2, 0xa3, 0xa4, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xc1, 0xc2], 164)
    await chain.send({ from: l1AttributesDeposit(inputs).from, to: predeploys.l1Block, data })
    const values = await getters()
    assert.equal(values.baseFeeScalar, 0x01020304)
    assert.equal(values.blobBaseFeeScalar, 0xfffffff1)
    assert.equal(values.sequenceNumber, 5n)
    assert.equal(values.operatorFeeScalar, 0xa1a2a3a4)
    assert.equal(values.operatorFeeConstant, 0xb1b2b3b4b5b6b7b8n)
    assert.equal(values.daFootprintGasScalar, 0xc1c2)
  })

  test('is written in the slots that clients read directly', () => {
    const slot = (index: number) =>
      chain.world.storage(predeploys.l1Block, `0x${index.toString(16).padStart(64, '0')}` as Hash)
    assert.equal(bytesToBigint(slot(1)), inputs.origin.baseFee)
    assert.equal(bytesToHex(slot(3)), '0x01020304fffffff10000000000000005')
    assert.equal(bytesToBigint(slot(7)), 77n)
    assert.equal(bytesToHex(slot(8)), '0xc1c2a1a2a3a4b1b2b3b4b5b6b7b8')
  })

  test('refuses every other writer', async () => {
    const { succeeded, output } = await chain.send({
      from: user,
      to: predeploys.l1Block,
      data: encodeL1Attributes(inputs),
    })
    assert.equal(succeeded, false)
    assert.equal(bytesToHex(output), toFunctionSelector('NotDepositor()'))
  })

  test('feeds the gas price oracle, which charges nothing on top of gas', async () => {
    const to = predeploys.gasPriceOracle
    const abi = parseAbi([
      'function getL1Fee(bytes) view returns (uint256)',
      'function getL1GasUsed(bytes) view returns (uint256)',
      'function getL1FeeUpperBound(uint256) view returns (uint256)',
      'function getOperatorFee(uint256) view returns (uint256)',
      'function blobBaseFee() view returns (uint256)',
      'function baseFeeScalar() view returns (uint32)',
      'function blobBaseFeeScalar() view returns (uint32)',
      'function gasPrice() view returns (uint256)',
      'function baseFee() view returns (uint256)',
      'function l1BaseFee() view returns (uint256)',
      'function decimals() view returns (uint256)',
      'function DECIMALS() view returns (uint256)',
      'function isEcotone() view returns (bool)',
      'function isFjord() view returns (bool)',
      'function isIsthmus() view returns (bool)',
      'function isJovian() view returns (bool)',
    ])
    assert.equal(await read(chain, { to, abi, functionName: 'gasPrice' }), chain.baseFee)
    assert.equal(await read(chain, { to, abi, functionName: 'baseFee' }), chain.baseFee)
    assert.equal(await read(chain, { to, abi, functionName: 'l1BaseFee' }), inputs.origin.baseFee)
    assert.equal(await read(chain, { to, abi, functionName: 'decimals' }), 6n)
    assert.equal(await read(chain, { to, abi, functionName: 'DECIMALS' }), 6n)
    assert.equal(await read(chain, { to, abi, functionName: 'getL1Fee', args: ['0x0102'] }), 0n)
    assert.equal(await read(chain, { to, abi, functionName: 'getL1GasUsed', args: ['0x0102'] }), 0n)
    assert.equal(await read(chain, { to, abi, functionName: 'getL1FeeUpperBound', args: [100n] }), 0n)
    assert.equal(await read(chain, { to, abi, functionName: 'getOperatorFee', args: [maxUint256] }), 0n)
    assert.equal(await read(chain, { to, abi, functionName: 'blobBaseFee' }), 77n)
    assert.equal(await read(chain, { to, abi, functionName: 'baseFeeScalar' }), 0x01020304)
    assert.equal(await read(chain, { to, abi, functionName: 'blobBaseFeeScalar' }), 0xfffffff1)
    for (const functionName of ['isEcotone', 'isFjord', 'isIsthmus', 'isJovian'] as const)
      assert.equal(await read(chain, { to, abi, functionName }), true)
  })
})
