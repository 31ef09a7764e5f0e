import assert from 'node:assert/strict'
import { encodeAbiParameters, type Log, parseAbi, parseEventLogs } from 'viem'
import { type Address, bytesToHex, concatBytes, type Hex, hexToBytes, zeroAddress } from '../../../core/hex.ts'
import { predeploys } from '../../../core/predeploys.ts'
import { preinstalls } from '../../../genesis/alloc.ts'
import { loadContracts } from '../../../genesis/loadContract.ts'
import { loadSpec } from '../../../genesis/loadSpec.ts'
import type { ChainSpec, RollupSpec } from '../../../genesis/spec.ts'
import type { TxResult } from '../../../state/engine.ts'
import { type GenesisChain, openGenesisChain } from '../../genesis/chain.ts'
import { contractOn, type TestContract } from '../../genesis/contract.ts'

export const alice = `0x${'a1'.repeat(20)}` as Address
export const bob = `0x${'b2'.repeat(20)}` as Address

/** A message between the bridges that has not arrived. */
export type Deposit = { readonly from: Address; readonly to: Address; readonly gasLimit: bigint; readonly data: Hex }
export type Withdrawal = {
  readonly sender: Address
  readonly target: Address
  readonly gasLimit: bigint
  readonly data: Hex
}

/** Both bridges, each on an engine of its own, with a portal that only passes messages on. */
export type Bridges = {
  readonly l1: GenesisChain
  readonly l2: GenesisChain
  readonly portal: TestContract
  readonly bridge1: TestContract
  readonly bridge2: TestContract
  readonly ether: TestContract
  /** Stands for OPEN on L1. */
  readonly open: Address
  /** A token of L1 and the one made for it on L2. */
  token(): Promise<{ readonly local: TestContract; readonly remote: TestContract }>
  create(chain: GenesisChain, name: string, args?: Hex): Promise<Address>
  /** The deposits that a transaction on L1 made. */
  deposits(result: TxResult): readonly Deposit[]
  /** Executes a deposit on L2 with exactly its gas. */
  arrive(deposit: Deposit): Promise<TxResult>
  withdrawals(result: TxResult): readonly Withdrawal[]
  /** Finalises on L1 with exactly the gas that the withdrawal asks for, or with more. */
  finalize(withdrawal: Withdrawal, moreGas?: bigint): Promise<TxResult>
}

const compiled = loadContracts()
const events = parseAbi([
  'event Deposit(address from, address to, uint64 gasLimit, bytes data)',
  'event MessagePassed(uint256 indexed nonce, address indexed sender, address indexed target, uint256 value, uint256 gasLimit, bytes data, bytes32 withdrawalHash)',
])

export const word = (address: Address) => encodeAbiParameters([{ type: 'address' }], [address])

export function aliasOf(address: Address): Address {
  const sum = (BigInt(address) + 0x1111000000000000000000000000000000001111n) & ((1n << 160n) - 1n)
  return `0x${sum.toString(16).padStart(40, '0')}` as Address
}

export async function openBridges(): Promise<Bridges> {
  const l1 = await openGenesisChain(loadSpec('devnet'))
  let salt = 0n
  async function create(chain: GenesisChain, name: string, args: Hex = '0x'): Promise<Address> {
    const head = hexToBytes(`0x${(salt++).toString(16).padStart(64, '0')}`)
    const data = concatBytes(head, compiled(name).creation, hexToBytes(args))
    const result = await chain.send({ from: alice, to: preinstalls.create2Proxy, data, gas: 7_000_000n })
    assert(result.succeeded, `${name} was not created: ${result.error?.reason}`)
    return bytesToHex(result.output) as string as Address
  }

  const open = await create(l1, 'MoodyToken', word(zeroAddress))
  const portal = contractOn(l1, 'MockPortal', await create(l1, 'MockPortal', word(open)))
  const args = encodeAbiParameters(
    [{ type: 'address' }, { type: 'address' }],
    [portal.address, predeploys.standardBridge],
  )
  const bridge1 = contractOn(l1, 'L1StandardBridge', await create(l1, 'L1StandardBridge', args))
  const l2 = await openGenesisChain(withBridge(loadSpec('devnet'), bridge1.address))
  const bridge2 = contractOn(l2, 'L2StandardBridge', predeploys.standardBridge)
  const factory = contractOn(l2, 'BridgedERC20Factory', predeploys.bridgedERC20Factory)

  const logsOf = (result: TxResult, address: Address) =>
    result.logs
      .filter((log) => log.address === address)
      .map((log) => ({ ...log, data: bytesToHex(log.data) })) as unknown as Log[]
  return {
    l1,
    l2,
    portal,
    bridge1,
    bridge2,
    ether: contractOn(l2, 'BridgedEther', predeploys.bridgedEther),
    open,
    create,
    async token() {
      const local = await create(l1, 'MoodyToken', word(zeroAddress))
      const made = await factory.ok(alice, 'createOptimismMintableERC20', [local, 'Moody', 'MOODY'], {
        gas: 3_000_000n,
      })
      const remote = (made as string).toLowerCase() as Address
      return { local: contractOn(l1, 'MoodyToken', local), remote: contractOn(l2, 'BridgedERC20', remote) }
    },
    deposits: (result) =>
      parseEventLogs({ abi: events, eventName: 'Deposit', logs: logsOf(result, portal.address) }).map(({ args }) => ({
        ...args,
        from: lower(args.from),
        to: lower(args.to),
      })),
    arrive: ({ from, to, gasLimit, data }) =>
      l2.send({ from: aliasOf(from), to, gas: gasLimit, data: hexToBytes(data) }),
    withdrawals: (result) =>
      parseEventLogs({
        abi: events,
        eventName: 'MessagePassed',
        logs: logsOf(result, predeploys.messagePasser),
      }).map(({ args }) => {
        assert.equal(args.value, 0n)
        return { ...args, sender: lower(args.sender), target: lower(args.target) }
      }),
    finalize: ({ sender, target, gasLimit, data }, moreGas = 0n) =>
      l1.send({
        from: bob,
        to: portal.address,
        data: portal.data('finalize', [sender, target, gasLimit + moreGas, data]),
        gas: 4_000_000n,
      }),
  }
}

/** The chain with a bridge on L1 at this address. */
export function withBridge(spec: ChainSpec, standardBridge: Address): ChainSpec {
  const rollup: RollupSpec = {
    inbox: zeroAddress,
    portal: zeroAddress,
    outputOracle: zeroAddress,
    validatorRegistry: zeroAddress,
    systemConfig: zeroAddress,
    standardBridge,
    open: zeroAddress,
    multicall3: zeroAddress,
    unsafeSigner: zeroAddress,
    sidecars: 'eip7594',
    originDepth: 0n,
  }
  return { ...spec, l1: { ...spec.l1, rollup }, hash: undefined }
}

function lower(address: string): Address {
  return address.toLowerCase() as Address
}
