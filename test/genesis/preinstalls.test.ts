import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { decodeAbiParameters, encodeFunctionData, multicall3Abi, parseAbi, keccak256 as viemKeccak256 } from 'viem'
import { type Address, bytesToHex, type Hex, hexToBytes } from '../../core/hex.ts'
import { keccakHash } from '../../core/keccak.ts'
import { predeploys } from '../../core/predeploys.ts'
import { preinstalls } from '../../genesis/alloc.ts'
import { loadSpec } from '../../genesis/loadSpec.ts'
import { beaconRootsCode, create2ProxyCode, historyStorageCode } from '../../genesis/systemCode.ts'
import { type GenesisChain, openGenesisChain, read } from './chain.ts'

const user = `0x${'a1'.repeat(20)}` as Address
const spec = loadSpec('mainnet')
let chain: GenesisChain

before(async () => {
  chain = await openGenesisChain(spec)
})

describe('code from outside the project', () => {
  test('system contracts and the CREATE2 proxy have their canonical code', () => {
    assert.equal(keccakHash(beaconRootsCode), '0xf57acd40259872606d76197ef052f3d35588dadf919ee1f0e3cb9b62d3f4b02c')
    assert.equal(keccakHash(historyStorageCode), '0x6e49e66782037c0555897870e29fa5e552daf4719552131a0abce779daec0a5d')
    assert.equal(keccakHash(create2ProxyCode), '0x2fa86add0aed31f33a762c9d88e807c475bd51d0f52bd0955754b2608f7e4989')
  })

  test('the CREATE2 proxy creates at the address that the salt and code give', async () => {
    const creation = '0x6001600c60003960016000f3fe' // returns the one byte 0xfe
    const salt = `0x${'05'.repeat(32)}` as Hex
    const data = hexToBytes(`${salt}${creation.slice(2)}`)
    const { succeeded, output } = await chain.send({ from: user, to: preinstalls.create2Proxy, data })
    assert(succeeded)
    const preimage = hexToBytes(
      `0xff${preinstalls.create2Proxy.slice(2)}${salt.slice(2)}${viemKeccak256(creation).slice(2)}`,
    )
    assert.equal(bytesToHex(output), `0x${keccakHash(preimage).slice(26)}`)
  })

  test('Multicall3 batches calls', async () => {
    const name = encodeFunctionData({ abi: parseAbi(['function name()']) })
    const bad = encodeFunctionData({ abi: parseAbi(['function none()']) })
    const results = await read(chain, {
      to: preinstalls.multicall3,
      abi: multicall3Abi,
      functionName: 'aggregate3',
      args: [
        [
          { target: predeploys.wrappedOpen, allowFailure: false, callData: name },
          { target: predeploys.l1Block, allowFailure: true, callData: bad },
        ],
      ],
    })
    assert.deepEqual(
      results.map(({ success }) => success),
      [true, false],
    )
    assert.deepEqual(decodeAbiParameters([{ type: 'string' }], results[0]?.returnData ?? '0x'), ['Wrapped OPEN'])
  })
})
